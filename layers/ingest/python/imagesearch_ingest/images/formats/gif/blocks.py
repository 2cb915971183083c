"""Walk along a GIF's blocks, and extract its first image (GIF89a specification).

Pillow stops at the first image, so it does not see that a file is cut short later. It also needs time that grows with
the square of the length of comments. So the blocks are read here, and Pillow gets only those it needs.
"""

from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.formats.format import Inspection
from imagesearch_ingest.images.limits import check_parts
from imagesearch_ingest.images.policy import Policy

_EXTENSION, _FRAME, _END = 0x21, 0x2C, b"\x3b"
_GRAPHIC_CONTROL = 0xF9
_HAS_PALETTE = 0x80
SCREEN, DESCRIPTOR = 13, 10  # bytes: version and screen; an image descriptor with its separator


def extract_first_image(data: bytes, _: Policy) -> Inspection:
    """Return header, palettes, the first image and its graphic control, and whether more images follow.

    Images are counted up to the trailer, the end of the file, or a byte that begins no block. Raise ``CORRUPT_IMAGE``
    for a file that is cut short. A missing trailer is accepted, since some encoders never write it.
    """
    at = SCREEN + count_palette_bytes(_read_byte(data, 10))
    kept, images, parts = [data[:at]], 0, 0
    while at < len(data) and data[at] in {_EXTENSION, _FRAME}:
        start, is_image = at, data[at] == _FRAME
        at += DESCRIPTOR + 1 + count_palette_bytes(_read_byte(data, at + 9)) if is_image else 2
        at, blocks = skip_sub_blocks(data, at)
        parts += blocks
        check_parts(parts, "GIF")
        if images == 0 and (is_image or data[start + 1] == _GRAPHIC_CONTROL):
            kept.append(data[start:at])
        images += is_image
    return Inspection(b"".join([*kept, _END]), is_animated=images > 1)


def count_palette_bytes(flags: int) -> int:
    """Return the length of the palette that the flags of a screen or an image announce (sections 18 and 20)."""
    return 3 << ((flags & 7) + 1) if flags & _HAS_PALETTE else 0


def _read_byte(data: bytes, at: int) -> int:
    """Return 0 beyond the end of the file, which the caller notices later."""
    return data[at] if at < len(data) else 0


def skip_sub_blocks(data: bytes, at: int) -> tuple[int, int]:
    """Return the offset of the next block and the number of sub-blocks. Raise ``CORRUPT_IMAGE``."""
    end, blocks = len(data), 1
    while at < end and data[at]:
        at += data[at] + 1
        blocks += 1
        check_parts(blocks, "GIF")
    if at >= end:
        raise corrupt("GIF", "the file is cut short")
    return at + 1, blocks
