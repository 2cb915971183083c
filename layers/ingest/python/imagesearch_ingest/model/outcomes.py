"""The end of an object's journey, as one value; and what the queue does about a record, which follows from it alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from imagesearch_ingest.model.images import ImageIdentity, Preparation
from imagesearch_ingest.model.objects import ObjectRef, ObjectState
from imagesearch_ingest.model.reasons import FaultClass, Reason, Result


class IndexHolds(StrEnum):
    """What the index holds for an object that could not be added."""

    PREVIOUS = "previous"  # what it held before this upload: the last good picture, or nothing
    UNKNOWN = "unknown"  # a request whose answer was lost may have been carried out; or another announcement's was


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one object, and what a person needs to believe it. ``detail`` is one sentence about this object.

    ``prepared`` is set from the moment that the picture was ready to be added, ``state`` from when it had been read.
    The picture itself is not kept: outcomes are, until the batch ends, and hundreds of pictures would fill the memory.
    ``milliseconds_waited`` of ``milliseconds`` it waited for the quota, and for other objects of its worker.
    ``legs`` are the milliseconds of each request of the add that succeeded, and of the ``wait`` for its slot.
    """

    result: Result
    ref: ObjectRef | None
    reason: Reason | None = None
    detail: str | None = None
    identity: ImageIdentity | None = None
    state: ObjectState | None = None
    prepared: Preparation | None = None
    service_code: str | None = None
    service_request_id: str | None = None
    index_holds: IndexHolds | None = None
    retries: int = 0
    milliseconds: int = 0
    milliseconds_waited: int = 0
    legs: Mapping[str, int] | None = None
    traceback: str | None = None  # of a fault of ours

    @property
    def fault_class(self) -> FaultClass:
        return self.reason.fault_class if self.reason else FaultClass.NONE

    @property
    def is_systemic(self) -> bool:
        return self.fault_class is FaultClass.SYSTEMIC
