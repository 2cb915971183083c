"""What a function of Function Compute does with one invocation: event in; an exception, or nothing, out.

An EventBridge stream takes back a whole array or nothing of it: when the function fails, all of it comes again, after a
pause, and what is behind it in the queue waits. So the function fails for what stops everybody. A record that alone is
to come back is sent to its queue once more, with a delay, and counts as done (ADR 14).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from imagesearch_ingest.batch.batch import Batch
from imagesearch_ingest.batch.ports import RetryQueue
from imagesearch_ingest.batch.settling import SETTLING_SECONDS, HandedBack
from imagesearch_ingest.credentials import Credentials, InvocationCredentials, LearnedCredentials
from imagesearch_ingest.events import parse_fc_event, write_retry_message
from imagesearch_ingest.model.errors import ExpiredTokenError, IngestError, NotDoneError
from imagesearch_ingest.pacing.clock import Deadline
from imagesearch_ingest.pacing.retry import Budget
from imagesearch_ingest.redaction import Redactor

KEPT_FOR_SENDING = 0.25  # of an invocation's time, at most
_NOT_DONE = "the event could not be settled now, see the outcome lines; it is to be sent again"


@dataclass(frozen=True, slots=True)
class FcWorker:
    """Lives as long as its instance; where that takes several requests at once, all of them use this one.

    ``queue`` is ``None`` where no queue sends the events. ``expired_token_codes`` are the vendor codes that say that
    a temporary key has run out.
    """

    batch: Batch
    queue: RetryQueue | None
    credentials: InvocationCredentials
    expired_token_codes: frozenset[str]
    redactor: Redactor = field(default_factory=Redactor)

    def run(
        self, payload: bytes, *, seconds_left: float, request_id: str, credentials: Credentials | None = None
    ) -> None:
        """Returns when all of the event is settled. ``credentials`` are those of this invocation, if it has its own.

        Raises ``NotDoneError`` when the event is to be sent again, ``ExpiredTokenError`` when that should be to another
        process, and ``ValueError`` for an unknown trigger.
        """
        self.credentials.use(credentials)
        LearnedCredentials(self.credentials, self.redactor).get()  # before anything can be said of this invocation
        received_at = self.batch.settler.clock.now().isoformat(timespec="milliseconds")
        records = parse_fc_event(payload)
        end = Deadline.after(self.batch.settler.clock, seconds_left)
        handed_back = self.batch.run(records, end.later(-self._kept_back(seconds_left)), request_id)
        if credentials is None and self._expired(handed_back):
            raise ExpiredTokenError("this process's temporary access key has expired; another process gets a new one")
        if handed_back and (self.queue is None or any(back.stops for back in handed_back)):
            raise NotDoneError(_NOT_DONE)
        if self.queue:
            self._requeue(handed_back, self.queue, received_at, end)

    def _kept_back(self, seconds_left: float) -> float:
        """All of an array may have to be sent again; and what fails to be, once more."""
        if self.queue is None:
            return SETTLING_SECONDS
        twice = 2 * self.batch.settler.retry.request_seconds + 1
        return max(SETTLING_SECONDS, min(twice, seconds_left * KEPT_FOR_SENDING))

    def _expired(self, handed_back: Sequence[HandedBack]) -> bool:
        faults = (fault for back in handed_back for fault in back.faults)
        return any(fault.service_code in self.expired_token_codes for fault in faults)

    def _requeue(self, handed_back: Sequence[HandedBack], queue: RetryQueue, received_at: str, end: Deadline) -> None:
        """Only when nothing else can fail any more, since what has been sent is there twice when the array comes again.

        The longest goes first and alone: it is what the queue refuses, if it refuses any. The others go many at once,
        so that the time is enough.
        """

        def send(back: HandedBack) -> str | None:
            """Why the queue did not take it."""
            message = partial(queue.requeue, write_retry_message(back.record, received_at), back.seconds)
            try:
                self.batch.settler.retry(message, Budget(end))
            except IngestError as error:
                return error.detail
            return None

        in_order = sorted(handed_back, key=lambda back: len(back.record.body), reverse=True)
        refusals = [send(back) for back in in_order[:1]]
        if refusals == [None]:
            sending = [self.batch.executor.submit(send, back) for back in in_order[1:]]
            refusals = [sent.result() for sent in sending]
        if refused := [why for why in refusals if why is not None]:
            # Without the vendor's error as context: the runtime logs that too, and with all it quotes.
            raise NotDoneError(f"{_NOT_DONE}. Nor could its queue take it: {self.redactor.prose(refused[0])}")
