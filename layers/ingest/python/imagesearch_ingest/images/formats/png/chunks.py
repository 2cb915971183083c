"""Walk along a PNG's chunks, and select those that make the image.

Pillow does not check the checksums of pixel data, accepts a file without its end, and refuses a good image because of
a bad comment. So the chunks are checked here, and Pillow gets only those that make the image. Rules: PNG
specification, third edition (W3C), sections 5.3, 5.4, 5.6, 11.2, 11.3.
"""

import struct
import zlib
from collections.abc import Iterator

from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.formats.format import Inspection
from imagesearch_ingest.images.limits import check_parts
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE = 0, 2, 3  # colour types without alpha
HEADER_BYTES = 13  # of IHDR's body
CRITICAL = {b"IHDR", b"PLTE", b"IDAT", b"IEND"}
_KEPT = CRITICAL | {b"tRNS", b"eXIf"}
_KEY_BYTES = {GREY: 2, RGB: 6}
_DEPTHS = {GREY: {1, 2, 4, 8, 16}, RGB: {8, 16}, PALETTE: {1, 2, 4, 8}, 4: {8, 16}, 6: {8, 16}}
_METHODS = ("compression", "filter", "interlacing")
_LAST_METHOD = (0, 0, 1)
_MAX_PALETTE = 3 * 256  # bytes


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


def select_critical_chunks(data: bytes) -> Inspection:
    """Return the file without comments, times and animation, and whether it was animated.

    The default image is left: the first frame of an animation, or the image shown in its place. Raise
    ``CORRUPT_IMAGE`` for damage to any critical chunk, ``UNSUPPORTED_FORMAT`` for kinds of PNG that are not read.
    """
    view = memoryview(data)
    kept: list[bytes | memoryview] = [view[:8]]
    seen: dict[bytes, int] = {}  # lengths of the bodies
    is_animated = False
    for kind, start, end in iterate_chunks(data):
        length = end - start - 12
        is_animated = is_animated or kind == b"acTL"
        intact = zlib.crc32(view[start + 4 : end - 4]) == int.from_bytes(view[end - 4 : end], "big")
        check_kind(kind, intact=intact, has_pixels=b"IDAT" in seen)
        if kind in CRITICAL and not intact:
            raise corrupt("PNG", f"the checksum of its {kind.decode()} chunk is wrong")
        if not seen:
            _check_first(kind, data[start + 8 : end - 4])
        is_wanted = kind in _KEPT and intact and (kind == b"IDAT" or kind not in seen)
        if kind == b"tRNS" and (b"IDAT" in seen or not is_usable(length, seen.get(b"PLTE", 0), data[25])):
            continue
        if is_wanted:
            kept.append(_fill_palette(view[start:end], data) if kind == b"PLTE" else view[start:end])
            seen[kind] = length
    check_palette(data[25], seen.get(b"PLTE"))
    return Inspection(b"".join(kept), is_animated=is_animated)


def pack_chunk(kind: bytes, body: bytes | memoryview) -> bytes:
    """Return a chunk with its length and checksum."""
    return b"".join((struct.pack(">I", len(body)), kind, body, struct.pack(">I", zlib.crc32(body, zlib.crc32(kind)))))


def _fill_palette(chunk: memoryview, data: bytes) -> bytes | memoryview:
    """Return the PLTE chunk with a colour for every possible pixel: missing ones are black, as in browsers."""
    colours = chunk[8:-4]
    needed = 3 << data[24] if data[25] == PALETTE else 0
    return pack_chunk(b"PLTE", bytes(colours).ljust(needed, b"\0")) if len(colours) < needed else chunk


def is_usable(length: int, palette_bytes: int, colour_type: int) -> bool:
    """Return whether a tRNS chunk has the right length: at most that of the palette before it (section 11.3.1)."""
    return length <= palette_bytes // 3 if colour_type == PALETTE else length == _KEY_BYTES.get(colour_type)


def check_palette(colour_type: int, palette_bytes: int | None) -> None:
    """Raise ``CORRUPT_IMAGE`` if an image of indexes has no palette, or an impossible one."""
    if colour_type == PALETTE and (not palette_bytes or palette_bytes % 3 or palette_bytes > _MAX_PALETTE):
        raise corrupt("PNG", "its palette is missing or broken")


def check_header(body: bytes) -> None:
    """Raise ``CORRUPT_IMAGE`` or ``UNSUPPORTED_FORMAT`` for an IHDR chunk that no PNG has."""
    if len(body) != HEADER_BYTES:
        raise corrupt("PNG", f"its header has {len(body)} bytes instead of {HEADER_BYTES}")
    width, height, depth, colour_type, *methods = struct.unpack(">IIBBBBB", body)
    if width == 0 or height == 0:
        raise corrupt("PNG", f"its sides are {width} and {height} pixels")
    if depth not in _DEPTHS.get(colour_type, ()):
        raise corrupt("PNG", f"its header asks for {depth} bits in colour type {colour_type}, which PNG does not have")
    for name, method, last in zip(_METHODS, methods, _LAST_METHOD, strict=True):
        if method > last:
            raise IngestError(
                Reason.UNSUPPORTED_FORMAT, f"a PNG with {name} method {method} cannot be read; save it again"
            )


def check_kind(kind: bytes, *, intact: bool, has_pixels: bool) -> None:
    """Raise an error for a critical chunk that is not known, unless it follows the pixels.

    Raise ``UNSUPPORTED_FORMAT``, or ``CORRUPT_IMAGE`` if its name has other characters than letters, or its checksum,
    which covers the name, is wrong.
    """
    if kind[0] & 0x20 or kind in CRITICAL or has_pixels:
        return
    name = kind.decode("ascii", "replace")
    if not (intact and name.isascii() and name.isalpha()):
        raise corrupt("PNG", "its chunks are broken")
    if kind == b"CgBI":
        detail = "a PNG that Apple's tools have changed for apps (CgBI) cannot be read; upload the original PNG"
        raise IngestError(Reason.UNSUPPORTED_FORMAT, detail)
    detail = f"a PNG with the unknown critical chunk {name} cannot be read; save it again as an ordinary PNG"
    raise IngestError(Reason.UNSUPPORTED_FORMAT, detail)


def _check_first(kind: bytes, body: bytes) -> None:
    if kind != b"IHDR":
        raise corrupt("PNG", "it does not begin with its header")
    check_header(body)
