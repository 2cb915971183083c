"""What can go wrong with a call: drawn for each by the seed, or what the weather is like, or an object's own bad luck.

A fault says what the caller sees, how long that takes, and whether the service has acted all the same.
"""

import random
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from imagesearch_ingest.image_search import error_for_code
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

# Connection and silence, as the settings allow them by default: Image Search's, and the bucket's and the queues'.
STALL_SECONDS, CLOUD_STALL_SECONDS = 7.0, 13.0


class Port(StrEnum):
    FETCH = "fetch"
    HEAD = "head"
    UPLOAD = "upload"  # both requests of it, and reading the access key
    ADD = "add"
    DELETE = "delete"
    LETTER = "letter"
    ACKNOWLEDGE = "acknowledge"
    DEFER = "defer"
    AGAIN = "again"


BUCKET = (Port.FETCH, Port.HEAD)
INDEX = (Port.UPLOAD, Port.ADD, Port.DELETE)
CHANGES_OF_INDEX = (Port.ADD, Port.DELETE)
QUEUE = (Port.ACKNOWLEDGE, Port.DEFER)


@dataclass(frozen=True, slots=True)
class Fault:
    """``error`` makes what is raised; without one the worker dies. ``acts``: the service does what was asked."""

    name: str
    error: Callable[[], IngestError] | None
    acts: bool = False
    seconds: float = 0.05


def _of(reason: Reason, code: str) -> Callable[[], IngestError]:
    return lambda: IngestError(reason, f"simulated {code}", service_code=code)


def _by_code(code: str) -> Callable[[], IngestError]:
    return lambda: error_for_code(code, f"simulated {code}")


_DOWN = Fault("5xx", _of(Reason.SERVICE_UNAVAILABLE, "503"))
_RESET = Fault("reset", _of(Reason.NETWORK, "reset"))
_STALL = Fault("stall", _of(Reason.TIMEOUT, "timeout"), seconds=CLOUD_STALL_SECONDS)
_SLOW_DOWN = Fault("slow down", _of(Reason.THROTTLED, "SlowDown"))
_LOST = Fault("lost answer", _of(Reason.TIMEOUT, "timeout"), acts=True, seconds=CLOUD_STALL_SECONDS)
_CUT = Fault("cut answer", _of(Reason.NETWORK, "reset"), acts=True)

_CHANGE = (
    Fault("DeniedRequest", _by_code("DeniedRequest")),
    Fault("5xx", _by_code("InternalError")),
    Fault("5xx after acting", _by_code("InternalError"), acts=True),
    Fault("stall", _of(Reason.TIMEOUT, "timeout"), seconds=STALL_SECONDS),
    Fault("lost answer", _of(Reason.TIMEOUT, "timeout"), acts=True, seconds=STALL_SECONDS),
    Fault("reset", _of(Reason.NETWORK, "reset")),
    Fault("cut answer", _of(Reason.NETWORK, "reset"), acts=True),
    Fault("Success=false", _by_code("UnknownException")),
    Fault("502 page", _of(Reason.SERVICE_UNAVAILABLE, "502")),
    Fault("unknown code", _by_code("NobodyWroteThisDown")),
)
# What a single call may meet, each as likely as the others.
BY_PORT: Mapping[Port, tuple[Fault, ...]] = {
    Port.FETCH: (_DOWN, _RESET, _STALL, _SLOW_DOWN),
    Port.HEAD: (_DOWN, _RESET, _STALL, _SLOW_DOWN),
    Port.UPLOAD: (
        _DOWN,
        _RESET,
        replace(_STALL, seconds=STALL_SECONDS),
        Fault("clock skew", _by_code("InvalidTimeStamp.Expired")),
    ),
    Port.ADD: (*_CHANGE, Fault("PictureError", _by_code("PictureError"))),
    Port.DELETE: _CHANGE,
    Port.LETTER: (_DOWN, _RESET, _STALL, _SLOW_DOWN, _LOST, _CUT),
    Port.ACKNOWLEDGE: (_DOWN, _LOST, _CUT),
    Port.DEFER: (_DOWN, _LOST, _CUT),
    Port.AGAIN: (_DOWN, _RESET, _STALL, _SLOW_DOWN, _LOST, _CUT),
}
KILLED_BEFORE, KILLED_AFTER = Fault("killed before", None), Fault("killed after", None, acts=True)


@dataclass(frozen=True, slots=True)
class Weather:
    """A fault that every call to these ports meets for a while; of these keys alone, if any are named."""

    ports: Collection[Port]
    fault: Fault
    begins: float
    ends: float
    keys: frozenset[str] | None = None


def bad_luck(rng: random.Random) -> tuple[Collection[Port], Fault]:
    """Of a single object: nobody else has it."""
    return rng.choice(
        (
            ((Port.FETCH,), _DOWN),
            ((Port.FETCH,), Fault("refused", lambda: IngestError(Reason.ACCESS_DENIED, "refused", attempts=1))),
            ((Port.ADD,), _CHANGE[1]),
            ((Port.ADD,), _CHANGE[2]),
            ((Port.DELETE,), _CHANGE[1]),
            ((Port.DELETE,), _CHANGE[2]),
            ((Port.HEAD,), _RESET),
        )
    )


OVERDUE = Fault("overdue", _by_code("InsufficientBalance"))
STORMS: tuple[tuple[Collection[Port], Fault], ...] = (
    (CHANGES_OF_INDEX, _CHANGE[0]),
    (CHANGES_OF_INDEX, _CHANGE[1]),
    (CHANGES_OF_INDEX, _CHANGE[4]),
    (INDEX, OVERDUE),
    (INDEX, Fault("expired token", _by_code("InvalidSecurityToken.Expired"))),
    (BUCKET, _DOWN),
    (BUCKET, _SLOW_DOWN),
    (BUCKET, Fault("forbidden", _of(Reason.BUCKET_FORBIDDEN, "AccessDenied"))),
    (BUCKET, Fault("no bucket", _of(Reason.BUCKET_MISSING, "NoSuchBucket"))),
    ((Port.LETTER,), _RESET),
    ((Port.LETTER,), Fault("queue forbidden", _of(Reason.CREDENTIALS, "AccessDenied"))),
    ((Port.LETTER, Port.AGAIN, *QUEUE), _DOWN),
    (QUEUE, _CUT),
)
