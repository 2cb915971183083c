"""Strip a GIF to screen, colour tables, the only image, and the trailer (GIF89a specification, appendix B).

All extensions are removed: comments, application data (XMP, repetition), text, and the graphic control of an image that
is neither animated nor transparent.
"""

import struct

from PIL import Image

from imagesearch_ingest.images.formats.format import StrippedImage
from imagesearch_ingest.images.formats.gif.blocks import DESCRIPTOR, SCREEN, count_palette_bytes, skip_sub_blocks
from imagesearch_ingest.images.pillow import Plugin, open_header

PLUGIN = Plugin("PIL.GifImagePlugin", "GifImageFile")

_VERSIONS = {b"GIF87a", b"GIF89a"}
_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_CONTROL = 0xF9
_HAS_TABLE, _IS_TRANSPARENT = 0x80, 0x01
_CODE_SIZES = range(2, 9)  # bits of the shortest LZW code (appendix F)
_MAX_EXTENSIONS, _MAX_BLOCKS = 100, 20_000  # 4 MiB in full blocks are 16,449 blocks
_NAMES = {0x01: "text", _CONTROL: "graphic control", 0xFE: "comment", 0xFF: "application data"}


def strip(data: bytes) -> StrippedImage | None:
    """Return the image without metadata; ``None`` for an image that has to be changed."""
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    image = b""
    removed: list[str] = []
    at = start = SCREEN + count_palette_bytes(flags)
    while data[at] != _TRAILER:
        if data[at] == _EXTENSION and len(removed) < _MAX_EXTENSIONS:
            end, blocks = skip_sub_blocks(data, at + 2)
            removed.append(_name_extension(data, at))
        elif data[at] == _IMAGE and not image:
            end, blocks = skip_sub_blocks(data, at + DESCRIPTOR + count_palette_bytes(data[at + 9]) + 1)
            image = data[at:end]
        else:
            return None
        if blocks > _MAX_BLOCKS:
            return None
        at = end
    if data[:6] not in _VERSIONS or not _is_plain(image, (width, height), flags):
        return None
    trailing = ["trailing data"] if at + 1 < len(data) else []
    names = tuple(dict.fromkeys(removed + trailing))
    return StrippedImage(data[:start] + image + bytes((_TRAILER,)), width, height, names)


def is_decodable(stripped: StrippedImage) -> Image.Image | None:
    """Return the whole image, decoded, since LZW has no shorter proof.

    A pixel without a colour in the table is refused: decoders show it differently.
    """
    image = open_header(stripped.data, PLUGIN)
    _, highest = image.getextrema()
    screen_flags = stripped.data[10]
    image_flags = stripped.data[SCREEN + count_palette_bytes(screen_flags) + 9]
    colours = count_palette_bytes(image_flags if image_flags & _HAS_TABLE else screen_flags) // 3
    is_plain = image.size == (stripped.width, stripped.height) and isinstance(highest, int) and highest < colours
    return image if is_plain else None


def _is_plain(image: bytes, screen: tuple[int, int], screen_flags: int) -> bool:
    """Return whether the image covers the whole screen, and has a colour table or uses the screen's."""
    left, top, width, height, flags = struct.unpack_from("<HHHHB", image, 1)
    code_size = image[DESCRIPTOR + count_palette_bytes(flags)]
    has_colours = bool((flags | screen_flags) & _HAS_TABLE)
    return has_colours and (left, top, width, height) == (0, 0, *screen) and code_size in _CODE_SIZES


def _name_extension(data: bytes, at: int) -> str:
    """Return the extension's name. Raise ``ValueError`` for a graphic control that cannot be removed."""
    label, size, flags = data[at + 1 : at + 4]
    if label == _CONTROL and (size != 4 or flags & _IS_TRANSPARENT):  # noqa: PLR2004 (section 23: always four bytes)
        raise ValueError("transparency")
    return "XMP" if data[at + 3 : at + 14] == b"XMP DataXMP" else _NAMES.get(label, "other extensions")
