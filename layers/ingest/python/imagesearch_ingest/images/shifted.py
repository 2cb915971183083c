"""Recognise pictures that lack their first bytes, or that have others in front of them."""

import re

from imagesearch_ingest.images.wrapped import name_picture

_FARTHEST = 256  # bytes in front of a picture that are searched
_TAIL = 4096  # bytes at the end that are looked at
_FEWEST_MARKERS = 4
_MAGICS = re.compile(
    rb"\xff\xd8\xff[\xc0-\xfe]|\x89PNG\r\n\x1a\n|GIF8[79]a|RIFF....WEBP|....ftyp(?:avi[fs]|hei[cfx]|mif1|msf1)",
    re.DOTALL,
)
_MISSING = re.compile(
    rb"(?P<JPEG>(?:\xd8?\xff?[\xe0-\xef])?..(?:JFIF\0|Exif\0\0)|\xd8\xff[\xc0-\xfe])|(?P<PNG>P?NG\r\n\x1a\n\0\0\0\rIHDR)"
    rb"|(?P<GIF>I?F8[79]a)|(?P<WebP>.{0,7}?WEBPVP8[ LX])"
    rb"|(?P<HEIF>.{0,3}ftyp(?:avi[fs]|hei[cfx]|mif1|msf1))",
    re.DOTALL,
)
_DAMAGED = re.compile(rb"(?P<PNG>.{12}IHDR)|(?P<JPEG>\xff\xd8.{2}(?:.{2}JFIF|.{2}Exif))", re.DOTALL)
_FRONT = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s{0,64}")
_IEND = b"\0\0\0\0IEND\xaeB\x60\x82"


def describe_shifted(data: bytes) -> str | None:
    """Return what stands in front of a picture, or what its beginning lacks; ``None`` for any other file."""
    if (found := _MISSING.match(data)) and found.lastgroup:
        return f"a {found.lastgroup} whose first bytes are missing: upload the whole file"
    if found := _DAMAGED.match(data):
        return f"a {found.lastgroup} whose first bytes are damaged: upload it again"
    if (front := _FRONT.match(data)) and (name := name_picture(data[front.end() :])):
        what = "white space" if front[0].isspace() else "a byte order mark"
        return f"a picture ({name}) behind {what}: remove that from the file"
    for found in _MAGICS.finditer(data[: _FARTHEST + 16]):
        if 0 < found.start() <= _FARTHEST and (name := name_picture(data[found.start() :])):
            return f"a picture ({name}) behind {found.start()} other bytes: remove them from the file"
    if data.endswith(_IEND):
        return "the last part of a PNG: upload the whole file"
    return "the last part of a JPEG: upload the whole file" if _ends_like_jpeg(data) else None


def _ends_like_jpeg(data: bytes) -> bool:
    """Return whether the end is scan data: each 0xFF in it is followed by a zero or a restart (ITU-T T.81, B.1.1.5)."""
    end = data[-_TAIL:]
    if len(end) < _TAIL or not end.endswith(b"\xff\xd9"):
        return False
    followers = re.findall(rb"\xff([^\xff])", end[:-2])
    return len(followers) >= _FEWEST_MARKERS and all(one == b"\0" or b"\xd0" <= one <= b"\xd7" for one in followers)
