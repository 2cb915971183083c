"""Decompress the pieces of a TIFF whose compression libvips does not have: LZMA, Zstandard and WebP.

They are handed on as Deflate that stores its input, so that libtiff undoes the differences between samples as usual.
"""

import lzma
import zlib
from collections.abc import Iterator
from io import BytesIO
from itertools import accumulate

from PIL import TiffImagePlugin, WebPImagePlugin

from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.formats.tiff.kind import DEFLATE, LZMA, ZSTD
from imagesearch_ingest.images.formats.tiff.libtiff import silence_libtiff
from imagesearch_ingest.images.formats.tiff.view import Shape, Stored, stack, write_view

_HEADER, _GREY, _BYTE = bytes(8), 1, 8


def repack(stored: Stored, row: int, samples: int) -> Stored:
    """Return the same samples in other bytes. ``row`` is the number of bytes in a row of a strip or tile.

    Raise ``CORRUPT_IMAGE``, or whatever Pillow raises, for broken pieces.
    """
    size = row * stored.pieces.rows
    packed = [zlib.compress(piece, 0) for piece in _decompress(stored, row, samples, size)]
    offsets = tuple(accumulate(map(len, packed[:-1]), initial=len(_HEADER)))
    pieces = stored.pieces._replace(offsets=offsets, counts=tuple(map(len, packed)))
    return stored._replace(data=b"".join((_HEADER, *packed)), pieces=pieces, compression=DEFLATE)


def _decompress(stored: Stored, row: int, samples: int, size: int) -> Iterator[bytes]:
    if stored.compression == ZSTD:
        yield from _decompress_zstandard(stored, row)
        return
    for at, count in zip(stored.pieces.offsets, stored.pieces.counts, strict=True):
        piece = stored.data[at : at + count]
        yield _decompress_lzma(piece, size) if stored.compression == LZMA else _decode_webp(piece, samples, size)


def _decompress_lzma(piece: bytes, size: int) -> bytes:
    try:
        return lzma.LZMADecompressor().decompress(piece, size)
    except (lzma.LZMAError, EOFError) as error:
        raise corrupt("TIFF", "its strips or tiles are broken or cut off") from error


def _decode_webp(piece: bytes, samples: int, size: int) -> bytes:
    image = WebPImagePlugin.WebPImageFile(BytesIO(piece))
    modes = {3: "RGB", 4: "RGBA"}
    if samples not in modes or image.width * image.height * samples > size:
        raise corrupt("TIFF", "its strips or tiles are larger than it announces")
    image.load()
    return image.convert(modes[samples]).tobytes()


def _decompress_zstandard(stored: Stored, row: int) -> Iterator[bytes]:
    """Let Pillow read the pieces as the rows of a grey image, since Python 3.11 has no Zstandard of its own."""
    silence_libtiff()
    pieces, column = stored.pieces, stack(stored.pieces)
    height = pieces.rows * column.down if pieces.are_tiles else stored.page.size[1]
    view = write_view(stored._replace(pieces=column), Shape(row, height, 1, _BYTE, _GREY), is_differing=False)
    image = TiffImagePlugin.TiffImageFile(BytesIO(view))
    image.load()
    rows, size = image.tobytes(), row * pieces.rows
    yield from (rows[at : at + size] for at in range(0, len(rows), size))
