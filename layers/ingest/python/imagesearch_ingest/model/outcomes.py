"""The end of an object's way, as one value."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from imagesearch_ingest.model.images import ImageIdentity, Preparation
from imagesearch_ingest.model.objects import ObjectRef, ObjectState
from imagesearch_ingest.model.reasons import FaultClass, Reason, Result


class IndexHolds(StrEnum):
    """What the index holds for an object that could not be added."""

    PREVIOUS = "previous"  # unchanged: what the index had for this key before, if anything
    # The response to a request was lost. It may have been carried out, here or for another announcement.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result for one object, and what a person needs to verify it. ``detail`` is one sentence about this object.

    ``state`` is set once the object was read, ``prepared`` once its image was ready to be added. The image itself is
    not kept: outcomes live until the batch ends, and hundreds of images would fill the memory.
    ``milliseconds_waited`` is the part of ``milliseconds`` spent waiting for the quota or for other objects.
    ``legs`` maps each part of the successful add (authorize, upload, wait, add) to its milliseconds.
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
    traceback: str | None = None  # the traceback of a bug in this project

    @property
    def fault_class(self) -> FaultClass:
        """Return the class of the reason; ``NONE`` without one."""
        return self.reason.fault_class if self.reason else FaultClass.NONE

    @property
    def stops_batch(self) -> bool:
        """Return whether no other object of the instance can succeed until a person acts."""
        return self.reason is not None and self.reason.stops_batch
