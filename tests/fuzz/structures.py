"""Split a file into the parts of its format, and join parts into a file, with new lengths and checksums.

Damage to the parts thus passes the first checks and reaches the decoders.
"""

import struct
import zlib
from collections.abc import Callable
from typing import NamedTuple

_SCAN, _END = 0xDA, 0xD9
_PIXEL_DATA = 0  # in place of a marker
_WITHOUT_LENGTH = {0xD8, _END, *range(0xD0, 0xD8)}


class Structure(NamedTuple):
    """``split`` gets sound files only; ``join`` accepts any parts."""

    split: Callable[[bytes], list[bytes]]
    join: Callable[[list[bytes]], bytes]


def _png_split(data: bytes) -> list[bytes]:
    parts, at = [], 8
    while data[at + 4 : at + 8] and (not parts or parts[-1] != b"IEND"):
        length = int.from_bytes(data[at : at + 4], "big")
        parts.append(data[at + 4 : at + 8 + length])
        at += 12 + length
    return parts


def _png_join(parts: list[bytes]) -> bytes:
    chunks = (struct.pack(">I", max(0, len(part) - 4)) + part + struct.pack(">I", zlib.crc32(part)) for part in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _jpeg_split(data: bytes) -> list[bytes]:
    """Return parts of a marker's code and its body. Pixel data are separate parts."""
    parts, at = [], 0
    while at < len(data) and data[at] == 0xFF:
        code = data[at + 1]
        end = at + 2 if code in _WITHOUT_LENGTH else at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        parts.append(bytes((code,)) + data[at + 4 : end])
        at = end
        if code == _SCAN:
            while data[at] != 0xFF or data[at + 1] == 0 or data[at + 1] in range(0xD0, 0xD8):
                at += 1
            parts.append(bytes((_PIXEL_DATA,)) + data[end:at])
    return parts


def _jpeg_join(parts: list[bytes]) -> bytes:
    return b"".join(_jpeg_segment(part) for part in parts if part)


def _jpeg_segment(part: bytes) -> bytes:
    code, body = part[0], part[1:]
    if code == _PIXEL_DATA:
        return body
    length = b"" if code in _WITHOUT_LENGTH else struct.pack(">H", min(len(body) + 2, 65535))
    return bytes((0xFF, code)) + length + body


def _riff_split(data: bytes) -> list[bytes]:
    parts, at = [], 12
    while at + 8 <= len(data):
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        parts.append(data[at : at + 4] + data[at + 8 : at + 8 + length])
        at += 8 + length + length % 2
    return parts


def _riff_join(parts: list[bytes]) -> bytes:
    chunks = b"".join(
        part[:4] + struct.pack("<I", max(0, len(part) - 4)) + part[4:] + bytes(len(part) % 2) for part in parts
    )
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WEBP" + chunks


def _boxes_split(data: bytes) -> list[bytes]:
    parts, at = [], 0
    while at + 8 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big") or len(data) - at
        parts.append(data[at + 4 : at + length])
        at += length
    return parts


def _boxes_join(parts: list[bytes]) -> bytes:
    return b"".join(struct.pack(">I", len(part) + 4) + part for part in parts)


def _gif_split(data: bytes) -> list[bytes]:
    at = 13 + (3 << ((data[10] & 7) + 1) if data[10] & 0x80 else 0)
    parts = [data[:6], data[6:13], data[13:at]]
    while at < len(data) and data[at] in {0x21, 0x2C}:
        start = at
        palette = data[at + 9] if data[at] == 0x2C else 0
        at += (11 if data[start] == 0x2C else 2) + (3 << ((palette & 7) + 1) if palette & 0x80 else 0)
        while data[at]:
            at += data[at] + 1
        at += 1
        parts.append(data[start:at])
    return [*parts, data[at:]]


def _tiff_split(data: bytes) -> list[bytes]:
    """Return the whole file, then the entries of its first directory, which will be joined at the end."""
    order = "<" if data[:2] == b"II" else ">"
    if data[2:4] in {b"+\0", b"\0+"}:  # BigTIFF
        return [data]
    directory = struct.unpack_from(order + "I", data, 4)[0]
    count = struct.unpack_from(order + "H", data, directory)[0]
    starts = range(directory + 2, directory + 2 + 12 * count, 12)
    return [data + bytes(len(data) % 2), *(data[at : at + 12] for at in starts)]


def _tiff_join(parts: list[bytes]) -> bytes:
    file, *entries = parts or [b""]
    if not entries:
        return file
    order = "<" if file[:2] == b"II" else ">"
    directory = struct.pack(order + "H", len(entries)) + b"".join(entries) + bytes(4)
    return file[:4] + struct.pack(order + "I", len(file)) + file[8:] + directory


def _bmp_split(data: bytes) -> list[bytes]:
    return [data[:14], data[14:18], *(data[at : at + 2] for at in range(18, 54, 2)), data[54:]]


def _ppm_split(data: bytes) -> list[bytes]:
    *header, rest = data.split(None, 4)
    return [*(word + b"\n" for word in header), rest]


def _pieces(data: bytes) -> list[bytes]:
    return [data[at : at + 64] for at in range(0, len(data), 64)]


_PLAIN = b"".join
STRUCTURES: dict[str, Structure] = {
    "PNG": Structure(_png_split, _png_join),
    "APNG": Structure(_png_split, _png_join),
    "JPEG": Structure(_jpeg_split, _jpeg_join),
    "MPO": Structure(_jpeg_split, _jpeg_join),
    "WEBP": Structure(_riff_split, _riff_join),
    "AVIF": Structure(_boxes_split, _boxes_join),
    "HEIC": Structure(_boxes_split, _boxes_join),
    "GIF": Structure(_gif_split, _PLAIN),
    "TIFF": Structure(_tiff_split, _tiff_join),
    "BMP": Structure(_bmp_split, _PLAIN),
    "PPM": Structure(_ppm_split, _PLAIN),
    "PGM": Structure(_pieces, _PLAIN),
}
