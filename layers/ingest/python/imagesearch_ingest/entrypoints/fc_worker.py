"""Run one invocation of a Function Compute function: from its event to success or an exception.

An EventBridge stream takes back a whole array or nothing. If the function fails, the whole array comes again after a
pause, and the messages behind it wait until they expire. So a record that must come back, for whatever reason, is sent
to its queue again, with a delay, and counts as done (ADR 27). The function fails only if the queue refuses that.
"""

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial

from imagesearch_ingest.batch.batch import Batch
from imagesearch_ingest.batch.ports import Executor, RetryQueue
from imagesearch_ingest.batch.settling import SETTLING_SECONDS, HandedBack, Invocation
from imagesearch_ingest.credentials import Credentials, InvocationCredentials, LearnedCredentials
from imagesearch_ingest.events import parse_fc_event, write_retry_message
from imagesearch_ingest.model.errors import ExpiredTokenError, IngestError, NotDoneError
from imagesearch_ingest.pacing.clock import Clock, Deadline
from imagesearch_ingest.pacing.retry import Budget, Retrier
from imagesearch_ingest.redaction import Redactor

RESERVED_FOR_REQUEUEING = 0.25  # of an invocation's time, at most
_KEYS_KEPT = 64  # a role's key changes every few minutes at most


@dataclass(frozen=True, slots=True)
class FcWorker:
    """Run batches for the life of an instance. An instance that takes several requests at once shares one worker.

    ``queue`` is ``None`` where no queue sends the events, and takes messages of up to ``max_message_bytes``. ``retry``
    repeats the queue's requests. ``expired_token_codes`` are the vendor codes for an expired temporary key.
    """

    batch: Batch
    queue: RetryQueue | None
    clock: Clock
    retry: Retrier
    executor: Executor
    credentials: InvocationCredentials
    expired_token_codes: frozenset[str]
    redactor: Redactor = field(default_factory=Redactor)
    max_message_bytes: float = math.inf
    _batches: dict[Credentials | None, Batch] = field(default_factory=dict, init=False, repr=False)

    def run(
        self, payload: bytes, *, seconds_left: float, request_id: str, credentials: Credentials | None = None
    ) -> None:
        """Return once the whole event is settled. ``credentials`` is this invocation's own key, if it has one.

        Raise ``NotDoneError`` if the event must be sent again, ``ExpiredTokenError`` if that must be to another
        process, and ``ValueError`` for an unknown trigger.
        """
        with self.credentials.use(credentials):
            with suppress(IngestError):  # a key that cannot be used: each object reports it
                LearnedCredentials(self.credentials, self.redactor).get()  # before anything about it is logged
            self._run(payload, seconds_left, request_id, credentials)

    def _run(self, payload: bytes, seconds_left: float, request_id: str, credentials: Credentials | None) -> None:
        received_at = self.clock.now().isoformat(timespec="milliseconds")
        records = parse_fc_event(payload)
        end = Deadline.after(self.clock, seconds_left)
        handed_back = self._batch_of(credentials).run(records, end.later(-self._reserved(seconds_left)), request_id)
        if credentials is None and self._has_expired(handed_back):
            raise ExpiredTokenError("The temporary access key of this process has expired. A new process gets another.")
        if handed_back and self.queue is None:
            raise NotDoneError(NotDoneError.TEXT)
        if self.queue:
            self._requeue(handed_back, self.queue, received_at, Invocation(end.later(-SETTLING_SECONDS), request_id))

    def _batch_of(self, credentials: Credentials | None) -> Batch:
        """Return the batch for a key. An outage that one key meets says nothing about the invocations with another."""
        if len(self._batches) >= _KEYS_KEPT:
            self._batches.clear()  # which forgets outages only
        return self._batches.setdefault(credentials, replace(self.batch))

    def _reserved(self, seconds_left: float) -> float:
        """Return the seconds that are kept back for requeueing a whole array, with one retry."""
        if self.queue is None:
            return SETTLING_SECONDS
        twice = 2 * self.retry.request_seconds + 1
        return max(SETTLING_SECONDS, min(twice, seconds_left * RESERVED_FOR_REQUEUEING))

    def _has_expired(self, handed_back: Sequence[HandedBack]) -> bool:
        faults = (fault for back in handed_back for fault in back.faults)
        return any(fault.service_code in self.expired_token_codes for fault in faults)

    def _requeue(
        self, handed_back: Sequence[HandedBack], queue: RetryQueue, received_at: str, invocation: Invocation
    ) -> None:
        """Send the records to their queue again, once nothing else can fail.

        A record sent before a failure would exist twice when the array comes again. The longest record goes first and
        alone: if the queue refuses any record, it refuses this one. The others go in parallel, to finish in time.
        """
        end = invocation.deadline.later(SETTLING_SECONDS)

        def send(back: HandedBack) -> str | None:
            """Return why the queue refused the record, or ``None``.

            A record whose message is too long to be sent again ends now. Otherwise it would stop the stream.
            """
            message = write_retry_message(back.record, received_at)
            if len(message.encode()) > self.max_message_bytes and self.batch.settler.give_up(back, invocation):
                return None
            try:
                self.retry(partial(queue.requeue, message, back.seconds), Budget(end))
            except IngestError as error:
                return error.detail
            return None

        in_order = sorted(handed_back, key=lambda back: len(back.record.text), reverse=True)
        refusals = [send(back) for back in in_order[:1]]
        if refusals == [None]:
            sending = [self.executor.submit(send, back) for back in in_order[1:]]
            refusals = [sent.result() for sent in sending]
        if refused := [why for why in refusals if why is not None]:
            # Without the vendor's error as context: the runtime logs that too, with everything it quotes.
            raise NotDoneError(f"{NotDoneError.TEXT} The queue refused it: {self.redactor.prose(refused[0])}")
