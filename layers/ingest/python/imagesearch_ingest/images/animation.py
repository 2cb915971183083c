"""Look for the first frame of an animation that shows something (ADR 36)."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

from PIL import Image

from imagesearch_ingest.images.pillow import Plugin, open_header

FIRST_FRAME = "first frame"
# They bound time and memory: looking at a frame takes up to 40 bytes a pixel (AVIF), and 30 ms a megapixel.
_MAX_FRAMES, _MAX_PIXELS, _MAX_PIXELS_OF_FRAME = 100, 32_000_000, 8_000_000


def read_later_frames(data: bytes, plugin: Plugin) -> Iterator[Image.Image]:
    """Yield the frames after the first as Pillow composes them."""
    opened = open_header(data, plugin)
    number = 1
    while True:
        opened.seek(number)
        yield opened.copy()
        number += 1


def limit_frames(frames: Iterator[Image.Image], pixels: int) -> Iterator[Image.Image]:
    """Yield frames of so many pixels each, until they end, are damaged, or are too many to look at."""
    most = min(_MAX_FRAMES, _MAX_PIXELS // pixels) if pixels <= _MAX_PIXELS_OF_FRAME else 0
    with suppress(Exception):  # a decoder raises anything at the end of the frames, and in a broken one
        yield from islice(frames, most)


def describe_frame(number: int) -> str:
    """Return the step for a frame; the first has the number 1."""
    return f"frame {number}: the first {number - 1} show nothing" if number > 2 else "frame 2: the first shows nothing"  # noqa: PLR2004 (plural)
