"""GIF: whether the file is all there, beyond the first frame at which Pillow stops (GIF89a specification)."""

from imagesearch_ingest.images.reading.pillow import corrupt

_EXTENSION, _FRAME = 0x21, 0x2C


def check_whole(data: bytes) -> bytes:
    """The same bytes. Raises ``CORRUPT_IMAGE`` when they stop inside a block.

    A file that lacks nothing but its closing byte is taken: there are encoders that never write it.
    """
    count_frames(data)
    return data


def count_frames(data: bytes) -> int:
    """The frames up to the closing byte, the end, or something that is no block (which may follow the picture)."""
    at = 13 + _palette_bytes(data[10:11])
    frames = 0
    while at < len(data) and data[at] in {_EXTENSION, _FRAME}:
        if data[at] == _FRAME:
            frames += 1
            at += 11 + _palette_bytes(data[at + 9 : at + 10])
        else:
            at += 2
        at = _after_sub_blocks(data, at)
    return frames


def _palette_bytes(flags: bytes) -> int:
    return 3 << ((flags[0] & 7) + 1) if flags and flags[0] & 0x80 else 0


def _after_sub_blocks(data: bytes, at: int) -> int:
    end = len(data)
    while at < end and data[at]:
        at += data[at] + 1
    if at >= end:
        raise corrupt("GIF", "the file is cut short")
    return at + 1
