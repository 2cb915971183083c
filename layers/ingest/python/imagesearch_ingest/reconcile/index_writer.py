"""Change the index for one object: add its image, or delete its entry."""

from dataclasses import dataclass

from imagesearch_ingest.attributes import Attributes, blame
from imagesearch_ingest.image_search import AddImageRequest, DeleteImageRequest, build_add_request
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import ImageIdentity, PreparedImage, Upload
from imagesearch_ingest.model.legs import Leg, LegKind
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.pacing.clock import Clock
from imagesearch_ingest.pacing.rate_limiter import RateLimiter
from imagesearch_ingest.pacing.retry import Retrier
from imagesearch_ingest.reconcile.ports import ImageIndex
from imagesearch_ingest.reconcile.progress import Progress

REQUESTS_FROM_UPLOAD = 3  # authorize, upload, add: each may take as long as its timeout allows
SECONDS_AFTER_SLOT = 2.0  # usual time for the add, the second look and the requests to the queue
# How long the service is believed to keep an upload. No document gives a time. Ten minutes cover the retries within one
# invocation, and a shorter life shows as PictureError or InvalidPicUrl, after which the image is uploaded again.
UPLOAD_SECONDS = 600.0

_UPLOAD, _ADD, _DELETE = (Leg(kind) for kind in (LegKind.UPLOAD, LegKind.ADD, LegKind.DELETE))


@dataclass(frozen=True, slots=True)
class IndexWriter:
    """Write to one instance, at its rates. ``retry`` repeats its requests. Safe for several threads at once."""

    index: ImageIndex
    retry: Retrier
    clock: Clock
    instance_name: str
    add_limiter: RateLimiter
    delete_limiter: RateLimiter

    def add(self, identity: ImageIdentity, image: PreparedImage, attributes: Attributes, progress: Progress) -> None:
        """Upload the image, wait for a slot of the quota, and add it. A failed add repeats the last two steps alone.

        Raise ``IngestError``: ``SETTINGS_REFUSED`` if the service refused an attribute that the settings supplied.
        """
        request = build_add_request(self.instance_name, identity, image, attributes)
        upload, expires = None, 0.0
        for attempt in self.retry.tries(progress.budget):
            if upload is None or self.clock.monotonic() >= expires:
                upload = self._upload(request, progress)
                expires = self.clock.monotonic() + UPLOAD_SECONDS
            with progress.on(_ADD, attempt), attempt:
                waited = self._wait(self.add_limiter, progress)
                begun = self.clock.monotonic()
                progress.add_calls += 1
                try:
                    with self.add_limiter.call(), progress.changing_index():
                        self.index.add(upload, request)
                except IngestError as error:
                    progress.add_calls_throttled += error.reason is Reason.THROTTLED
                    if error.needs_new_upload:
                        upload, attempt.requests = None, REQUESTS_FROM_UPLOAD
                    raise blame(error, attributes) from error.__cause__
                added = self.clock.monotonic() - begun
                progress.legs = {**upload.legs, "wait": round(waited * 1000), "add": round(added * 1000)}

    def delete(self, identity: ImageIdentity, progress: Progress) -> None:
        """Wait for a slot of the quota, and delete the entry. Raise ``IngestError``."""
        request = DeleteImageRequest(
            instance_name=self.instance_name, product_id=identity.product_id, pic_name=identity.pic_name
        )
        for attempt in self.retry.tries(progress.budget):
            with progress.on(_DELETE, attempt), attempt:
                self._wait(self.delete_limiter, progress)
                with self.delete_limiter.call(), progress.changing_index():
                    self.index.delete(request)

    def _upload(self, request: AddImageRequest, progress: Progress) -> Upload:
        """Return the uploaded image. Only a refused authorisation or upload is repeated here, never an add."""
        with progress.on(_UPLOAD):
            return self.retry(
                lambda: self.index.upload(request.pic_content), progress.budget, requests=REQUESTS_FROM_UPLOAD
            )

    def _wait(self, limiter: RateLimiter, progress: Progress) -> float:
        """Wait for the next slot. Return the seconds that this took."""
        before = progress.waited
        with progress.waiting():
            limiter.wait(progress.deadline, SECONDS_AFTER_SLOT)
        return progress.waited - before
