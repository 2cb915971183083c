"""GIF: screen, colour tables, the one picture, and the closing byte (GIF89a specification, appendix B).

All extensions are cut: comments, applications' data (XMP, repetition), text, and the graphic control of a picture that
neither moves nor lets anything show through.
"""

import struct

from imagesearch_ingest.images.conforming.bare import Bare
from imagesearch_ingest.images.reading.gif import after_sub_blocks, palette_bytes
from imagesearch_ingest.images.reading.pillow import open_header

_VERSIONS = {b"GIF87a", b"GIF89a"}
_EXTENSION, _PICTURE, _TRAILER = 0x21, 0x2C, 0x3B
_CONTROL = 0xF9
_HAS_TABLE, _IS_TRANSPARENT = 0x80, 0x01
_CODE_SIZES = range(2, 9)  # bits of the shortest LZW code (appendix F)
_SCREEN = 13  # bytes of version and screen descriptor
_DESCRIPTOR = 10  # bytes of a picture's, with the byte that announces it
_MAX_EXTENSIONS, _MAX_BLOCKS = 100, 20_000  # 4 MiB in full blocks are 16,449; files of more were made to tire
_NAMES = {0x01: "text", _CONTROL: "graphic control", 0xFE: "comment", 0xFF: "application data"}


def parse(data: bytes) -> Bare | None:
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    picture = b""
    removed: list[str] = []
    at = start = _SCREEN + palette_bytes(flags)
    while data[at] != _TRAILER:
        if data[at] == _EXTENSION and len(removed) < _MAX_EXTENSIONS:
            end, blocks = after_sub_blocks(data, at + 2)
            removed.append(_name(data, at))
        elif data[at] == _PICTURE and not picture:
            end, blocks = after_sub_blocks(data, at + _DESCRIPTOR + palette_bytes(data[at + 9]) + 1)
            picture = data[at:end]
        else:
            return None
        if blocks > _MAX_BLOCKS:
            return None
        at = end
    if data[:6] not in _VERSIONS or not _is_plain(picture, (width, height), flags):
        return None
    trailing = ["trailing data"] if at + 1 < len(data) else []
    cut = tuple(dict.fromkeys(removed + trailing))
    return Bare(data[:start] + picture + bytes((_TRAILER,)), width, height, cut)


def decodes(bare: Bare) -> bool:
    """A full decode, for LZW has no shorter proof. Decoders differ on pixels that point past the end of the colours."""
    image = open_header(bare.data, "GIF")
    _, highest = image.getextrema()
    screen_flags = bare.data[10]
    picture_flags = bare.data[_SCREEN + palette_bytes(screen_flags) + 9]
    colours = palette_bytes(picture_flags if picture_flags & _HAS_TABLE else screen_flags) // 3
    return image.size == (bare.width, bare.height) and isinstance(highest, int) and highest < colours


def _is_plain(picture: bytes, screen: tuple[int, int], screen_flags: int) -> bool:
    """One that covers the whole screen, with colours of its own or the screen's."""
    left, top, width, height, flags = struct.unpack_from("<HHHHB", picture, 1)
    code_size = picture[_DESCRIPTOR + palette_bytes(flags)]
    has_colours = bool((flags | screen_flags) & _HAS_TABLE)
    return has_colours and (left, top, width, height) == (0, 0, *screen) and code_size in _CODE_SIZES


def _name(data: bytes, at: int) -> str:
    """Raises ``ValueError`` for a graphic control that cannot be cut."""
    label, size, flags = data[at + 1 : at + 4]
    if label == _CONTROL and (size != 4 or flags & _IS_TRANSPARENT):  # noqa: PLR2004 (section 23: always four bytes)
        raise ValueError("transparency")
    return "XMP" if data[at + 3 : at + 14] == b"XMP DataXMP" else _NAMES.get(label, "other extensions")
