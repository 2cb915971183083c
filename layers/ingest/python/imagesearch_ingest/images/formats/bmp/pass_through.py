"""Strip a BMP to file header, BITMAPINFOHEADER, palette and pixels, without gaps (Windows GDI, "Bitmap Storage").

Longer headers, of version 4 and 5, hold colour spaces that readers ignore; with alpha or a profile the file is not
passed through. A short palette is filled up with black, which readers use for missing colours. Every pixel then has a
colour, and the file's length alone proves that it decodes. Images stored from the top down are not passed through,
since not every reader knows them.
"""

import struct

from imagesearch_ingest.images.formats.format import StrippedImage

_FILE = struct.Struct("<2sIHHI")  # magic, bytes of the file, two reserved, offset of the pixels
_INFO = struct.Struct("<IiiHHIIiiII")  # BITMAPINFOHEADER
_VERSION_4, _VERSION_5 = 108, 124
_ALPHA_MASK, _COLOUR_SPACE = slice(66, 70), slice(70, 74)  # bV4AlphaMask, bV4CSType, from the start of the file
_PROFILES = {b"KNIL", b"DEBM"}  # linked and embedded, as their letters stand in the file
_DEPTHS = {1, 4, 8, 24}
_UNCOMPRESSED = 0
_MISREAD_PALETTE = b"".join(bytes((level, level, level, 0)) for level in range(16))


def strip(data: bytes) -> StrippedImage | None:
    """Return the image without metadata; ``None`` for an image that has to be changed."""
    magic, _, _, _, offset = _FILE.unpack_from(data)
    size, width, height, planes, depth, compression, _, *resolution, colours, _ = _INFO.unpack_from(data, _FILE.size)
    if magic != b"BM" or (planes, compression) != (1, _UNCOMPRESSED) or depth not in _DEPTHS or min(width, height) < 1:
        return None
    if not _is_plain_header(data, size) or offset < (begin := _FILE.size + size):
        return None
    palette = _read_palette(data[begin:offset], depth, colours)
    pixels = data[offset : offset + (width * depth + 31) // 32 * 4 * height]
    if palette is None or len(pixels) != (width * depth + 31) // 32 * 4 * height:
        return None
    start = _FILE.size + _INFO.size + len(palette)
    info = _INFO.pack(_INFO.size, width, height, 1, depth, _UNCOMPRESSED, len(pixels), 0, 0, 0, 0)
    found = (
        (size > _INFO.size, "colour space"),
        (any(resolution), "resolution"),
        (offset - begin > (4 * (colours or 1 << depth) if palette else 0), "hidden data"),
        (offset + len(pixels) < len(data), "trailing data"),
    )
    return StrippedImage(
        data=_FILE.pack(b"BM", start + len(pixels), 0, 0, start) + info + palette + pixels,
        width=width,
        height=height,
        removed=tuple(name for is_there, name in found if is_there),
    )


def is_decodable(_: StrippedImage) -> bool:
    """Return true: uncompressed pixels decode if all are there, which ``strip`` has checked."""
    return True


def _is_plain_header(data: bytes, size: int) -> bool:
    if size == _INFO.size:
        return True
    if size not in {_VERSION_4, _VERSION_5}:
        return False
    return not any(data[_ALPHA_MASK]) and data[_COLOUR_SPACE] not in _PROFILES


def _read_palette(between: bytes, depth: int, colours: int) -> bytes | None:
    """Return a colour for every possible pixel, from the bytes between header and pixels; nothing for 24 bits."""
    if depth == 24:  # noqa: PLR2004 (bits of red, green and blue)
        return b""
    colours = colours or 1 << depth
    if colours > 1 << depth or 4 * colours > len(between):
        return None
    palette = bytearray(between[: 4 * colours].ljust(4 << depth, b"\0"))
    palette[3::4] = bytes(1 << depth)  # reserved, and must be zero
    return None if bytes(palette) == _MISREAD_PALETTE else bytes(palette)
