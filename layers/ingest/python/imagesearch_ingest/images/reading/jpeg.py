"""JPEG: what libjpeg forgives and Pillow does not tell.

A file whose pixel data stops early but that still has its end marker decodes without an error: libjpeg paints the
rest mid-grey. And a few bytes can announce hundreds of scans, each of which costs a pass over the whole picture.
"""

import re

from PIL import Image

from imagesearch_ingest.images.reading.pillow import corrupt, open_header

_MAX_SCANS = 100  # the longest progressive scripts of known encoders have a few dozen
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
_WITHOUT_LENGTH = {0x01, 0xD8}
# Inside pixel data 0xFF00 is a stuffed byte and 0xFFD0 to 0xFFD7 are restarts: anything else is a marker.
_MARKER = re.compile(rb"\xff+([\x01-\xcf\xd8-\xfe])")
_RESTART = re.compile(rb"\xff([\xd0-\xd7])")
# Varied, without 0xFF, and long enough for several blocks however long their codes are.
_FILL = bytes(n * 89 % 255 for n in range(2048))
_MID_GREY = {127, 128}


def check_scans(data: bytes) -> bytes:
    """The same bytes. Raises ``CORRUPT_IMAGE`` when they hold more scans than any encoder writes."""
    _end_of_image(data)
    return data


def check_rows(image: Image.Image, data: bytes) -> None:
    """Raises ``CORRUPT_IMAGE`` when the last rows are libjpeg's filling instead of the picture's.

    Filling is mid-grey, so only a picture that ends in mid-grey is suspected. It is then decoded twice more, at an
    eighth of its size: as it is, and with pixel data to spare before the end marker. A complete picture has no use
    for spare data; an incomplete one looks different with it.
    """
    end = _end_of_image(data)
    if end is None or not _ends_in_mid_grey(image):
        return
    if _small(data) != _small(data[:end] + _spare(data[:end]) + data[end:]):
        raise corrupt("JPEG", "its last rows are missing")


def _end_of_image(data: bytes) -> int | None:
    """Where the end marker stands; ``None`` if there is none."""
    at = scans = 0
    while found := _MARKER.search(data, at):
        code, at = found[1][0], found.end()
        if code == _END_OF_IMAGE:
            return found.start()
        if code in _WITHOUT_LENGTH:
            continue
        scans += code == _START_OF_SCAN
        if scans > _MAX_SCANS:
            raise corrupt("JPEG", f"it has more than {_MAX_SCANS} scans")
        at += int.from_bytes(data[at : at + 2], "big")
    return None


def _ends_in_mid_grey(image: Image.Image) -> bool:
    last = image.getpixel((image.width - 1, image.height - 1))
    bands = last if isinstance(last, tuple) else (last,)
    return all(level in _MID_GREY for level in bands)


def _spare(before: bytes) -> bytes:
    """Pixel data, then a restart marker and more of it, eight times, counting on from the last restart there was."""
    last = max((found.start() for found in _RESTART.finditer(before)), default=None)
    following = 0 if last is None else before[last + 1] - 0xD0 + 1
    return _FILL + b"".join(bytes((0xFF, 0xD0 + (following + n) % 8)) + _FILL for n in range(8))


def _small(data: bytes) -> bytes:
    image = open_header(data, "JPEG")
    image.draft(image.mode, (max(1, image.width // 8), max(1, image.height // 8)))
    return image.tobytes()
