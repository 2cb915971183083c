"""Decode a WebP, and say in plain words why it cannot be decoded."""

from PIL import ImageFile

from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.formats.format import Decoded
from imagesearch_ingest.images.formats.webp.load import load
from imagesearch_ingest.images.policy import Policy
from imagesearch_ingest.model.errors import IngestError


def load_whole(opened: ImageFile.ImageFile, data: bytes, policy: Policy) -> Decoded:
    """Decode the image, or the first frame. Raise ``CORRUPT_IMAGE``: libwebp reports missing and broken pixels."""
    try:
        return load(opened, data, policy)
    except (IngestError, MemoryError):
        raise
    except Exception as error:
        raise corrupt("WebP", "its image is damaged, or cut short") from error
