"""JPEG: what libjpeg forgives and Pillow does not tell.

A file whose pixel data stops early but that still has its end marker decodes without an error: libjpeg paints the
rest mid-grey. And a few bytes can announce hundreds of scans, each of which costs a pass over the whole picture.
"""

import re

from PIL import Image, ImageFile, JpegImagePlugin

from imagesearch_ingest.images.colour import is_srgb
from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.fit import dct_scale
from imagesearch_ingest.images.limits import check_memory
from imagesearch_ingest.images.policy import Policy
from imagesearch_ingest.images.reading.pillow import open_header

_MAX_SCANS = 100  # the longest progressive scripts of known encoders have a few dozen
MAX_SEGMENTS = 10_000  # the largest file allowed, in the longest segments, has a thousand
_MAX_PASSES = 1_500_000_000  # pixels times scans: 64 megapixels with 23 scans
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
_WITHOUT_LENGTH = {0x01, 0xD8}
# Inside pixel data 0xFF00 is a stuffed byte and 0xFFD0 to 0xFFD7 are restarts: anything else is a marker. Each scan
# of a regular expression that begins with one fixed byte runs at the speed of memory.
_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_RESTART = re.compile(rb"\xff([\xd0-\xd7])")
# Varied, without 0xFF, and long enough for several blocks however long their codes are.
_FILL = bytes(n * 89 % 255 for n in range(2048))
_MID_GREY = {127, 128}


def load(image: ImageFile.ImageFile, data: bytes, policy: Policy) -> Image.Image:
    """Decodes at the smallest scale that is large enough, and to YCbCr if that is what the file holds: it is what
    will be encoded again. A profile speaks of RGB, so with one it is RGB.

    Raises ``CORRUPT_IMAGE`` and ``TOO_MANY_PIXELS``.
    """
    if not isinstance(image, JpegImagePlugin.JpegImageFile):
        raise TypeError("no JPEG")
    _, scans = _end_of_image(data)
    check_passes(*image.size, scans)
    scale = dct_scale(*image.size, policy)
    progressive = bool(image.info.get("progressive"))
    needed = 4 * image.width * image.height / scale**2 + (_coefficients(image) if progressive else 0)
    check_memory(*image.size, needed, "progressive JPEG" if progressive else "JPEG")
    mode = "YCbCr" if _holds_ycbcr(image) and _is_missable(image.info.get("icc_profile")) else image.mode
    image.draft(mode, (image.width // scale, image.height // scale))
    image.load()
    check_rows(image, data)
    return image


def check_passes(width: int, height: int, scans: int) -> None:
    """Raises ``CORRUPT_IMAGE``. Each scan is a pass over all pixels, however few bytes it has."""
    if scans > _MAX_SCANS or width * height * scans > _MAX_PASSES:
        raise corrupt("JPEG", f"it has {scans} scans, more than any encoder writes for its {width}x{height} pixels")


def check_rows(image: Image.Image, data: bytes) -> None:
    """Raises ``CORRUPT_IMAGE`` when the last rows are libjpeg's filling instead of the picture's.

    Filling is mid-grey, so only a picture that ends in mid-grey is suspected. It is then decoded twice more, at an
    eighth of its size: as it is, and with pixel data to spare before the end marker. A complete picture has no use
    for spare data; an incomplete one looks different with it.
    """
    if not _ends_in_mid_grey(image):
        return
    end, _ = _end_of_image(data)
    if end is not None and _small(data) != _small(data[:end] + _spare(data[:end]) + data[end:]):
        raise corrupt("JPEG", "its last rows are missing")


def end_of_pixel_data(data: bytes, at: int) -> int:
    """Where the first marker after ``at`` begins. Raises ``ValueError`` if there is none."""
    found = _MARKER.search(data, at)
    if found is None:
        raise ValueError("no marker ends the pixel data")
    return found.start()


def check_segments(data: bytes) -> bytes:
    """The same bytes. Raises ``CORRUPT_IMAGE`` for more scans, or more of whatever else, than any encoder writes."""
    _end_of_image(data)
    return data


def _end_of_image(data: bytes) -> tuple[int | None, int]:
    """Where the end marker stands, ``None`` if there is none, and the number of scans before it."""
    at = scans = 0
    for _ in range(MAX_SEGMENTS):
        found = _MARKER.search(data, at)
        if found is None:
            return None, scans
        code, at = found[0][1], found.end()
        if code == _END_OF_IMAGE:
            return found.start(), scans
        if code in _WITHOUT_LENGTH:
            continue
        scans += code == _START_OF_SCAN
        if scans > _MAX_SCANS:
            raise corrupt("JPEG", f"it has more than {_MAX_SCANS} scans")
        at += int.from_bytes(data[at : at + 2], "big")
    raise corrupt("JPEG", f"it is in more than {MAX_SEGMENTS} segments")


def _coefficients(image: JpegImagePlugin.JpegImageFile) -> float:
    """Bytes: libjpeg keeps those of a progressive picture until it has seen the last scan."""
    areas = [across * down for _, across, down, _ in image.layer]
    return 2.0 * image.width * image.height * sum(areas) / max(areas)


def _holds_ycbcr(image: JpegImagePlugin.JpegImageFile) -> bool:
    """As libjpeg guesses it (libjpeg.txt, "Special color spaces")."""
    if image.mode != "RGB":
        return False
    if "jfif" in image.info:
        return True
    if "adobe" in image.info:
        return bool(image.info.get("adobe_transform"))
    return [number for number, *_ in image.layer] != list(b"RGB")


def _is_missable(profile: bytes | None) -> bool:
    return not profile or is_srgb(profile)


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
