"""Extend the SDK's client, so that it can upload an image without adding it."""

import io
import time
from typing import Any

from imagesearch_ingest.adapters.image_search.errors import UPLOAD, translate_errors
from imagesearch_ingest.adapters.image_search.sdk import Client, RuntimeOptions, models
from imagesearch_ingest.model.images import Upload


class UploadClient(Client):  # type: ignore[misc]  # published without types
    """Stop ``add_image_advance`` after its second request, the upload.

    The SDK makes three requests for one add, and the quota counts only the last. Between the second and the third it
    calls ``add_image_with_options``, with the uploaded image's URL. Here that method returns its argument.
    """

    def upload(self, image: bytes, runtime: RuntimeOptions) -> Upload:
        """Put the image into the service's temporary bucket. Safe for several threads.

        Raise what the SDK raises for the authorisation, and ``IngestError`` for the upload itself.
        """
        content = _Content(image)
        begun = time.perf_counter()
        request = self.add_image_advance(models.AddImageAdvanceRequest(pic_content_object=content), runtime)
        ended = time.perf_counter()
        seconds = {"authorize": content.sent_at - begun, "upload": ended - content.sent_at}
        return Upload(request.pic_content, {leg: round(taken * 1000) for leg, taken in seconds.items()})

    def add_image_with_options(self, request: models.AddImageRequest, _: RuntimeOptions) -> models.AddImageRequest:
        """Return the request that would add the image."""
        return request

    def _post_ossobject(self, bucket: str, form: dict[str, Any], runtime: RuntimeOptions) -> Any:  # noqa: ANN401 - the SDK has no types
        form["file"].content.sent_at = time.perf_counter()
        with translate_errors("upload for AddImage", UPLOAD):
            return super()._post_ossobject(bucket, form, runtime)


class _Content(io.BytesIO):
    """Hold the bytes of one upload, and the time when sending them began (``time.perf_counter``)."""

    sent_at = 0.0
