"""BMP: header sizes that Pillow does not know, and transparency that was never meant."""

from PIL import Image

_SHORTEST, _KNOWN = 16, {12, 40, 52, 56, 64, 108, 124}  # bytes of a DIB header
_FULL = 64  # OS/2 2: any header from 16 to 64 bytes is this one, cut; what is cut counts as zero


def with_known_header(data: bytes) -> bytes:
    """The file with an OS/2 2 header of an odd size brought to its full length (BITMAPINFOHEADER2, OS/2 toolkit)."""
    size = int.from_bytes(data[14:18], "little")
    if size in _KNOWN or not _SHORTEST <= size < _FULL:
        return data
    grown = _FULL - size
    offset = int.from_bytes(data[10:14], "little") + grown
    header = _FULL.to_bytes(4, "little") + data[18 : 14 + size] + bytes(grown)
    return data[:10] + offset.to_bytes(4, "little") + header + data[14 + size :]


def opaque_if_all_clear(image: Image.Image) -> Image.Image:
    """An alpha band that is zero everywhere was left unset by a writer that never used it; browsers ignore it too."""
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (0, 0):
        return image.convert("RGB")
    return image
