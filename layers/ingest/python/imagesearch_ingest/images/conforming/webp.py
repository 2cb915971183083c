"""WebP: the one chunk of pixels, in the simple file format (WebP container specification, "Simple File Format").

The extended format adds nothing to an opaque, still picture but metadata: EXIF, XMP, the profile and unknown chunks
are cut with it. The sides are the bitstream's own (RFC 6386, section 9.1; WebP lossless specification, section 3).
"""

import struct
from collections.abc import Iterator, Sequence
from itertools import islice

from imagesearch_ingest.images.conforming.bare import Bare
from imagesearch_ingest.images.reading.pillow import open_header

_PICTURES = {b"VP8 ", b"VP8L"}
_TOUCHED = {b"ALPH", b"ANIM", b"ANMF"}
_ONCE = (b"VP8X", b"ICCP", b"EXIF")
_ALPHA, _ANIMATION = 0x10, 0x02  # flags of VP8X
_NAMES = {b"EXIF": "EXIF", b"XMP ": "XMP", b"ICCP": "ICC profile"}
_MAX_CHUNKS = 1000  # a still picture has six
_LAST_VERSION = 3  # of VP8
_LOSSLESS = 0x2F  # signature
_SIDE = 0x3FFF  # 14 bits; for VP8, two bits of scaling are above them

_Chunk = tuple[bytes, bytes]  # its kind and its body


def parse(data: bytes) -> Bare | None:
    end = 8 + int.from_bytes(data[4:8], "little")
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP" or end > len(data):
        return None
    chunks = list(islice(_chunks(data, end), _MAX_CHUNKS + 1))
    size = _size(chunks) if len(chunks) <= _MAX_CHUNKS else None
    if size is None:
        return None
    kind, body = next(chunk for chunk in chunks if chunk[0] in _PICTURES)
    chunk = kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)
    cut = [_NAMES.get(kind, "other chunks") for kind, _ in chunks if kind not in {*_PICTURES, b"VP8X"}]
    trailing = ["trailing data"] if end < len(data) else []
    exif = _body(chunks, b"EXIF")
    return Bare(
        data=b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk,
        width=size[0],
        height=size[1],
        removed=tuple(dict.fromkeys(cut + trailing)),
        exif=None if exif is None else exif.removeprefix(b"Exif\0\0"),
        profile=_body(chunks, b"ICCP"),
    )


def decodes(bare: Bare) -> bool:
    """A full decode: what VP8 and VP8L code arithmetically or by Huffman, nothing shorter proves."""
    image = open_header(bare.data, "WEBP")
    image.load()
    return image.size == (bare.width, bare.height) and image.mode == "RGB"


def _chunks(data: bytes, end: int) -> Iterator[_Chunk]:
    """Raises ``ValueError`` when they do not fill the file, to the byte, as its header says."""
    at = 12
    while at < end:
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        yield data[at : at + 4], data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    if at != end:
        raise ValueError("chunks and file end in different places")


def _size(chunks: Sequence[_Chunk]) -> tuple[int, int] | None:
    """``None`` unless this is one opaque picture, as large as its canvas."""
    kinds = [kind for kind, _ in chunks]
    pictures = [chunk for chunk in chunks if chunk[0] in _PICTURES]
    if len(pictures) != 1 or _TOUCHED.intersection(kinds) or any(kinds.count(kind) > 1 for kind in _ONCE):
        return None
    kind, body = pictures[0]
    size = _lossy_size(body) if kind == b"VP8 " else _lossless_size(body)
    canvas = _body(chunks, b"VP8X")
    if canvas is None:
        return size if kinds[0] in _PICTURES else None
    return size if kinds[0] == b"VP8X" and _is_opaque_canvas(canvas, size) else None


def _is_opaque_canvas(canvas: bytes, size: tuple[int, int] | None) -> bool:
    sides = int.from_bytes(canvas[4:7], "little") + 1, int.from_bytes(canvas[7:10], "little") + 1
    return not canvas[0] & (_ALPHA | _ANIMATION) and sides == size


def _lossy_size(frame: bytes) -> tuple[int, int] | None:
    tag = int.from_bytes(frame[:3], "little")
    is_inner, version, is_shown, first_partition = tag & 1, tag >> 1 & 7, tag >> 4 & 1, tag >> 5
    width, height = struct.unpack_from("<HH", frame, 6)
    if is_inner or version > _LAST_VERSION or not is_shown or frame[3:6] != b"\x9d\x01\x2a":
        return None
    is_plain = first_partition < len(frame) and max(width, height) <= _SIDE
    return (width, height) if is_plain else None


def _lossless_size(stream: bytes) -> tuple[int, int] | None:
    signature, bits = struct.unpack_from("<BI", stream)
    alpha_and_version = bits >> 28
    if signature != _LOSSLESS or alpha_and_version:
        return None
    return (bits & _SIDE) + 1, (bits >> 14 & _SIDE) + 1


def _body(chunks: Sequence[_Chunk], kind: bytes) -> bytes | None:
    return next((body for name, body in chunks if name == kind), None)
