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
_HAS_PALETTE = 0x80
_SCREEN, _DESCRIPTOR = 13, 10  # bytes: version and screen; a picture's descriptor with the byte that announces it


def first_picture(data: bytes) -> tuple[bytes, bool]:
    """Header, palettes, the first picture and what says how it is shown; and whether there are more pictures.

    They are looked for up to the closing byte, the end, or something that is no block (and may follow). Raises
    ``CORRUPT_IMAGE`` for a file that is cut short; one that lacks nothing but its closing byte is taken: there are
    encoders that never write it.
    """
    at = _SCREEN + palette_bytes(_byte(data, 10))
    kept, pictures, parts = [data[:at]], 0, 0
    while at < len(data) and data[at] in {_EXTENSION, _FRAME}:
        start, is_picture = at, data[at] == _FRAME
        at += _DESCRIPTOR + 1 + palette_bytes(_byte(data, at + 9)) if is_picture else 2
        at, blocks = after_sub_blocks(data, at)
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


def palette_bytes(flags: int) -> int:
    """How long the colours are that a screen's or a picture's flags announce (sections 18 and 20)."""
    return 3 << ((flags & 7) + 1) if flags & _HAS_PALETTE else 0


def _byte(data: bytes, at: int) -> int:
    """0 behind the end, which the walk will notice by itself."""
    return data[at] if at < len(data) else 0


def after_sub_blocks(data: bytes, at: int) -> tuple[int, int]:
    """Where the next block begins, and how many sub-blocks there were. Raises ``CORRUPT_IMAGE``."""
    end, blocks = len(data), 1
    while at < end and data[at]:
        at += data[at] + 1
        blocks += 1
        check_parts(blocks, "GIF")
    if at >= end:
        raise corrupt("GIF", "the file is cut short")
    return at + 1, blocks
