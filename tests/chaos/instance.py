"""The limits of an Image Search instance: its quotas, its capacity, and an image that it refuses."""

from collections.abc import Callable
from dataclasses import dataclass, field

from imagesearch_ingest.image_search import AddImageRequest, DeleteImageRequest, error_for_code
from imagesearch_ingest.model.images import Upload
from tests.chaos.bucket import Bucket
from tests.chaos.payloads import REFUSED_IMAGE
from tests.chaos.timeline import Timeline
from tests.support.fakes import FakeImageIndex


@dataclass(slots=True)
class Quota:
    """A token bucket that holds one second's calls, at least two, and is full at first, as in the local cloud."""

    timeline: Timeline
    per_second: float
    tokens: float = 2.0
    _seen: float = 0.0

    def take(self) -> bool:
        """Return whether a call is within the quota."""
        most = max(2.0, self.per_second)
        self.tokens = min(most, self.tokens + (self.timeline.now - self._seen) * self.per_second)
        self._seen = self.timeline.now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


@dataclass(slots=True)
class LimitedIndex:
    """An ``ImageIndex`` with limits. All workers share it.

    ``capacity`` returns how many entries are allowed now. ``reflects`` maps a PicName to the serial of the change that
    its entry shows, so that ``index_holds`` can be checked. ``refused`` counts the calls over the quota.
    """

    bucket: Bucket
    quota: Quota
    delete_quota: Quota
    capacity: Callable[[], float]
    index: FakeImageIndex = field(default_factory=FakeImageIndex)
    reflects: dict[str, int] = field(default_factory=dict)
    refused: int = 0
    added: int = 0

    @property
    def entries(self) -> dict[tuple[str, str], AddImageRequest]:
        return self.index.entries

    def upload(self, image: bytes) -> Upload:
        return self.index.upload(image)

    def add(self, upload: Upload, request: AddImageRequest) -> None:
        self._take(self.quota)
        if self.index.uploads[upload.url] == REFUSED_IMAGE:
            raise error_for_code("UnsupportedPicPixels", "refused")
        ids = request.product_id, request.pic_name
        if ids not in self.entries and len(self.entries) >= self.capacity():
            raise error_for_code("InstanceOverQuota", "full")
        self.index.add(upload, request)
        self.reflects[request.pic_name] = self._serial_of(request)
        self.added += 1

    def delete(self, request: DeleteImageRequest) -> None:
        self._take(self.delete_quota)
        self.index.delete(request)
        changes = self.bucket.history.get(request.pic_name, ())
        removals = [change.serial for change in changes if change.after is None]
        self.reflects[request.pic_name] = max(removals, default=0)

    def _take(self, quota: Quota) -> None:
        if not quota.take():
            self.refused += 1
            raise error_for_code("DeniedRequest", "too many requests")

    def _serial_of(self, request: AddImageRequest) -> int:
        """Return the first change that made this upload current; 0 for one that the bucket never had."""
        for change in self.bucket.history.get(request.pic_name, ()):
            if change.after and change.after.number == request.int_attr:
                return change.serial
        return 0
