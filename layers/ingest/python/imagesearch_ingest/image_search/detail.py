"""Read what Detail says of an instance.

Source: Detail reference. It says nothing of the rate of adds: the AddImage reference ("QPS limit") ties that to the
capacity.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

CAPACITY_UNIT = 10_000  # pictures (Detail reference, "Capacity")
SMALLEST = 100_000  # pictures: AddImage takes one call a second (AddImage reference, "QPS limit")
USUAL_RATE, SMALLEST_RATE = 5, 1
# The codes of an instance that takes nothing: it has expired, or its order is not paid (page of error codes).
NOT_IN_SERVICE = frozenset({"InstanceStatusError", "Console.InstanceStatusError", "Console.OrderStatusError"})
ACTION = "Detail"
# The codes of a key that lacks the permission imagesearch:Detail.
NO_PERMISSION = frozenset({"NoPermission", "Console.NoPermission", "Forbidden", "Forbidden.RAM", "ActionUnauthorized"})
NO_INSTANCE = frozenset({"InvalidInstance", "InvalidInstanceName", "Console.InstanceNotFound"})
SERVICE_TYPES = {
    0: "product",
    1: "generic",
    2: "fabric",
    3: "trademark",
    4: "copyright",
    5: "furniture",
    6: "hardware",
    7: "trademark",
}


@dataclass(frozen=True, slots=True)
class InstanceDetail:
    """What Detail says. ``capacity`` and ``total`` are pictures, ``qps`` is searches a second."""

    total: int
    capacity: int
    qps: int
    service_type: str
    expires: datetime | None

    @property
    def free(self) -> int:
        """Return how many more pictures the instance takes."""
        return max(0, self.capacity - self.total)

    @property
    def full_percent(self) -> float:
        """Return how full the instance is. One without a capacity is full."""
        return 100 * self.total / self.capacity if self.capacity else 100.0

    @property
    def is_smallest(self) -> bool:
        """Return whether the instance has the smallest size, with a rate of its own."""
        return 0 < self.capacity <= SMALLEST

    @property
    def usual_rate(self) -> int:
        """Return the documented AddImage calls per second. Alibaba Cloud may have agreed to more for a larger one."""
        return SMALLEST_RATE if self.is_smallest else USUAL_RATE


def read_detail(found: Any) -> InstanceDetail:  # noqa: ANN401 - the SDK has no types
    """Return what Detail says. Raise ``AttributeError``, ``TypeError`` or ``ValueError`` for another form."""
    kind = found.service_type
    expires = found.utc_expire_time
    return InstanceDetail(
        total=int(found.total_count),
        capacity=int(found.capacity) * CAPACITY_UNIT,
        qps=int(found.qps or 0),
        service_type="unknown" if kind is None else SERVICE_TYPES.get(int(kind), f"type {kind}"),
        expires=datetime.fromtimestamp(int(expires) / 1000, UTC) if expires else None,
    )
