"""Decompress the pieces of a TIFF whose compression libvips does not have: LZMA, Zstandard and WebP.

They are handed on as Deflate that stores its input, so that libtiff undoes the differences between samples as usual.
"""

import lzma
import zlib
from collections.abc import Iterator
from io import BytesIO

from PIL import TiffImagePlugin, WebPImagePlugin

from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.formats.tiff.kind import DEFLATE, LZMA, ZSTD
from imagesearch_ingest.images.formats.tiff.libtiff import silence_libtiff
from imagesearch_ingest.images.formats.tiff.view import Pieces, Shape, Stored, write_view

_HEADER, _GREY, _BYTE = bytes(8), 1, 8
_BYTES_AT_ONCE = 16_000_000


def repack(stored: Stored, row: int, samples: int) -> Stored:
    """Return the same samples in other bytes. ``row`` is the number of bytes in a row of a strip or tile.

    Raise ``CORRUPT_IMAGE``, or whatever Pillow raises, for broken pieces.
    """
    data, offsets, counts = bytearray(_HEADER), [], []
    for piece in _decompress(stored, row, samples, row * stored.pieces.rows):
        packed = zlib.compress(piece, 0)
        offsets.append(len(data))
        counts.append(len(packed))
        data += packed
    pieces = stored.pieces._replace(offsets=offsets, counts=counts)
    return stored._replace(data=data, pieces=pieces, compression=DEFLATE)


def _decompress(stored: Stored, row: int, samples: int, size: int) -> Iterator[bytes]:
    if stored.compression == ZSTD:
        yield from _decompress_zstandard(stored, row)
        return
    for at, count in zip(stored.pieces.offsets, stored.pieces.counts, strict=True):
        piece = bytes(stored.data[at : at + count])
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
    """Let Pillow read some pieces at a time as a grey image, since Python 3.11 has no Zstandard of its own."""
    silence_libtiff()
    pieces = stored.pieces
    for first, behind, rows in _group(pieces, stored.page.size[1], max(1, _BYTES_AT_ONCE // (row * pieces.rows))):
        here = slice(first, behind)
        some = pieces._replace(
            offsets=pieces.offsets[here],
            counts=pieces.counts[here],
            rows=rows,
            across=1,
            down=behind - first,
            are_tiles=False,
        )
        shape = Shape(row, rows * some.down, 1, _BYTE, _GREY)
        view = write_view(stored._replace(pieces=some), shape, is_differing=False)
        image = TiffImagePlugin.TiffImageFile(BytesIO(view))
        image.load()
        bytes_of_rows, size = image.tobytes(), row * rows
        yield from (bytes_of_rows[at : at + size] for at in range(0, len(bytes_of_rows), size))


def _group(pieces: Pieces, height: int, most: int) -> Iterator[tuple[int, int, int]]:
    """Yield the first piece of a group, the one behind its last, and their rows. The last strip may be short."""
    rows = [pieces.rows] * len(pieces.offsets)
    if not pieces.are_tiles:
        last = height - pieces.rows * (pieces.down - 1)
        rows[pieces.down - 1 :: pieces.down] = [last] * (len(rows) // pieces.down)
    first = 0
    for number in range(1, len(rows) + 1):
        if number == len(rows) or number - first == most or rows[number] != rows[first]:
            yield first, number, rows[first]
            first = number
