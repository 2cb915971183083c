"""The faults that a call can meet: drawn for one call, scheduled for a while, or tied to one object.

A fault says what the caller sees, how long the call takes, and whether the service acted nevertheless.
"""

import random
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from imagesearch_ingest.image_search import error_for_code
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from tests.support.intercepted import Operation

# Connect and read timeouts together, as the settings have them by default: for Image Search, and for bucket and queues.
STALL_SECONDS, CLOUD_STALL_SECONDS = 7.0, 13.0

BUCKET = (Operation.FETCH, Operation.HEAD)
INDEX = (Operation.UPLOAD, Operation.ADD, Operation.DELETE)
INDEX_CHANGES = (Operation.ADD, Operation.DELETE)
QUEUE = (Operation.ACK, Operation.DEFER)


@dataclass(frozen=True, slots=True)
class Fault:
    """``error`` makes the exception; without one the worker is killed. With ``acts`` the service did act."""

    name: str
    error: Callable[[], IngestError] | None
    acts: bool = False
    seconds: float = 0.05


@dataclass(frozen=True, slots=True)
class ScheduledFault:
    """A fault that every call to these operations meets from ``begins`` to ``ends``; only for ``keys``, if given."""

    operations: Collection[Operation]
    fault: Fault
    begins: float
    ends: float
    keys: frozenset[str] | None = None


def _error_for_reason(reason: Reason, code: str) -> Callable[[], IngestError]:
    return lambda: IngestError(reason, f"simulated {code}", service_code=code)


def _error_for_code(code: str) -> Callable[[], IngestError]:
    return lambda: error_for_code(code, f"simulated {code}")


DOWN = Fault("5xx", _error_for_reason(Reason.SERVICE_UNAVAILABLE, "503"))
RESET = Fault("reset", _error_for_reason(Reason.NETWORK, "reset"))
_STALL = Fault("stall", _error_for_reason(Reason.TIMEOUT, "timeout"), seconds=CLOUD_STALL_SECONDS)
_SLOW_DOWN = Fault("slow down", _error_for_reason(Reason.THROTTLED, "SlowDown"))
_LOST = Fault("lost answer", _error_for_reason(Reason.TIMEOUT, "timeout"), acts=True, seconds=CLOUD_STALL_SECONDS)
_CUT = Fault("cut answer", _error_for_reason(Reason.NETWORK, "reset"), acts=True)

THROTTLED = Fault("DeniedRequest", _error_for_code("DeniedRequest"))
_INDEX_DOWN = Fault("5xx", _error_for_code("InternalError"))
_INDEX_DOWN_AFTER_ACTING = Fault("5xx after acting", _error_for_code("InternalError"), acts=True)
_INDEX_LOST = Fault("lost answer", _error_for_reason(Reason.TIMEOUT, "timeout"), acts=True, seconds=STALL_SECONDS)
OVERDUE = Fault("overdue", _error_for_code("InsufficientBalance"))
KILLED_BEFORE, KILLED_AFTER = Fault("killed before", None), Fault("killed after", None, acts=True)

_INDEX_CHANGE_FAULTS = (
    THROTTLED,
    _INDEX_DOWN,
    _INDEX_DOWN_AFTER_ACTING,
    Fault("stall", _error_for_reason(Reason.TIMEOUT, "timeout"), seconds=STALL_SECONDS),
    _INDEX_LOST,
    RESET,
    _CUT,
    Fault("Success=false", _error_for_code("UnknownException")),
    Fault("502 page", _error_for_reason(Reason.SERVICE_UNAVAILABLE, "502")),
    Fault("unknown code", _error_for_code("NobodyWroteThisDown")),
)
# The faults that a single call may meet, each with the same probability.
CALL_FAULTS: Mapping[Operation, tuple[Fault, ...]] = {
    Operation.FETCH: (DOWN, RESET, _STALL, _SLOW_DOWN),
    Operation.HEAD: (DOWN, RESET, _STALL, _SLOW_DOWN),
    Operation.UPLOAD: (
        DOWN,
        RESET,
        replace(_STALL, seconds=STALL_SECONDS),
        Fault("clock skew", _error_for_code("InvalidTimeStamp.Expired")),
    ),
    Operation.ADD: (*_INDEX_CHANGE_FAULTS, Fault("PictureError", _error_for_code("PictureError"))),
    Operation.DELETE: _INDEX_CHANGE_FAULTS,
    Operation.SEND_LETTER: (DOWN, RESET, _STALL, _SLOW_DOWN, _LOST, _CUT),
    Operation.ACK: (DOWN, _LOST, _CUT),
    Operation.DEFER: (DOWN, _LOST, _CUT),
    Operation.REQUEUE: (DOWN, RESET, _STALL, _SLOW_DOWN, _LOST, _CUT),
}
# The faults that an outage may bring to all objects.
OUTAGES: tuple[tuple[Collection[Operation], Fault], ...] = (
    (INDEX_CHANGES, THROTTLED),
    (INDEX_CHANGES, _INDEX_DOWN),
    (INDEX_CHANGES, _INDEX_LOST),
    (INDEX, OVERDUE),
    (INDEX, Fault("expired token", _error_for_code("InvalidSecurityToken.Expired"))),
    (BUCKET, DOWN),
    (BUCKET, _SLOW_DOWN),
    (BUCKET, Fault("forbidden", _error_for_reason(Reason.BUCKET_FORBIDDEN, "AccessDenied"))),
    (BUCKET, Fault("no bucket", _error_for_reason(Reason.BUCKET_MISSING, "NoSuchBucket"))),
    ((Operation.SEND_LETTER,), RESET),
    ((Operation.SEND_LETTER,), Fault("queue forbidden", _error_for_reason(Reason.CREDENTIALS, "AccessDenied"))),
    ((Operation.SEND_LETTER, Operation.REQUEUE, *QUEUE), DOWN),
    (QUEUE, _CUT),
)
_OBJECT_FAULTS: tuple[tuple[Collection[Operation], Fault], ...] = (
    ((Operation.FETCH,), DOWN),
    ((Operation.FETCH,), Fault("refused", lambda: IngestError(Reason.ACCESS_DENIED, "refused", attempts=1))),
    ((Operation.ADD,), _INDEX_DOWN),
    ((Operation.ADD,), _INDEX_DOWN_AFTER_ACTING),
    ((Operation.DELETE,), _INDEX_DOWN),
    ((Operation.DELETE,), _INDEX_DOWN_AFTER_ACTING),
    ((Operation.HEAD,), RESET),
)


def draw_object_fault(rng: random.Random) -> tuple[Collection[Operation], Fault]:
    """Return a fault that one object alone meets."""
    return rng.choice(_OBJECT_FAULTS)
