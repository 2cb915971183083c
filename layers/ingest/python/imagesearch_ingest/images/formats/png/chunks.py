"""Walk along a PNG's chunks, and select those that make the image.

Pillow does not check the checksums of pixel data, accepts a file without its end, and refuses a good image because of
a bad comment. So the chunks are checked here, and Pillow gets only those that make the image. Rules: PNG
specification, third edition (W3C), sections 5.3, 5.4, 11.3.
"""

import zlib
from collections.abc import Iterator

from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.formats.format import Inspection
from imagesearch_ingest.images.limits import check_parts
from imagesearch_ingest.images.policy import Policy
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE = 0, 2, 3  # colour types without alpha
_CRITICAL = {b"IHDR", b"PLTE", b"IDAT", b"IEND"}
_KEPT = _CRITICAL | {b"tRNS", b"eXIf"}
_KEY_BYTES = {GREY: 2, RGB: 6}


def iterate_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, start and end of every chunk up to IEND. Raise ``CORRUPT_IMAGE`` if the file ends before it."""
    start, kind, count = 8, b"", 0
    while kind != b"IEND":
        count += 1
        check_parts(count, "PNG")
        end = start + 12 + int.from_bytes(data[start : start + 4], "big")
        kind = data[start + 4 : start + 8]
        if end > len(data):
            raise corrupt("PNG", "the file is cut short")
        yield kind, start, end
        start = end


def select_critical_chunks(data: bytes, _: Policy) -> Inspection:
    """Return the file without comments, times and animation, and whether it was animated.

    The default image is left: the first frame of an animation, or the image shown in its place. Raise
    ``CORRUPT_IMAGE`` for damage to any critical chunk, ``UNSUPPORTED_FORMAT`` for an unknown critical chunk.
    """
    view = memoryview(data)
    kept = [view[:8]]
    seen: dict[bytes, int] = {}  # lengths of the bodies
    is_animated = False
    for kind, start, end in iterate_chunks(data):
        is_animated = is_animated or kind == b"acTL"
        intact = zlib.crc32(view[start + 4 : end - 4]) == int.from_bytes(view[end - 4 : end], "big")
        if kind[0] & 0x20 == 0:
            _check_critical(kind, intact)
        if kind in _KEPT and intact and (kind != b"tRNS" or _is_usable(end - start - 12, seen, data[25])):
            kept.append(view[start:end])
            seen[kind] = end - start - 12
    if data[25] == PALETTE and (b"PLTE" not in seen or seen[b"PLTE"] % 3):
        raise corrupt("PNG", "its palette is missing or broken")
    return Inspection(b"".join(kept), is_animated=is_animated)


def _is_usable(length: int, seen: dict[bytes, int], colour_type: int) -> bool:
    """Return whether decoders use this tRNS chunk: the first, after PLTE, in the right length (section 11.3.1)."""
    if b"tRNS" in seen:
        return False
    return length <= seen.get(b"PLTE", 0) // 3 if colour_type == PALETTE else length == _KEY_BYTES.get(colour_type)


def _check_critical(kind: bytes, intact: bool) -> None:  # noqa: FBT001 (private, and passed once)
    """Raise ``CORRUPT_IMAGE`` or ``UNSUPPORTED_FORMAT``."""
    name = kind.decode("ascii", "replace")
    if not name.isalpha() or (kind in _CRITICAL and not intact):
        raise corrupt(
            "PNG", f"the checksum of its {name} chunk is wrong" if name.isalpha() else "its chunks are broken"
        )
    if kind not in _CRITICAL:
        raise IngestError(Reason.UNSUPPORTED_FORMAT, f"a PNG with the unknown critical chunk {name} cannot be read")
