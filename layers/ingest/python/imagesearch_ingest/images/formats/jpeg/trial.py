"""Decode a JPEG, or its beginning, only to see how far its data reaches."""

from PIL import Image, ImageFile

from imagesearch_ingest.images.pillow import Plugin, open_header

# A class of its own instead of Pillow's factory, which turns some JPEGs into MPO: the first image is the right one.
PLUGIN = Plugin("imagesearch_ingest.images.formats.jpeg.plugin", "Jpeg")
LOOKAHEAD = 8  # bytes that libjpeg reads beyond those it needs


def decode_small(data: bytes) -> Image.Image:
    """Decode at an eighth of the size and without colour, which reads all of the pixel data."""
    image = _open_small(data)
    image.load()
    return image


def decode_fully(data: bytes) -> Image.Image:
    """Decode at full size and with the colours as they are stored."""
    image = open_header(data, PLUGIN)
    image.draft("YCbCr", image.size)
    image.load()
    return image


def finishes(data: bytes) -> bool:
    """Return whether the last block is decoded from these bytes, which have no end marker.

    libjpeg then waits for more bytes, unless it has what it needs and ``LOOKAHEAD`` bytes more.
    """
    try:
        _open_small(data).load()
    except OSError:
        return False
    return True


def _open_small(data: bytes) -> ImageFile.ImageFile:
    image = open_header(data, PLUGIN)
    mode = "L" if image.mode == "RGB" else image.mode
    image.draft(mode, (max(1, image.width // 8), max(1, image.height // 8)))
    return image
