"""Write GIFs block by block, with damage that no encoder offers."""

import struct
from collections.abc import Sequence

from PIL import Image

SIDE = 120
COLOURS = ((200, 20, 20), (20, 180, 20), (20, 20, 220), (255, 255, 255))
CODE_SIZE = 2
CLEAR, END = 4, 5


def table(colours: Sequence[tuple[int, int, int]] = COLOURS) -> bytes:
    return b"".join(bytes(colour) for colour in colours)


def draw(width: int = SIDE, height: int = SIDE) -> list[int]:
    """Return the palette indexes of tiles of 24x20 pixels, with a stripe at the right edge that differs in each row."""
    return [(x // 24 + y // 20 + (y if x > width - 3 else 0)) % 4 for y in range(height) for x in range(width)]


def pack(codes: Sequence[int]) -> bytes:
    """Return codes of three bits as they stand in the pixel data (appendix F)."""
    number = sum(code << 3 * at for at, code in enumerate(codes))
    return number.to_bytes((3 * len(codes) + 7) // 8, "little")


def code(pixels: Sequence[int], *, end: bool = True) -> list[int]:
    """Return LZW codes that compress nothing: the table is cleared before its codes grow to four bits."""
    codes = [one for at in range(0, len(pixels), 2) for one in (CLEAR, *pixels[at : at + 2])]
    return [*codes, END] if end else codes


def sub_blocks(data: bytes, length: int = 255) -> bytes:
    pieces = [data[at : at + length] for at in range(0, len(data), length)]
    return b"".join(bytes((len(piece),)) + piece for piece in pieces) + b"\0"


def screen(
    width: int = SIDE,
    height: int = SIDE,
    colours: bytes | None = None,
    *,
    version: bytes = b"GIF89a",
    flags: int = 0x81,
) -> bytes:
    return version + struct.pack("<HHBBB", width, height, flags, 0, 0) + (table() if colours is None else colours)


def image(
    pixels: bytes | None = None,
    box: tuple[int, int, int, int] = (0, 0, SIDE, SIDE),
    *,
    flags: int = 0,
    colours: bytes = b"",
    code_size: int = CODE_SIZE,
) -> bytes:
    """Return an image with these sub-blocks; by default the tiles. ``box``: left, top, width, height."""
    drawn = sub_blocks(pack(code(draw(box[2], box[3])))) if pixels is None else pixels
    return b"," + struct.pack("<HHHHB", *box, flags) + colours + bytes((code_size,)) + drawn


def control(*, transparent: int | None = None, disposal: int = 0) -> bytes:
    return b"!\xf9\4" + bytes((disposal << 2 | (transparent is not None), 4, 0, transparent or 0, 0))


def tiles(width: int = SIDE, height: int = SIDE) -> Image.Image:
    """Return what the image of tiles shows."""
    return Image.frombytes("RGB", (width, height), b"".join(bytes(COLOURS[index]) for index in draw(width, height)))
