"""GIF: the first picture alone, and whether the whole file is there (GIF89a specification).

Pillow stops at the first picture, so it does not see that a file was cut short later; and it puts comments together in
a time that grows with the square of their length. So the blocks are walked here, and Pillow gets those it needs.
"""

from PIL import Image, ImageFile

from imagesearch_ingest.images.colour import unfold
from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.limits import check_parts

_EXTENSION, _FRAME, _END = 0x21, 0x2C, b"\x3b"
_GRAPHIC_CONTROL = 0xF9


def first_picture(data: bytes) -> tuple[bytes, bool]:
    """Header, palettes, the first picture and what says how it is shown; and whether there are more pictures.

    They are looked for up to the closing byte, the end, or something that is no block (and may follow). Raises
    ``CORRUPT_IMAGE`` for a file that is cut short; one that lacks nothing but its closing byte is taken: there are
    encoders that never write it.
    """
    at = 13 + _palette_bytes(data[10:11])
    kept, pictures, parts = [data[:at]], 0, 0
    while at < len(data) and data[at] in {_EXTENSION, _FRAME}:
        start, is_picture = at, data[at] == _FRAME
        at += 11 + _palette_bytes(data[at + 9 : at + 10]) if is_picture else 2
        at, blocks = _after_sub_blocks(data, at)
        parts += blocks
        check_parts(parts, "GIF")
        if pictures == 0 and (is_picture or data[start + 1] == _GRAPHIC_CONTROL):
            kept.append(data[start:at])
        pictures += is_picture
    return b"".join([*kept, _END]), pictures > 1


def load(image: ImageFile.ImageFile) -> Image.Image:
    """What the first picture leaves uncovered of its screen is clear, as browsers show it; Pillow takes a colour that
    the screen names for it, which is whatever an encoder left there.
    """
    left, top, right, bottom = image.tile[0].extents or (0, 0, *image.size)
    image.load()
    if (left, top, right, bottom) == (0, 0, *image.size):
        return image
    screen = Image.new("RGBA", image.size)
    screen.paste(unfold(image.crop((left, top, right, bottom)))[0].convert("RGBA"), (left, top))
    return screen


def _palette_bytes(flags: bytes) -> int:
    return 3 << ((flags[0] & 7) + 1) if flags and flags[0] & 0x80 else 0


def _after_sub_blocks(data: bytes, at: int) -> tuple[int, int]:
    """Where the next block begins, and how many sub-blocks there were."""
    end, blocks = len(data), 1
    while at < end and data[at]:
        at += data[at] + 1
        blocks += 1
    if at >= end:
        raise corrupt("GIF", "the file is cut short")
    return at + 1, blocks
