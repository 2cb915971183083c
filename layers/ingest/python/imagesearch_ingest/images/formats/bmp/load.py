"""Decode a BMP, without a transparency that its writer never meant."""

from PIL import ImageFile

from imagesearch_ingest.images.formats.format import Decoded, describe
from imagesearch_ingest.images.policy import Policy


def load(opened: ImageFile.ImageFile, _data: bytes, _policy: Policy) -> Decoded:
    """Decode, and drop an alpha band of zeros: its writer left it unset, and browsers ignore it, too."""
    opened.load()
    if opened.mode == "RGBA" and opened.getchannel("A").getextrema() == (0, 0):
        return describe(opened, opened.convert("RGB"))
    return describe(opened, opened)
