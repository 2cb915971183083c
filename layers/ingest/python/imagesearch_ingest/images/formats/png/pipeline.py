"""Open a PNG for encoding while it is decoded."""

from imagesearch_ingest.images.formats.exif import read_orientation
from imagesearch_ingest.images.formats.format import Pipeline
from imagesearch_ingest.images.formats.png.chunks import select_critical_chunks
from imagesearch_ingest.images.formats.png.icc import read_profile
from imagesearch_ingest.images.formats.png.load import find_exif
from imagesearch_ingest.images.limits import check_memory
from imagesearch_ingest.images.policy import Policy
from imagesearch_ingest.images.vips import open_image


def open_pipeline(data: bytes, _: Policy) -> Pipeline | None:
    """Return the image; ``None`` for an animation, for 16 bits, and for an interlaced image, which takes memory."""
    chunks, is_animated, _repaired = select_critical_chunks(data)
    if is_animated or chunks[28]:
        return None
    image = open_image(chunks, "png")
    if image.format != "uchar":
        return None
    # The same limit as for an image that is decoded first, though a pipeline takes less: what is taken must not depend
    # on what the image shows.
    check_memory(image.width, image.height, image.width * image.height * (4 if image.bands > 1 else 1), "PNG")
    return Pipeline(image, (image.width, image.height), read_orientation(find_exif(chunks)), read_profile(data))
