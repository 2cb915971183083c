"""Read a WebP's chunks, and rebuild the container if it is damaged and its image is not.

Sizes in a container are often wrong: a download that replaced the end, a tool that forgot its padding. What they say
about the image does not count if the image is there. Rules: WebP container specification (RFC 9649, section 2); the
sides are read from the bitstream (RFC 6386, section 9.1; WebP lossless specification, section 3).
"""

import re
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.formats.format import Inspection
from imagesearch_ingest.images.limits import check_parts, check_pixels
from imagesearch_ingest.images.policy import Policy

LOSSY, LOSSLESS = b"VP8 ", b"VP8L"
IMAGES = {LOSSY, LOSSLESS}
_FRAME = b"ANMF"
_KINDS = {LOSSY, LOSSLESS, _FRAME, b"VP8X", b"ICCP", b"ANIM", b"ALPH", b"EXIF", b"XMP "}
_START, _HEAD = 12, 8  # bytes of the file's header, and of a chunk's
_FRAME_HEAD = 16  # bytes of ANMF before the chunks of its image
_HAS_PROFILE, _HAS_ALPHA, _HAS_EXIF, _IS_ANIMATION = 0x20, 0x10, 0x08, 0x02  # flags of VP8X
_CANVAS_BYTES = 10
_DEFAULT_ANIMATION = bytes(6)
_LAST_VERSION = 3  # of VP8
_LOSSLESS_SIGNATURE = 0x2F
SIDE = 0x3FFF  # 14 bits; in VP8, two bits of scaling stand above them
_LOSSLESS_ALPHA = 1 << 28
# Where an image begins, whatever the chunks before it say.
_IMAGE = re.compile(rb"VP8 .......\x9d\x01\x2a|VP8L....\x2f", re.DOTALL)
# An encoder ends a flat picture with zero bytes, too: 0.6 of them for each block of 16x16 pixels at most (measured).
_ZEROS_PER_BLOCK, _FEW_ZEROS, _BLOCK = 1, 64, 256


class Chunk(NamedTuple):
    """A chunk, as far as the file goes."""

    kind: bytes
    body: bytes
    is_cut: bool  # whether the file ends before the chunk


class Sides(NamedTuple):
    """What a bitstream says about its image. Sides in pixels."""

    width: int
    height: int
    has_alpha: bool


def inspect(data: bytes, policy: Policy) -> Inspection:
    """Return the file, or a well-formed copy of its image. Raise ``CORRUPT_IMAGE`` if parts of the image are missing.

    Whether the image itself is whole is for its decoder to say.
    """
    chunks = list(_read_chunks(data))
    if _is_sound(data, chunks):
        _check_holes(chunks)
        return Inspection(data)
    if not any(chunk.kind in {*IMAGES, _FRAME} for chunk in chunks):
        canvases = [chunk for chunk in chunks if chunk.kind == b"VP8X" and len(chunk.body) == _CANVAS_BYTES]
        chunks = _find_image(data, canvases, policy, is_cut=bool(chunks) and chunks[-1].is_cut)
    frames = [chunk for chunk in chunks if chunk.kind == _FRAME]
    rebuilt = _rebuild_animation(chunks, frames) if frames else _rebuild_image(chunks)
    _check_holes(chunks)
    return Inspection(rebuilt, is_animated=len(frames) > 1)


@contextmanager
def blame_image() -> Iterator[None]:
    """Turn a decoder's error into ``CORRUPT_IMAGE``. The container is well-formed by then, so the image is at fault."""
    try:
        yield
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise corrupt("WebP", "its image is cut short or damaged") from error


def read_sides(kind: bytes, body: bytes) -> Sides | None:
    """Return the sides of a bitstream; ``None`` if its header is broken, or the chunk of another kind."""
    if kind == LOSSY:
        return _read_lossy_sides(body) if len(body) >= 10 else None  # noqa: PLR2004 (bytes of the frame header)
    is_lossless = kind == LOSSLESS and len(body) >= 5  # noqa: PLR2004 (signature and sides)
    return _read_lossless_sides(body) if is_lossless else None


