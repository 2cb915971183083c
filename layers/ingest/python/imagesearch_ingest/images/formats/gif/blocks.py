"""Walk along a GIF's blocks, and write each of its images as a file of its own (GIF89a specification).

Encoders and damage leave many GIFs that break a rule which displays do not need: a missing trailer, a file that ends
behind the image that is shown, a control of the wrong length, bytes between blocks. So the blocks are read here, and
Pillow gets one image with the tables that it needs.
"""

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.formats.format import Inspection
from imagesearch_ingest.images.limits import check_parts
from imagesearch_ingest.images.policy import Policy

_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
# Some encoders end a block twice, with two zeros.
_FIRST_BLOCK, _NEXT_BLOCK = re.compile(b"[!,;]"), re.compile(b"\\0*[!,;]")
_GRAPHIC_CONTROL, _CONTROL_BYTES = 0xF9, 4
_IS_TRANSPARENT, _IS_INTERLACED, _HAS_PALETTE = 0x01, 0x40, 0x80
_MAX_SIDE = 65535  # pixels: sides have 16 bits
SCREEN, DESCRIPTOR = 13, 10  # bytes: version and screen; an image descriptor with its separator
Size = tuple[int, int]


class Control(NamedTuple):
    """What a graphic control extension says about the next image (section 23)."""

    transparent: int | None = None  # palette index
    disposal: int = 0


class _SubBlocks(NamedTuple):
    end: int  # of them all, with the zero that ends them
    last: int  # where the last begins
    blocks: int
    is_whole: bool  # whether the file goes on behind them


class Frame(NamedTuple):
    """One image, with its position on the screen in pixels."""

    left: int
    top: int
    width: int
    height: int
    is_interlaced: bool
    palette: bytes  # its own or the screen's; empty if there is none
    control: Control
    pixels: bytes  # the code size and all sub-blocks

    def write(self, screen: Size, left: int = 0, top: int = 0) -> bytes:
        """Return a file that holds this image alone, at another place."""
        control = self.control.transparent
        return b"".join(
            [
                b"GIF89a" + struct.pack("<HHBBB", *screen, _announce_palette(self.palette), 0, 0) + self.palette,
                b"" if control is None else bytes((_EXTENSION, _GRAPHIC_CONTROL, 4, _IS_TRANSPARENT, 0, 0, control, 0)),
                struct.pack("<BHHHHB", _IMAGE, left, top, self.width, self.height, _IS_INTERLACED * self.is_interlaced),
                self.pixels,
                b";",
            ]
        )


def extract_first_image(data: bytes, _: Policy) -> Inspection:
    """Return a file with the first image alone, and whether more images follow. Raise ``CORRUPT_IMAGE``.

    The file may end anywhere behind the pixels of its first image: nothing that is shown is missing.
    """
    frames = read_frames(data)
    first = next(frames, None)
    if first is None:
        raise corrupt("GIF", "the file ends before its first image")
    if not (first.width and first.height):
        raise corrupt("GIF", "its first image is 0 pixels wide or high")
    canvas = find_canvas(data, first)
    if max(canvas) > _MAX_SIDE:
        raise corrupt("GIF", f"its first image reaches beyond {_MAX_SIDE} pixels, where no screen ends")
    return Inspection(first.write(canvas, first.left, first.top), is_animated=next(frames, None) is not None)


def find_canvas(data: bytes, first: Frame) -> Size:
    """Return the sides of the screen, enlarged to hold the first image, as displays do."""
    width, height = struct.unpack_from("<HH", data, 6)
    return max(width, first.left + first.width), max(height, first.top + first.height)


def read_frames(data: bytes) -> Iterator[Frame]:
    """Yield the images up to the trailer or the end of the file. The last may lack pixels.

    Before the first image, bytes that begin no block are skipped (GIF87a). After it they end the file, as in browsers.
    """
    if len(data) < SCREEN:
        return
    control, parts, is_first = Control(), 0, True
    at = SCREEN + count_palette_bytes(data[10])
    while found := (_FIRST_BLOCK.search(data, at) if is_first else _NEXT_BLOCK.match(data, at)):
        start, is_image = found.end() - 1, data[found.end() - 1] == _IMAGE
        if data[start] == _TRAILER:
            return
        begin = _find_sub_blocks(data, start) if is_image else start + 2
        if begin >= len(data):
            return
        pixels = _walk_sub_blocks(data, begin)
        at, parts = pixels.end, parts + pixels.blocks
        check_parts(parts, "GIF")
        if is_image:
            yield _read_image(data, start, control, _cut_out(data, begin, pixels))
            control, is_first = Control(), False
        elif data[start + 1] == _GRAPHIC_CONTROL:
            control = _read_control(data, start)


def count_palette_bytes(flags: int) -> int:
    """Return the length of the palette that the flags of a screen or an image announce (sections 18 and 20)."""
    return 3 << ((flags & 7) + 1) if flags & _HAS_PALETTE else 0


def skip_sub_blocks(data: bytes, at: int) -> tuple[int, int]:
    """Return the offset of the next block and the number of sub-blocks. Raise ``CORRUPT_IMAGE``."""
    walked = _walk_sub_blocks(data, at)
    if not walked.is_whole:
        raise corrupt("GIF", "the file is cut short")
    return walked.end, walked.blocks


def _find_sub_blocks(data: bytes, start: int) -> int:
    """Return where the sub-blocks of an image begin, or the end of the file. The code size is in front of them."""
    if start + DESCRIPTOR > len(data):
        return len(data)
    return start + DESCRIPTOR + count_palette_bytes(data[start + 9]) + 1


def _walk_sub_blocks(data: bytes, at: int) -> _SubBlocks:
    end, last, count = len(data), at, 1
    while at < end and data[at]:
        last = at
        at += data[at] + 1
        count += 1
        check_parts(count, "GIF")
    return _SubBlocks(min(at + 1, end), last, count, is_whole=at < end)


def _cut_out(data: bytes, begin: int, pixels: _SubBlocks) -> bytes:
    """Return an image's code size and sub-blocks. End them where the file ends: all pixels may be there."""
    if pixels.is_whole:
        return data[begin - 1 : pixels.end]
    rest = data[pixels.last + 1 :]
    return b"".join([data[begin - 1 : pixels.last], bytes((min(len(rest), 255),)), rest[:255], b"\0" if rest else b""])


def _read_image(data: bytes, start: int, control: Control, pixels: bytes) -> Frame:
    left, top, width, height, flags = struct.unpack_from("<HHHHB", data, start + 1)
    at, length = start + DESCRIPTOR, count_palette_bytes(flags)
    if not length:
        at, length = SCREEN, count_palette_bytes(data[10])
    return Frame(
        left=left,
        top=top,
        width=width,
        height=height,
        is_interlaced=bool(flags & _IS_INTERLACED),
        palette=data[at : at + length],
        control=control,
        pixels=pixels,
    )


def _read_control(data: bytes, start: int) -> Control:
    """Return what a graphic control says; nothing if it is too short."""
    size, flags, _, _, transparent = data[start + 2 : start + 7].ljust(5, b"\0")
    if size < _CONTROL_BYTES:
        return Control()
    return Control(transparent if flags & _IS_TRANSPARENT else None, flags >> 2 & 7)


def _announce_palette(palette: bytes) -> int:
    """Return the flags of a screen with this palette (section 18)."""
    return _HAS_PALETTE | (len(palette) // 3).bit_length() - 2 if palette else 0
