"""Gather how far a backfill is: the funnel from the bucket over the queue to the letters.

What cannot be seen is ``None``, with a note that says why. It is never 0.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep
from typing import Any, TypeVar

from imagesearch_ingest.adapters.aws.client import aws_client
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ops.backfill.known_run import KnownRun
from imagesearch_ops.backfill.log_counts import count_outcomes
from imagesearch_ops.cloudwatch import PERIOD_SECONDS, read_points
from imagesearch_ops.deployment import Deployment, is_alibaba
from imagesearch_ops.dlq.letters import identity, read_message
from imagesearch_ops.dlq.reading import Reader
from imagesearch_ops.faults import explain
from imagesearch_ops.progress import tracking
from imagesearch_ops.queues import Count, open_queue
from imagesearch_ops.report import Report
from imagesearch_ops.stack_source import describe_stack

R = TypeVar("R")

LOOK_SECONDS = 5.0  # between two looks at the depth of the queue
_OLDEST, _DELETED = "ApproximateAgeOfOldestMessageInQuietGroups", "NumberOfMessagesDeleted"
_NO_QUEUE = "The queue is unknown: name a --stack, or set INGEST_QUEUE_URL."
_GROWS = "More comes into the queue than the function takes out, so its rate is not known."
_NO_LETTERS = "The dead-letter queue is unknown: name a --stack, or set INGEST_DEAD_LETTER_QUEUE_URL."


@dataclass(slots=True)
class Funnel:
    """What is known of one run. Every field but the first two may be ``None``.

    ``waiting_about`` and ``in_flight_about`` count all of the queue: it does not tell whose messages they are.
    """

    run: str
    notes: list[str]
    engine: str | None = None
    state: str | None = None
    listed: int | None = None
    sent: int | None = None
    skipped: int | None = None
    cancelled: int | None = None
    last_key: str | None = None
    counts: Mapping[str, Any] | None = None  # all that run.json counts
    waiting_about: int | None = None
    in_flight_about: int | None = None
    letters: dict[str, int] | None = None
    rate_per_minute: float | None = None
    rate_basis: str | None = None
    done_by: str | None = None
    oldest_live_upload_seconds: float | None = None
    log: dict[str, int] | None = None

    def public(self) -> dict[str, Any]:
        """Return the document that ``--json`` prints."""
        return {name: getattr(self, name) for name in _FIELDS}


_FIELDS = (
    "run", "engine", "state", "listed", "sent", "skipped", "cancelled", "last_key", "counts", "waiting_about",
    "in_flight_about", "letters", "rate_per_minute", "rate_basis", "done_by", "oldest_live_upload_seconds", "log",
    "notes",
)  # fmt: skip


def read_run(known: KnownRun) -> Funnel:
    """Return what the run's folder says."""
    about = known.about
    cancelled, last_key, counts = about.get("cancelled"), about.get("last_key"), about.get("counts")
    if known.folder is None:
        notes = [f"No folder of the run {known.name} is on this machine: what was sent is not known."]
    else:
        notes = []
    return Funnel(
        run=known.name,
        notes=notes,
        engine=known.engine,
        state=known.state,
        listed=known.count("listed"),
        sent=known.count("sent"),
        skipped=known.count("skipped"),
        cancelled=cancelled if type(cancelled) is int else None,
        last_key=last_key if isinstance(last_key, str) else None,
        counts=counts if isinstance(counts, Mapping) else None,
    )


