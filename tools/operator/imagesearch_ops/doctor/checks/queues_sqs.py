"""Check the queues on SQS: that they are there, and that nothing is lost or delivered too early."""

import json
from collections.abc import Callable

from imagesearch_ingest.adapters.aws.codes import SQS
from imagesearch_ingest.adapters.aws.errors import translate_errors
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops.doctor import fixes
from imagesearch_ops.doctor.check import Check
from imagesearch_ops.doctor.checks.queues import DAY, TIMEOUTS, judge_depth, judge_visibility
from imagesearch_ops.doctor.findings import CannotSeeError, Finding, broken, fine, unknown
from imagesearch_ops.doctor.patient import Patient
from imagesearch_ops.rates import own_adds

RETENTION_SECONDS = 14 * DAY  # SQS's maximum, and the template's
TEMPLATE_VISIBILITY = 1800
HIDDEN_SECONDS = 1800  # a record that waits or whose worker died is hidden for at least this long
_MOST_DAYS = 10  # of work in the queue; 4 are left for an outage
_ACTION = "sqs:GetQueueAttributes"


def read_attributes(patient: Patient, url: str | None, what: str) -> dict[str, str]:
    """Return the attributes of a queue. Raise ``CannotSeeError`` if its URL is not known."""
    if not url:
        raise CannotSeeError(f"the URL of the {what} is not known")

    def read() -> dict[str, str]:
        with translate_errors(f"reading the attributes of {url}", SQS):
            found = patient.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
        return dict(found.get("Attributes", {}))

    return patient.ask(f"queue {url}", read)


def _exists(what: str, url_of: Callable[[Patient], str | None]) -> Callable[[Patient], Finding]:
    def check(patient: Patient) -> Finding:
        url = url_of(patient)
        if not url and what == "queue" and patient.is_seen:
            return unknown("INGEST_QUEUE_URL is not set: events invoke the function directly", is_blocking=True)
        try:
            read_attributes(patient, url, what)
        except IngestError as error:
            if error.reason is Reason.SETTINGS_REFUSED and error.service_code:
                region = patient.client("sqs").meta.region_name
                fix = f"Correct the URL or AWS_REGION: {fixes.aws('sqs', 'list-queues', region=region)}"
                return broken(f"there is no queue {url} in {region} ({error.service_code})", fix)
            raise
        return fine(str(url))

    return check


def _queue(patient: Patient) -> dict[str, str]:
    return read_attributes(patient, patient.queue_url, "queue")


def check_visibility(patient: Patient) -> Finding:
    seconds = int(_queue(patient)["VisibilityTimeout"])
    timeout = (patient.function or {}).get("Timeout")
    needed = TIMEOUTS * int(timeout) if timeout else TEMPLATE_VISIBILITY
    fix = fixes.set_queue(str(patient.queue_url), VisibilityTimeout=str(needed))
    return judge_visibility(seconds, timeout, needed, fix)


def check_redrive(patient: Patient) -> Finding:
    policy = json.loads(_queue(patient).get("RedrivePolicy") or "{}")
    target, count = policy.get("deadLetterTargetArn"), int(policy.get("maxReceiveCount") or 0)
    wanted = _find_arn(patient)
    fix = fixes.set_queue(
        str(patient.queue_url),
        RedrivePolicy=json.dumps(
            {"deadLetterTargetArn": wanted or "ARN-of-the-dead-letter-queue", "maxReceiveCount": 1000}
        ),
    )
    if not target:
        return broken("no redrive policy: a message that always kills the function comes back for ever", fix)
    if wanted and target != wanted:
        return broken(f"messages go to {target}, not to the dead-letter queue of the settings, {wanted}", fix)
    if count * HIDDEN_SECONDS < RETENTION_SECONDS:
        days = count * HIDDEN_SECONDS / DAY
        return broken(f"maxReceiveCount is {count}: an outage of {days:.1f} days loses uploads without a reason", fix)
    return fine(f"after {count} receives to the dead-letter queue")


def _find_arn(patient: Patient) -> str | None:
    try:
        return read_attributes(patient, patient.dead_letter_queue_url, "dead-letter queue").get("QueueArn")
    except (CannotSeeError, IngestError):
        return None


def _retention(what: str, url_of: Callable[[Patient], str | None]) -> Callable[[Patient], Finding]:
    def check(patient: Patient) -> Finding:
        url = str(url_of(patient))
        seconds = int(read_attributes(patient, url, what)["MessageRetentionPeriod"])
        if seconds < RETENTION_SECONDS:
            fix = fixes.set_queue(url, MessageRetentionPeriod=str(RETENTION_SECONDS))
            return broken(f"{seconds / DAY:.1f} days, less than 14: what waits longer is lost", fix)
        return fine(f"{seconds // DAY} days")

    return check


def _encryption(what: str, url_of: Callable[[Patient], str | None]) -> Callable[[Patient], Finding]:
    def check(patient: Patient) -> Finding:
        url = str(url_of(patient))
        found = read_attributes(patient, url, what)
        if key := found.get("KmsMasterKeyId"):
            return fine(f"by the KMS key {key}")
        managed = found.get("SqsManagedSseEnabled")
        if managed == "false":
            return broken("messages are not encrypted", fixes.set_queue(url, SqsManagedSseEnabled="true"))
        return fine("by SQS's own key") if managed else unknown("the queue does not say whether it is encrypted")

    return check


def check_depth(patient: Patient) -> Finding:
    found = _queue(patient)
    waiting = int(found["ApproximateNumberOfMessages"]) + int(found.get("ApproximateNumberOfMessagesNotVisible", 0))
    return judge_depth(waiting, own_adds(patient.settings), _MOST_DAYS)


QUEUES = [
    Check("queue.exists", _exists("queue", lambda patient: patient.queue_url), ("identity.aws",), _ACTION),
    Check(
        "letters.exists", _exists("dead-letter queue", lambda p: p.dead_letter_queue_url), ("identity.aws",), _ACTION
    ),
    Check("queue.visibility", check_visibility, ("queue.exists",), _ACTION),
    Check("queue.redrive", check_redrive, ("queue.exists",), _ACTION),
    Check("queue.retention", _retention("queue", lambda p: p.queue_url), ("queue.exists",), _ACTION),
    Check("queue.encryption", _encryption("queue", lambda p: p.queue_url), ("queue.exists",), _ACTION),
    Check("queue.depth", check_depth, ("queue.exists",), _ACTION),
    Check(
        "letters.retention",
        _retention("dead-letter queue", lambda p: p.dead_letter_queue_url),
        ("letters.exists",),
        _ACTION,
    ),
    Check(
        "letters.encryption",
        _encryption("dead-letter queue", lambda p: p.dead_letter_queue_url),
        ("letters.exists",),
        _ACTION,
    ),
]
