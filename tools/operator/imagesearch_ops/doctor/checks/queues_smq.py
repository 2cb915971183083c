"""Check the queues on SMQ: that they are there, and that nothing is lost or delivered too early."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from imagesearch_ingest.adapters.alibaba.smq import SmqQueue
from imagesearch_ingest.adapters.alibaba.smq_address import SmqAddress
from imagesearch_ingest.credentials import EnvironmentCredentials
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.settings import variable
from imagesearch_ops.doctor.check import Check
from imagesearch_ops.doctor.checks.queues import DAY, TIMEOUTS, judge_depth, judge_visibility
from imagesearch_ops.doctor.findings import CannotSeeError, Finding, broken, fine, unknown
from imagesearch_ops.doctor.patient import Patient
from imagesearch_ops.rates import own_adds

RETENTION_SECONDS = 7 * DAY  # SMQ's maximum, and the template's
TEMPLATE_VISIBILITY = 720
_INTERNAL = "-internal.aliyuncs.com"
_MOST_DAYS = 5  # of work in the queue; 2 are left for an outage
_ACTION = "mns:GetQueueAttributes"
# The command line of Alibaba Cloud has no operations of SMQ.
_HOW = "in the SMQ console, or by an update of the stack (docs/deploy-alibaba.md)"
Url = Callable[[Patient], str | None]


def make_public(url: str) -> str:
    """Return the URL that is reached from outside of Alibaba Cloud's network."""
    return url.replace(_INTERNAL, ".aliyuncs.com")


def read_attributes(patient: Patient, url: str | None, what: str) -> Any:  # noqa: ANN401 - the SDK has no types
    """Return the attributes of a queue. Raise ``CannotSeeError`` if its URL is not known."""
    if not url:
        raise CannotSeeError(f"the URL of the {what} is not known")
    return patient.ask(f"queue {url}", lambda: _read(patient, url))


def _read(patient: Patient, url: str) -> Any:  # noqa: ANN401 - as above
    bundle = patient.environ.get(variable("ca_bundle"))
    queue = SmqQueue(
        make_public(url),
        EnvironmentCredentials(patient.environ),
        connect_timeout=patient.settings.connect_timeout_seconds,
        read_timeout=patient.settings.bucket_timeout_seconds,
        ca_bundle=Path(bundle) if bundle else None,
    )
    with warnings.catch_warnings(), queue.call(f"reading the attributes of {url}") as sdk:
        warnings.simplefilter("ignore", DeprecationWarning)  # the SDK says that the counts will go one day
        return sdk.get_attributes()


def _exists(what: str, url_of: Url) -> Callable[[Patient], Finding]:
    def check(patient: Patient) -> Finding:
        url = url_of(patient)
        if not url and what == "queue" and patient.is_seen:
            return unknown("INGEST_QUEUE_URL is not set: events invoke the function directly", is_blocking=True)
        try:
            read_attributes(patient, url, what)
        except IngestError as error:
            if error.reason is Reason.SETTINGS_REFUSED and error.service_code:
                name = SmqAddress.parse(str(url).rstrip("/")).name
                fix = f"Create the queue {name} with MessageRetentionPeriod {RETENTION_SECONDS}: {_HOW}"
                return broken(f"there is no queue {url} ({error.service_code})", fix)
            raise
        return fine(str(url))

    return check


def _set(url: str, attribute: str, value: int) -> str:
    name = SmqAddress.parse(url.rstrip("/")).name
    return f"Set {attribute} of the queue {name} to {value}: {_HOW}"


def check_visibility(patient: Patient) -> Finding:
    url = str(patient.queue_url)
    seconds = int(read_attributes(patient, url, "queue").visibility_timeout)
    timeout = (patient.function or {}).get("timeout")
    needed = TIMEOUTS * int(timeout) if timeout else TEMPLATE_VISIBILITY
    fix = _set(url, "VisibilityTimeout", needed)
    return judge_visibility(seconds, timeout, needed, fix)


def _retention(what: str, url_of: Url) -> Callable[[Patient], Finding]:
    def check(patient: Patient) -> Finding:
        url = str(url_of(patient))
        seconds = int(read_attributes(patient, url, what).message_retention_period)
        if seconds < RETENTION_SECONDS:
            fix = _set(url, "MessageRetentionPeriod", RETENTION_SECONDS)
            return broken(f"{seconds / DAY:.1f} days, less than 7: what waits longer is lost", fix)
        return fine(f"{seconds // DAY} days")

    return check


def check_depth(patient: Patient) -> Finding:
    found = read_attributes(patient, patient.queue_url, "queue")
    waiting = sum(max(0, int(count or 0)) for count in (found.active_messages, found.inactive_messages))
    return judge_depth(waiting, own_adds(patient.settings), _MOST_DAYS)


def _letters(patient: Patient) -> str | None:
    return patient.dead_letter_queue_url


SMQ_QUEUES = [
    Check("queue.exists", _exists("queue", lambda patient: patient.queue_url), action=_ACTION),
    Check("letters.exists", _exists("dead-letter queue", _letters), action=_ACTION),
    Check("queue.visibility", check_visibility, ("queue.exists",), _ACTION),
    Check("queue.retention", _retention("queue", lambda patient: patient.queue_url), ("queue.exists",), _ACTION),
    Check("queue.depth", check_depth, ("queue.exists",), _ACTION),
    Check("letters.retention", _retention("dead-letter queue", _letters), ("letters.exists",), _ACTION),
]
