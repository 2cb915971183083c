"""Compose the frames of a GIF as browsers show them (GIF89a specification, section 23)."""

from collections.abc import Iterator

from PIL import Image

from imagesearch_ingest.images.colour import expand_colours
from imagesearch_ingest.images.formats.gif.blocks import Frame, find_canvas, read_frames
from imagesearch_ingest.images.pillow import Plugin, open_header

_TO_BACKGROUND, _TO_PREVIOUS = 2, 3
_CLEAR = (0, 0, 0, 0)  # browsers clear the frame's area, whatever background colour the screen announces


def read_later_frames(data: bytes, plugin: Plugin) -> Iterator[Image.Image]:
    """Yield the frames after the first. Raise for a frame that is damaged, cut short, or larger than the screen."""
    canvas: Image.Image | None = None
    for frame in read_frames(data):
        is_first = canvas is None
        if canvas is None:
            canvas = Image.new("RGBA", find_canvas(data, frame))
        if frame.width > canvas.width or frame.height > canvas.height:
            raise ValueError("a frame larger than the screen")
        shown = canvas.copy()
        drawn = _decode(frame, plugin)
        shown.paste(drawn, (frame.left, frame.top), drawn)
        if not is_first:
            yield _drop_alpha_if_opaque(shown)
        canvas = _dispose(frame, canvas, shown)


def _decode(frame: Frame, plugin: Plugin) -> Image.Image:
    return expand_colours(open_header(frame.write((frame.width, frame.height)), plugin))[0].convert("RGBA")


def _drop_alpha_if_opaque(image: Image.Image) -> Image.Image:
    return image.convert("RGB") if image.getchannel("A").getextrema() == (255, 255) else image.copy()


def _dispose(frame: Frame, before: Image.Image, shown: Image.Image) -> Image.Image:
    """Return what the next frame is drawn on."""
    if frame.control.disposal == _TO_PREVIOUS:
        return before
    if frame.control.disposal == _TO_BACKGROUND:
        shown.paste(_CLEAR, (frame.left, frame.top, frame.left + frame.width, frame.top + frame.height))
    return shown
