"""Decode the first image of a GIF, as browsers show it."""

from PIL import Image, ImageFile

from imagesearch_ingest.images.colour import expand_colours
from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.formats.format import Decoded, describe
from imagesearch_ingest.images.policy import Policy


def load(opened: ImageFile.ImageFile, _data: bytes, _policy: Policy) -> Decoded:
    """Decode, and make transparent the part of the screen that the first image does not cover.

    Pillow fills that part with the screen's background colour, which encoders set at random. Raise ``CORRUPT_IMAGE``
    if a pixel is missing: Pillow decodes all of them, or fails.
    """
    left, top, right, bottom = opened.tile[0].extents or (0, 0, *opened.size)
    try:
        opened.load()
    except (OSError, SyntaxError, ValueError) as error:
        raise corrupt("GIF", "its pixels are damaged, or end early") from error
    if (left, top, right, bottom) == (0, 0, *opened.size):
        return describe(opened, opened)
    screen = Image.new("RGBA", opened.size)
    screen.paste(expand_colours(opened.crop((left, top, right, bottom)))[0].convert("RGBA"), (left, top))
    return describe(opened, screen)