@dataclass(slots=True)
class Looker:
    """Look at the services, and write into ``funnel`` what they say. A fault becomes a note.

    A fault of a queue is also one of the command; whatever else cannot be seen is not.
    """

    funnel: Funnel
    deployment: Deployment
    report: Report
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    def look(self) -> None:
        """Look at the queue, the oldest live upload and the letters."""
        self._look_at_queue()
        self._look_at_letters()
        self._look_at_oldest()

    def count_log(self, stack: str | None) -> None:
        """Count the results of the run in the function's log."""
        if is_alibaba(self.deployment) or not stack:
            self.funnel.notes.append("The log can be counted on AWS, with --stack.")
            return
        self.funnel.log = self._try(lambda: self._count_log(stack))

    def _count_log(self, stack: str) -> dict[str, int]:
        found = describe_stack(aws_client("cloudformation", self.deployment.environ), stack)
        outputs = {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", [])}
        group = outputs.get("LogGroupName") or f"/aws/lambda/{outputs.get('FunctionName')}"
        return count_outcomes(aws_client("logs", self.deployment.environ), group, self.funnel.run)

    def _look_at_queue(self) -> None:
        url = self.deployment.queue_url
        if not url:
            self.funnel.notes.append(_NO_QUEUE)
            return
        queue = open_queue(url, self.deployment.environ)
        count = self._try(queue.count, matters=True)
        if count is None:
            return
        self._set(count)
        if count.total == 0:
            return
        rate = self._rate_of_deletions(url)
        if rate is None:
            rate = self._rate_of_depth(queue.count, count)
        self._predict(rate)

    def _set(self, count: Count) -> None:
        self.funnel.waiting_about, self.funnel.in_flight_about = count.visible, count.hidden

    def _rate_of_deletions(self, url: str) -> float | None:
        """Return how many messages a minute the function has finished of late, as CloudWatch counts them."""
        if is_alibaba(self.deployment):
            return None
        points = self._try(lambda: self._read_metric(url, _DELETED, "Sum", hours=1))
        whole = [value for began, value in points or [] if began <= self.now() - timedelta(seconds=PERIOD_SECONDS)]
        if not whole:
            return None
        self.funnel.rate_basis = "CloudWatch: messages deleted within five minutes"
        return whole[-1] * 60 / PERIOD_SECONDS

    def _rate_of_depth(self, count: Callable[[], Count], before: Count) -> float | None:
        """Return how many messages a minute the queue gets shorter, by two looks."""
        began = monotonic()
        sleep(LOOK_SECONDS)
        after = self._try(count, matters=True)
        if after is None:
            return None
        seconds = max(LOOK_SECONDS, monotonic() - began)
        self._set(after)
        if after.total > before.total:
            self.funnel.notes.append(_GROWS)
            return None
        self.funnel.rate_basis = f"two looks at the queue, {seconds:.0f} s apart"
        return (before.total - after.total) * 60 / seconds

    def _predict(self, rate: float | None) -> None:
        if rate is None:
            return
        self.funnel.rate_per_minute = round(rate, 1)
        waiting = (self.funnel.waiting_about or 0) + (self.funnel.in_flight_about or 0)
        if rate <= 0:
            self.funnel.notes.append("The queue does not get shorter now, so nobody can tell when it will be done.")
        elif self.funnel.state in ("running", "stopped"):
            self.funnel.notes.append("Not all is sent yet, so nobody can tell when it will be done.")
        else:
            done = self.now() + timedelta(minutes=waiting / rate)
            self.funnel.done_by = done.isoformat(timespec="seconds").replace("+00:00", "Z")

    def _look_at_oldest(self) -> None:
        url = self.deployment.queue_url
        if not url:
            return
        if is_alibaba(self.deployment):
            self.funnel.notes.append("SMQ does not tell how old the oldest live upload is.")
            return
        points = self._try(lambda: self._read_metric(url, _OLDEST, "Maximum", hours=1))
        if points:
            self.funnel.oldest_live_upload_seconds = points[-1][1]
        elif points is not None:
            self.funnel.notes.append("CloudWatch has no age of the oldest live upload within the last hour.")

    def _read_metric(self, url: str, metric: str, statistic: str, *, hours: int) -> list[tuple[datetime, float]]:
        client = aws_client("cloudwatch", self.deployment.environ)
        return read_points(client, metric, of=("QueueName", url.rpartition("/")[2]), hours=hours, statistic=statistic)

    def _look_at_letters(self) -> None:
        url = self.deployment.dead_letter_queue_url
        if not url:
            self.funnel.notes.append(_NO_LETTERS)
            return
        self.funnel.letters = self._try(lambda: self._count_letters(url), matters=True)

    def _count_letters(self, url: str) -> dict[str, int] | None:
        """Return the letters of the run by reason, each record once. Return ``None`` if not all could be read."""
        queue = open_queue(url, self.deployment.environ)
        reader, reasons = Reader(queue), dict[str, str]()
        with closing(reader.batches()) as batches, tracking("reading letters") as tracker:
            for batch in batches:
                lines = [read_message(message, "letters", queue.cloud) for message in batch]
                reasons |= {identity(line): str(line["code"]) for line in lines if line.get("run") == self.funnel.run}
                tracker.update(reader.seen, total=max(reader.expected, reader.seen))
        if not reader.is_complete:
            note = f"Only {reader.seen} of about {reader.expected} dead letters could be read; others are hidden."
            self.funnel.notes.append(note)
            return None
        return dict(sorted(Counter(reasons.values()).items()))

    def _try(self, look: Callable[[], R], *, matters: bool = False) -> R | None:
        try:
            return look()
        except IngestError as error:
            text, code = explain(error)
            if matters:
                self.report.fail(code, error.reason.code, text)
            else:
                self.funnel.notes.append(text)
            return None