def has_hole(kind: bytes, body: bytes, sides: Sides) -> bool:
    """Return whether the end of a lossy image has been overwritten with zeros, as an interrupted copy leaves it.

    Zeros decode, into a flat colour. A lossless image may really end so.
    """
    zeros = len(body) - len(body.rstrip(b"\0"))
    blocks = -(-sides.width * sides.height // _BLOCK)
    return kind == LOSSY and zeros > _FEW_ZEROS + _ZEROS_PER_BLOCK * blocks


def _read_chunks(data: bytes) -> Iterator[Chunk]:
    """Yield the chunks up to the end that the header names, or to that of the file if the image does not end before.

    The padding of a chunk may be missing.
    """
    announced = _HEAD + int.from_bytes(data[4:8], "little")
    at, count, is_image_there = _START, 0, False
    while at + _HEAD <= len(data) and not (is_image_there and at >= announced):
        count += 1
        check_parts(count, "WebP")
        kind, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        end = at + _HEAD + size
        yield Chunk(kind, data[at + _HEAD : end], end > len(data))
        is_image_there = is_image_there or kind in IMAGES or kind == _FRAME
        at = end + (size % 2 and not (data[end : end + 4] in _KINDS and data[end : end + 1] != b"\0"))


def _is_sound(data: bytes, chunks: Sequence[Chunk]) -> bool:
    """Return whether decoders take the container as it is."""
    end = _START + sum(_HEAD + len(chunk.body) + len(chunk.body) % 2 for chunk in chunks)
    if end != _HEAD + int.from_bytes(data[4:8], "little") or end > len(data) or any(chunk.is_cut for chunk in chunks):
        return False
    kinds = [chunk.kind for chunk in chunks]
    if kinds[:1] != [b"VP8X"]:
        return bool(kinds) and read_sides(kinds[0], chunks[0].body) is not None
    canvas = chunks[0].body
    if len(canvas) != _CANVAS_BYTES or kinds.count(b"VP8X") > 1:
        return False
    if canvas[0] & _IS_ANIMATION:
        return b"ANIM" in kinds and _FRAME in kinds and not IMAGES.intersection(kinds)
    images = [chunk for chunk in chunks if chunk.kind in IMAGES]
    sides = read_sides(images[0].kind, images[0].body) if images and _FRAME not in kinds else None
    if sides is None or sides[:2] != _read_canvas(canvas):
        return False
    return bool(canvas[0] & _HAS_ALPHA) or not sides.has_alpha  # decoders differ where the flag is missing


def _read_canvas(canvas: bytes) -> tuple[int, int]:
    return int.from_bytes(canvas[4:7], "little") + 1, int.from_bytes(canvas[7:10], "little") + 1


def _find_image(data: bytes, canvases: Sequence[Chunk], policy: Policy, *, is_cut: bool) -> list[Chunk]:
    """Return the chunks with the image that a wrong size before it has hidden. ``is_cut``: the last chunk is."""
    found = _IMAGE.search(data, _START)
    if found is None:
        for canvas in canvases:
            check_pixels(*_read_canvas(canvas.body), policy)
        raise corrupt("WebP", "the file is cut short before its image" if is_cut else "it contains no image")
    begin = found.start()
    alpha = data.rfind(b"ALPH", _START, begin)
    if alpha > 0 and begin in _list_ends(data, alpha):
        begin = alpha
    behind = _read_chunks(data[:4] + bytes(4) + data[8:_START] + data[begin:])
    return [*(canvas for canvas in canvases if not canvas.is_cut), *_find_profile(data[:begin]), *behind]


def _list_ends(data: bytes, at: int) -> tuple[int, int]:
    """Return where the chunk ends, without and with its padding."""
    size = int.from_bytes(data[at + 4 : at + 8], "little")
    return at + _HEAD + size, at + _HEAD + size + size % 2


def _find_profile(before: bytes) -> Iterator[Chunk]:
    """Yield the profile by the length that it names itself (ICC.1:2022, section 7.2.2)."""
    at = before.find(b"ICCP", _START) + _HEAD
    size = int.from_bytes(before[at : at + 4], "big")
    if at > _HEAD and 0 < size <= len(before) - at:
        yield Chunk(b"ICCP", before[at : at + size], is_cut=False)


def _rebuild_image(chunks: Sequence[Chunk]) -> bytes:
    place = next((place for place, chunk in enumerate(chunks) if chunk.kind in IMAGES), -1)
    image, before = chunks[place], chunks[place - 1] if place > 0 else None
    sides = read_sides(image.kind, image.body)
    if sides is None:
        raise corrupt("WebP", "the header of its image is broken, or cut short")
    alpha = before if before and before.kind == b"ALPH" and image.kind == LOSSY else None
    profile, exif = (_find_whole(chunks, kind) for kind in (b"ICCP", b"EXIF"))
    flags = (
        (_HAS_ALPHA if alpha or sides.has_alpha else 0) | (_HAS_PROFILE if profile else 0) | (_HAS_EXIF if exif else 0)
    )
    canvas = _pack_canvas(flags, (sides.width, sides.height))
    return _pack_file([*([canvas] if flags else []), profile, alpha, image, exif])


def _rebuild_animation(chunks: Sequence[Chunk], frames: Sequence[Chunk]) -> bytes:
    """Return the frames up to the first that is cut short. The first must be whole: it is the one that is used."""
    whole = [frame for frame in frames if not frame.is_cut and len(frame.body) > _FRAME_HEAD]
    if not whole or whole[0] is not frames[0]:
        raise corrupt("WebP", "its first frame is cut short")
    canvas, animation = _find_whole(chunks, b"VP8X"), _find_whole(chunks, b"ANIM")
    if canvas is None or len(canvas.body) != _CANVAS_BYTES:
        raise corrupt("WebP", "the header of its animation is missing")
    profile, exif = (_find_whole(chunks, kind) for kind in (b"ICCP", b"EXIF"))
    flags = canvas.body[0] & _HAS_ALPHA | _IS_ANIMATION | (_HAS_PROFILE if profile else 0) | (_HAS_EXIF if exif else 0)
    head = _pack_canvas(flags, _read_canvas(canvas.body))
    return _pack_file([head, profile, animation or Chunk(b"ANIM", _DEFAULT_ANIMATION, is_cut=False), *whole, exif])


def _find_whole(chunks: Sequence[Chunk], kind: bytes) -> Chunk | None:
    return next((chunk for chunk in chunks if chunk.kind == kind and not chunk.is_cut and chunk.body), None)


def _pack_canvas(flags: int, sides: tuple[int, int]) -> Chunk:
    packed = struct.pack("<I", flags) + b"".join((side - 1).to_bytes(3, "little") for side in sides)
    return Chunk(b"VP8X", packed, is_cut=False)


def _pack_file(chunks: Sequence[Chunk | None]) -> bytes:
    packed = b"".join(
        chunk.kind + struct.pack("<I", len(chunk.body)) + chunk.body + bytes(len(chunk.body) % 2)
        for chunk in chunks
        if chunk
    )
    return b"RIFF" + struct.pack("<I", 4 + len(packed)) + b"WEBP" + packed


def _check_holes(chunks: Sequence[Chunk]) -> None:
    for chunk in chunks:
        sides = read_sides(chunk.kind, chunk.body) if chunk.kind in IMAGES else None
        if sides and has_hole(chunk.kind, chunk.body, sides):
            raise corrupt("WebP", "the end of its image is overwritten with zeros")


def _read_lossy_sides(frame: bytes) -> Sides | None:
    tag = int.from_bytes(frame[:3], "little")
    is_inner, version, is_shown, first_partition = tag & 1, tag >> 1 & 7, tag >> 4 & 1, tag >> 5
    if is_inner or version > _LAST_VERSION or not is_shown or frame[3:6] != b"\x9d\x01\x2a":
        return None
    width, height = (number & SIDE for number in struct.unpack_from("<HH", frame, 6))
    is_plain = first_partition < len(frame) and width > 0 and height > 0
    return Sides(width, height, has_alpha=False) if is_plain else None


def _read_lossless_sides(stream: bytes) -> Sides | None:
    signature, bits = struct.unpack_from("<BI", stream)
    if signature != _LOSSLESS_SIGNATURE or bits >> 29:
        return None
    return Sides((bits & SIDE) + 1, (bits >> 14 & SIDE) + 1, bool(bits & _LOSSLESS_ALPHA))
