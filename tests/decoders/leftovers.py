"""Find everything in a prepared file but the image, by the structure of each format that AddImage accepts.

No library is used here, since data that libraries overlook would leak.
"""

import re
import struct
from collections.abc import Callable, Iterator

_JFIF_WITHOUT_THUMBNAIL = re.compile(rb"JFIF\0.{7}\0\0", re.DOTALL)
_SOI, _EOI, _SOS, _APP0, _APP14 = 0xD8, 0xD9, 0xDA, 0xE0, 0xEE
_JPEG_PICTURE = {*range(0xC0, 0xD0), 0xDA, 0xDB, 0xDD} - {0xC8}  # frames, tables, scans, restarts (T.81, table B.1)
_JPEG_NEXT_MARKER = re.compile(rb"\xff(?=[\x01-\xcf\xd8-\xfe])")
# The second row defines the colours of the samples, not their origin.
_PNG_PICTURE = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"} | {b"sRGB", b"gAMA", b"cHRM", b"cICP", b"sBIT"}
_WEBP_PICTURE = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH"}
_WEBP_ALPHA = 0x10  # the only flag of VP8X that a still image without metadata has (RFC 9649, section 2.7)
# Size, samples, strips, tiles, palette, predictor, subsampling, resolution: TIFF 6.0, part 1 and sections 14 to 23.
_TIFF_PICTURE = {254, 256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 280, 281, 282, 283, 284, 292, 293, 296}
_TIFF_PICTURE |= {301, 317, 318, 319, 320, 322, 323, 324, 325, 338, 339, 347, 529, 530, 531, 532}
_BMP_PROFILES = {b"DEBM", b"KNIL"}  # embedded, linked (BITMAPV5HEADER, bV5CSType)
_PPM = re.compile(rb"P6\s(\d+)\s(\d+)\s255\s")


def leftovers(data: bytes, file_format: str) -> list[str]:
    """Yield a phrase for each finding; nothing if the file is one complete image and no more."""
    return list(_LISTS[file_format](data))


def _jpeg(data: bytes) -> Iterator[str]:
    at = 2
    while data[at : at + 2] != b"\xff\xd9":
        code = data[at + 1]
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        body = data[at + 4 : end]
        plain = code in _JPEG_PICTURE or (code == _APP0 and _JFIF_WITHOUT_THUMBNAIL.fullmatch(body))
        if not (plain or (code == _APP14 and body.startswith(b"Adobe") and len(body) == 12)):
            yield f"segment {code:02X}: {body[:20]!r}"
        following = _JPEG_NEXT_MARKER.search(data, end)
        if following is None:
            yield "no end"
            return
        if code != _SOS and following.start() != end:
            yield f"bytes after segment {code:02X}"
        at = following.start()
    if at + 2 != len(data):
        yield "bytes after the end"


def _png(data: bytes) -> Iterator[str]:
    at, kind = 8, b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, at)
        if kind not in _PNG_PICTURE:
            yield f"chunk {kind!r}"
        at += 12 + length
    if at != len(data):
        yield "bytes after the end"


def _webp(data: bytes) -> Iterator[str]:
    if struct.unpack_from("<I", data, 4)[0] + 8 != len(data):
        yield "bytes after the end"
    at = 12
    while at < len(data):
        kind, length = struct.unpack_from("<4sI", data, at)
        if kind not in _WEBP_PICTURE or (kind == b"VP8X" and data[at + 8] & ~_WEBP_ALPHA):
            yield f"chunk {kind!r} {data[at + 8]:02X}"
        at += 8 + length + length % 2


def _gif(data: bytes) -> Iterator[str]:
    at = 13 + _gif_palette(data[10])
    frames = 0
    while data[at] != 0x3B:
        if data[at] == 0x2C:
            frames += 1
            at += 11 + _gif_palette(data[at + 9])
        else:
            if data[at + 1] != 0xF9:  # graphic control
                yield f"extension {data[at + 1]:02X}"
            at += 2
        while data[at]:
            at += data[at] + 1
        at += 1
    if frames != 1:
        yield f"{frames} frames"
    if at + 1 != len(data):
        yield "bytes after the end"


def _gif_palette(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _tiff(data: bytes) -> Iterator[str]:
    order = "<" if data[:2] == b"II" else ">"
    directory = struct.unpack_from(order + "I", data, 4)[0]
    count = struct.unpack_from(order + "H", data, directory)[0]
    for number in range(count):
        tag = struct.unpack_from(order + "H", data, directory + 2 + 12 * number)[0]
        if tag not in _TIFF_PICTURE:
            yield f"tag {tag}"
    if struct.unpack_from(order + "I", data, directory + 2 + 12 * count)[0]:
        yield "a second picture"


def _bmp(data: bytes) -> Iterator[str]:
    size, _, offset, header = struct.unpack_from("<IIII", data, 2)
    width, height, _, depth, compression = struct.unpack_from("<iiHHI", data, 18)
    if header == 124 and data[70:74] in _BMP_PROFILES:
        yield "a profile"
    if compression in {0, 3} and len(data) != offset + (width * depth + 31) // 32 * 4 * abs(height):
        yield "bytes after the end"
    if size != len(data):
        yield "a wrong size"


def _ppm(data: bytes) -> Iterator[str]:
    header = _PPM.match(data)
    if header is None:
        yield "a comment, or another kind"
    elif len(data) != header.end() + int(header[1]) * int(header[2]) * 3:
        yield "bytes after the end"


_LISTS: dict[str, Callable[[bytes], Iterator[str]]] = {
    "JPEG": _jpeg,
    "PNG": _png,
    "WEBP": _webp,
    "GIF": _gif,
    "TIFF": _tiff,
    "BMP": _bmp,
    "PPM": _ppm,
}
