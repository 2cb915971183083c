"""Strip a WebP to its chunk of pixels (WebP container specification, "Simple File Format").

For an opaque, still image the extended format adds only metadata. It is removed, with EXIF, XMP, the profile and
unknown chunks. The sides are read from the bitstream.
"""

import struct
from collections.abc import Iterator, Sequence
from itertools import islice

from PIL import Image

from imagesearch_ingest.images.formats.format import StrippedImage
from imagesearch_ingest.images.formats.webp.container import IMAGES, LOSSY, has_hole, read_sides
from imagesearch_ingest.images.pillow import Plugin, open_header

PLUGIN = Plugin("PIL.WebPImagePlugin", "WebPImageFile")

_UNSUITABLE = {b"ALPH", b"ANIM", b"ANMF"}
_ONCE = (b"VP8X", b"ICCP", b"EXIF")
_ALPHA, _ANIMATION = 0x10, 0x02  # flags of VP8X
_NAMES = {b"EXIF": "EXIF", b"XMP ": "XMP", b"ICCP": "ICC profile"}
_MAX_CHUNKS = 1000  # a still image has six
_SCALES = slice(7, 10, 2)  # bytes of VP8 whose upper two bits ask for scaling
_SCALE_BITS = 0xC0

_Chunk = tuple[bytes, bytes]  # its kind and its body


def is_webp(data: bytes) -> bool:
    """Return whether the file begins as a WebP."""
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def strip(data: bytes) -> StrippedImage | None:
    """Return the image without metadata; ``None`` for an image that has to be changed."""
    end = 8 + int.from_bytes(data[4:8], "little")
    if not is_webp(data) or end > len(data):
        return None
    chunks = list(islice(_read_chunks(data, end), _MAX_CHUNKS + 1))
    size = _find_size(chunks) if len(chunks) <= _MAX_CHUNKS else None
    if size is None:
        return None
    kind, body = next(chunk for chunk in chunks if chunk[0] in IMAGES)
    chunk = kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)
    removed = [_NAMES.get(kind, "other chunks") for kind, _ in chunks if kind not in {*IMAGES, b"VP8X"}]
    trailing = ["trailing data"] if end < len(data) else []
    exif = _find_body(chunks, b"EXIF")
    return StrippedImage(
        data=b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk,
        width=size[0],
        height=size[1],
        removed=tuple(dict.fromkeys(removed + trailing)),
        exif=None if exif is None else exif.removeprefix(b"Exif\0\0"),
        profile=_find_body(chunks, b"ICCP"),
    )


def is_decodable(stripped: StrippedImage) -> Image.Image | None:
    """Return the whole image, decoded: the entropy coding of VP8 and VP8L has no shorter proof."""
    image = open_header(stripped.data, PLUGIN)
    image.load()
    return image if image.size == (stripped.width, stripped.height) and image.mode == "RGB" else None


def _read_chunks(data: bytes, end: int) -> Iterator[_Chunk]:
    """Yield the chunks. Raise ``ValueError`` unless they end where the header says, to the byte."""
    at = 12
    while at < end:
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        yield data[at : at + 4], data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    if at != end:
        raise ValueError("chunks and file end in different places")


def _find_size(chunks: Sequence[_Chunk]) -> tuple[int, int] | None:
    """Return the sides; ``None`` unless this is one opaque image as large as its canvas."""
    kinds = [kind for kind, _ in chunks]
    images = [chunk for chunk in chunks if chunk[0] in IMAGES]
    if len(images) != 1 or _UNSUITABLE.intersection(kinds) or any(kinds.count(kind) > 1 for kind in _ONCE):
        return None
    size = _read_plain_size(*images[0])
    canvas = _find_body(chunks, b"VP8X")
    if canvas is None:
        return size if kinds[0] in IMAGES else None
    return size if kinds[0] == b"VP8X" and _is_opaque_canvas(canvas, size) else None


def _is_opaque_canvas(canvas: bytes, size: tuple[int, int] | None) -> bool:
    sides = int.from_bytes(canvas[4:7], "little") + 1, int.from_bytes(canvas[7:10], "little") + 1
    return not canvas[0] & (_ALPHA | _ANIMATION) and sides == size


def _read_plain_size(kind: bytes, body: bytes) -> tuple[int, int] | None:
    """Return the sides; ``None`` for an image with alpha, with scaling, or without its end."""
    sides = read_sides(kind, body)
    if sides is None or sides.has_alpha or has_hole(kind, body, sides):
        return None
    is_scaled = kind == LOSSY and any(value & _SCALE_BITS for value in body[_SCALES])
    return None if is_scaled else (sides.width, sides.height)


def _find_body(chunks: Sequence[_Chunk], kind: bytes) -> bytes | None:
    return next((body for name, body in chunks if name == kind), None)
