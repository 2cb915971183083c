"""An Image Search instance: entries under their ids, a quota as a token bucket, a capacity.

``reflects`` says of each picture's name which change of the bucket its entry shows; with that, ``index_holds`` can be
told true from false.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from imagesearch_ingest.image_search import AddImageRequest, DeleteImageRequest, error_for_code
from tests.chaos.bucket import Bucket
from tests.chaos.payloads import UNLOVED
from tests.chaos.timeline import Timeline


@dataclass(slots=True)
class Quota:
    """Rate q, capacity max(2, q), full at first: the default of the local service, too (design, section 7)."""

    timeline: Timeline
    per_second: float
    tokens: float = 2.0
    _seen: float = 0.0

    def take(self) -> bool:
        most = max(2.0, self.per_second)
        self.tokens = min(most, self.tokens + (self.timeline.now - self._seen) * self.per_second)
        self._seen = self.timeline.now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


@dataclass(slots=True)
class Instance:
    """``capacity`` says how many entries there may be now. ``refused`` counts the calls over the quota."""

    bucket: Bucket
    quota: Quota
    delete_quota: Quota
    capacity: Callable[[], float]
    entries: dict[tuple[str, str], AddImageRequest] = field(default_factory=dict)
    reflects: dict[str, int] = field(default_factory=dict)
    refused: int = 0
    added: int = 0

    def add(self, request: AddImageRequest) -> None:
        ids = request.product_id, request.pic_name
        if not self.quota.take():
            self.refused += 1
            raise error_for_code("DeniedRequest", "too many requests")
        if request.pic_content == UNLOVED:
            raise error_for_code("UnsupportedPicPixels", "unloved")
        if ids not in self.entries and len(self.entries) >= self.capacity():
            raise error_for_code("InstanceOverQuota", "full")
        self.entries[ids] = request
        self.reflects[request.pic_name] = self._serial_of(request)
        self.added += 1

    def delete(self, request: DeleteImageRequest) -> None:
        if not self.delete_quota.take():
            self.refused += 1
            raise error_for_code("DeniedRequest", "too many requests")
        self.entries.pop((request.product_id, request.pic_name), None)
        changes = self.bucket.history.get(request.pic_name, ())
        gone = [change.serial for change in changes if change.after is None]
        self.reflects[request.pic_name] = max(gone, default=0)

    def _serial_of(self, request: AddImageRequest) -> int:
        """The first change that made this upload the current one; 0 for what the bucket never had."""
        for change in self.bucket.history.get(request.pic_name, ()):
            if change.after and change.after.number == request.int_attr:
                return change.serial
        return 0
