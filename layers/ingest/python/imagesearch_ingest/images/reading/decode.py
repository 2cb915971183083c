"""From bytes to pixels: limits before memory is taken, and every fault of a file turned into a reason."""

from collections.abc import Callable
from typing import NamedTuple

from PIL import Image, ImageFile

from imagesearch_ingest.images.limits import check_pixels, check_sides
from imagesearch_ingest.images.policy import Policy
from imagesearch_ingest.images.reading import bmp, gif, jpeg, netpbm, png
from imagesearch_ingest.images.reading.pillow import decoding, open_header


class Decoded(NamedTuple):
    image: Image.Image
    width: int  # pixels, as stored: before any rotation
    height: int
    steps: tuple[str, ...]  # what decoding itself did to the picture


# What is looked at, or mended, in the bytes before a plugin sees them.
_INSPECTIONS: dict[str, Callable[[bytes], bytes]] = {
    "PNG": png.essential,
    "JPEG": jpeg.check_scans,
    "GIF": gif.check_whole,
    "BMP": bmp.with_known_header,
    "PPM": netpbm.with_byte_samples,
}


def decode(data: bytes, source_format: str, policy: Policy) -> Decoded:
    """The first picture of the file, in whatever mode it has.

    Raises ``TOO_MANY_PIXELS``, ``IMAGE_TOO_SMALL`` and ``IMAGE_TOO_LONG`` from the header alone, ``CORRUPT_IMAGE``
    for whatever a decoder raises, and ``UNSUPPORTED_FORMAT`` for a private kind of PNG.
    """
    with decoding(source_format, policy.max_pixels):
        inspected = _INSPECTIONS.get(source_format, bytes)(data)
        opened = open_header(inspected, source_format)
        check_pixels(opened.width, opened.height, policy)
        check_sides(opened.width, opened.height, policy)
        if source_format == "TIFF":
            return _tiff(opened, policy)
        return _others(opened, data, source_format)


def _others(opened: ImageFile.ImageFile, data: bytes, source_format: str) -> Decoded:
    width, height = opened.size
    opened.load()
    image: Image.Image = opened
    if source_format == "PNG":
        png.mend(opened, data)
    elif source_format == "JPEG":
        jpeg.check_rows(opened, data)
    elif source_format == "BMP":
        image = bmp.opaque_if_all_clear(opened)
    frames = ("first frame",) if _is_animated(opened, data, source_format) else ()
    return Decoded(image, width, height, frames)


def _tiff(opened: ImageFile.ImageFile, policy: Policy) -> Decoded:
    from imagesearch_ingest.images.reading import libtiff, tiff  # noqa: PLC0415 (slow to import, and TIFF is rare)

    libtiff.silence()
    width, height = tiff.stored_size(opened)
    tiff.check_layout(opened, policy)
    turned = tiff.rotation_done_by_pillow(opened)
    several = getattr(opened, "is_animated", False)
    opened.load()
    steps = (("first frame",) if several else ()) + ((turned,) if turned else ())
    return Decoded(tiff.full_range(opened, opened), width, height, steps)


def _is_animated(opened: ImageFile.ImageFile, data: bytes, source_format: str) -> bool:
    if source_format == "GIF":
        return gif.count_frames(data) > 1
    if source_format == "PNG":
        return png.is_animated(data)
    return bool(getattr(opened, "is_animated", False))
