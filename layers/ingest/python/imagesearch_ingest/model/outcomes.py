"""The end of an object's way, as one value."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from imagesearch_ingest.model.images import ImageIdentity, Preparation
from imagesearch_ingest.model.legs import LegFault
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
    ``add_calls`` is the number of AddImage calls, of which ``add_calls_throttled`` were refused for the rate.
    ``legs`` maps each part of the successful add (authorize, upload, wait, add) to its milliseconds. ``leg_fault`` is
    ``None`` without a fault, and for a fault in which no service had a part.
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
    add_calls: int = 0
    add_calls_throttled: int = 0
    milliseconds: int = 0
    milliseconds_waited: int = 0
    legs: Mapping[str, int] | None = None
    leg_fault: LegFault | None = None
    traceback: str | None = None  # the traceback of a bug in this project

    @property
    def fault_class(self) -> FaultClass:
        """Return the class of the reason; ``NONE`` without one."""
        return self.reason.fault_class if self.reason else FaultClass.NONE

    @property
    def is_own_fault(self) -> bool:
        """Return whether a transient fault is certainly the object's: the same leg works for others, or none failed."""
        return self.leg_fault is None or self.leg_fault.works_for_others

    @property
    def may_be_outage(self) -> bool:
        """Return whether a service may fail in this way for each object that is added."""
        return (
            self.reason is not None
            and self.reason.may_be_service
            and self.leg_fault is not None
            and self.leg_fault.leg.is_part_of_every_add
            and not self.leg_fault.works_for_others
        )

    def stops(self, ref: ObjectRef) -> bool:
        """Return whether this outcome keeps another object from being started, if it stops its batch.

        An outage that was met at a bucket says nothing about other buckets.
        """
        leg = self.leg_fault.leg if self.leg_fault and self.may_be_outage else None
        return leg is None or leg.bucket in (None, ref.bucket)
