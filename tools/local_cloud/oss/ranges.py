"""Read a range of bytes (GetObject reference, Range; user guide, "Range download")."""

import re
from collections.abc import Mapping

from local_cloud.oss.calls import read_choice
from local_cloud.oss.errors import OssError, refuse

BEHAVIOUR = "x-oss-range-behavior"
_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)


def find_range(headers: Mapping[str, str], size: int) -> range | None:
    """Return the bytes to send, or ``None`` for all of them, with status 200.

    A range that is invalid, or that ends behind the object, gives the whole object. With the standard behaviour, the
    range ends with the object, and one that begins behind it raises ``OssError``.
    """
    is_standard = read_choice(headers, BEHAVIOUR, {"standard"}) == "standard"
    if "range" not in headers:
        return None
    found = _parse(headers["range"], size)
    if found is None:
        return None
    if is_standard and found.start >= size:
        raise OssError("InvalidRange", elements={"ActualObjectSize": str(size), "RangeRequested": headers["range"]})
    if is_standard:
        return range(found.start, min(found.stop, size))
    return found if 0 <= found.start < found.stop <= size else None


def find_copy_range(headers: Mapping[str, str], size: int) -> range:
    """Return the bytes of a source to copy into a part (UploadPartCopy reference)."""
    text = headers.get("x-oss-copy-source-range")
    found = range(size) if text is None else _parse(text, size)
    if found is None or found.stop > size:
        raise refuse("x-oss-copy-source-range", text or "", f"it does not lie within {size} bytes")
    return found


def _parse(text: str, size: int) -> range | None:
    """Return the range as it is written, which may end behind the object."""
    found = _RANGE.fullmatch(text.strip())
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        return range(max(0, size - int(found[2])), size) if int(found[2]) else None
    first = int(found[1])
    last = int(found[2]) if found[2] else max(first, size - 1)
    return range(first, last + 1) if first <= last else None
