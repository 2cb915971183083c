"""Check the dead letters: how many there are, and whether any is about to be dropped for its age."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice

from imagesearch_ops.dlq.reading import Reader
from imagesearch_ops.doctor.check import Check
from imagesearch_ops.doctor.findings import CannotSeeError, Finding, broken, fine, unknown
from imagesearch_ops.doctor.patient import Patient
from imagesearch_ops.queues import Message, open_queue

SOON = timedelta(days=3)
_MOST_BATCHES = 50


def _count(patient: Patient, url: str | None) -> int:
    if not url:
        raise CannotSeeError("the URL of the queue is not known")
    return patient.ask(f"count {url}", lambda: open_queue(url, patient.environ).count().total)


def check_count(patient: Patient) -> Finding:
    """Say how many there are. A picture that cannot be added is no fault of the deployment."""
    count = _count(patient, patient.dead_letter_queue_url)
    return fine(f"{count} dead letters; see `imagesearch-ingest dlq list --by reason`" if count else "none")


def check_expiring(patient: Patient) -> Finding:
    """Look at the times of the first letters. They are only read, and released at once."""
    url = str(patient.dead_letter_queue_url)
    count = _count(patient, url)
    if not count:
        return fine("none")
    read = _read(url, patient)
    oldest = min((message.sent_at for message in read if message.sent_at), default=None)
    first = min((message.expires_at for message in read if message.expires_at), default=None)
    if oldest is None:
        return unknown("no letter could be read; another reader holds them")
    partly = f" (of the {len(read)} read)" if len(read) < count else ""
    age = f"the oldest is {_days(datetime.now(UTC) - oldest)} old{partly}"
    if first and first - datetime.now(UTC) < SOON:
        soon = sum(1 for one in read if one.expires_at and one.expires_at - datetime.now(UTC) < SOON)
        return broken(
            f"{soon} are dropped within 3 days, the first on {first:%Y-%m-%d %H:%M} UTC; {age}",
            "imagesearch-ingest dlq export letters.jsonl",
        )
    return fine(age)


def _read(url: str, patient: Patient) -> list[Message]:
    reader = Reader(open_queue(url, patient.environ))
    with closing(reader.batches()) as batches:
        return [message for batch in islice(batches, _MOST_BATCHES) for message in batch]


def check_undelivered(patient: Patient) -> Finding:
    """Look for events that EventBridge could not deliver to the queue."""
    url = patient.rule_queue_url
    if not url:
        return fine("no rule, so no such queue")
    count = _count(patient, url)
    if count:
        where = f" --stack {patient.stack.name}" if patient.stack else f" --rule-queue-url {url}"
        return broken(
            f"EventBridge could not deliver {count} events", f"imagesearch-ingest dlq list --queue rule{where}"
        )
    return fine("EventBridge has delivered every event")


def _days(age: timedelta) -> str:
    hours = age.total_seconds() / 3600
    return f"{hours / 24:.1f} days" if hours >= 48 else f"{hours:.1f} hours"  # noqa: PLR2004 - two days


def letters_checks(prefix: str) -> list[Check]:
    """Return the checks. ``prefix`` begins the names of permissions: that of SQS or of SMQ."""
    count, read = f"{prefix}:GetQueueAttributes", f"{prefix}:ReceiveMessage, {prefix}:ChangeMessageVisibility"
    return [
        Check("letters.count", check_count, ("letters.exists",), count),
        Check("letters.expiring", check_expiring, ("letters.exists",), read),
    ]


UNDELIVERED = Check("letters.undelivered", check_undelivered, ("identity.aws",), "sqs:GetQueueAttributes")
