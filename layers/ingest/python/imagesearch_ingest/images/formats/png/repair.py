"""Rebuild damaged PNGs whose pixels are proven to be whole.

A file has two checksums of its pixels: the CRC of each IDAT chunk, and Adler-32 at the end of the compressed stream.
One of the two proves the pixels, if every row is there. A checksum that is cut off with the end of the file proves
nothing and disproves nothing. Rules: PNG specification, third edition (W3C), sections 5.3 and 10; RFC 1950 and 1951.
"""

import struct
import zlib
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import NamedTuple

from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.formats.png.chunks import (
    PALETTE,
    SIGNATURE,
    check_header,
    check_kind,
    check_palette,
    is_usable,
    pack_chunk,
)
from imagesearch_ingest.images.formats.png.rows import Pass, are_filters_legal, read_passes
from imagesearch_ingest.images.limits import check_parts, check_pixels
from imagesearch_ingest.images.policy import Policy
from imagesearch_ingest.model.errors import IngestError

_ZLIB_HEADER = b"\x78\x01"  # a window of 32 kB, which suits any stream (RFC 1950, section 2.2)
_RAW = -15  # zlib's argument: deflate without header and checksum
_WRITTEN_AT_ONCE, _READ_AT_ONCE = 1 << 20, 1 << 16  # bytes
_MAX_EXCESS = 1 << 20  # bytes behind the last row that are read in search of the checksum
_FASTEST = 1  # zlib's level


class _Sum(Enum):
    """What a checksum says about its data."""

    RIGHT = "right"
    WRONG = "wrong"
    MISSING = "missing"  # the file ends before or inside it


class _Chunk(NamedTuple):
    kind: bytes
    body: memoryview
    sum: _Sum


class _Stream(NamedTuple):
    """A compressed stream that holds every row."""

    packed: bytes  # deflate data of exactly the rows
    adler: int  # of the rows
    sum: _Sum
    is_exact: bool  # whether the stream ends with the last row


def rebuild(data: bytes, policy: Policy) -> bytes:
    """Return a well-formed PNG with the same pixels, palette, transparency, profile and EXIF block.

    Raise ``CORRUPT_IMAGE`` if the pixels are not proven to be whole, or their header or palette is damaged;
    ``UNSUPPORTED_FORMAT`` for kinds of PNG that are not read; ``TOO_MANY_PIXELS`` before anything is inflated.
    """
    chunks = list(_read_chunks(data))
    header = _find(chunks, b"IHDR")
    if header is None:
        raise corrupt("PNG", "its header is missing")
    body = bytes(header.body)
    _check_header(header, body, policy)
    palette = _choose_palette(chunks, body[9])
    pixels = [chunk for chunk in chunks if chunk.kind == b"IDAT"]
    stream = _inflate(b"".join(chunk.body for chunk in pixels), list(read_passes(body)))
    _check_proof(header, pixels, stream)
    kept = (
        _find_intact(chunks, b"acTL"),
        _find_intact(chunks, b"iCCP"),
        palette,
        _find_transparency(chunks, palette, body[9]),
        _find_intact(chunks, b"eXIf"),
    )
    packed = _ZLIB_HEADER + stream.packed + stream.adler.to_bytes(4, "big")
    others = b"".join(pack_chunk(chunk.kind, chunk.body) for chunk in kept if chunk)
    return b"".join(
        (SIGNATURE, pack_chunk(b"IHDR", body), others, pack_chunk(b"IDAT", packed), pack_chunk(b"IEND", b""))
    )


def _read_chunks(data: bytes) -> Iterator[_Chunk]:
    """Yield the chunks, as far as the file goes and as far as they are chunks."""
    view = memoryview(data)
    start, count, has_pixels = len(SIGNATURE), 0, False
    while start + 8 <= len(data):
        count += 1
        check_parts(count, "PNG")
        length, kind = int.from_bytes(data[start : start + 4], "big"), data[start + 4 : start + 8]
        if not (kind.isascii() and kind.isalpha()) and has_pixels:
            return
        body, stored = view[start + 8 : start + 8 + length], data[start + 8 + length : start + 12 + length]
        if len(stored) < 4:  # noqa: PLR2004 (bytes of a checksum)
            found = _Sum.MISSING
        else:
            is_right = zlib.crc32(body, zlib.crc32(kind)) == int.from_bytes(stored, "big")
            found = _Sum.RIGHT if is_right else _Sum.WRONG
        check_kind(kind, intact=found is _Sum.RIGHT, has_pixels=has_pixels)
        yield _Chunk(kind, body, found)
        if kind == b"IEND":
            return
        has_pixels = has_pixels or kind == b"IDAT"
        start += 12 + length


def _find(chunks: Sequence[_Chunk], kind: bytes) -> _Chunk | None:
    return next((chunk for chunk in chunks if chunk.kind == kind), None)


def _find_intact(chunks: Sequence[_Chunk], kind: bytes) -> _Chunk | None:
    return next((chunk for chunk in chunks if chunk.kind == kind and chunk.sum is _Sum.RIGHT), None)


def _check_header(header: _Chunk, body: bytes, policy: Policy) -> None:
    """Raise the fault of the header's numbers, or ``CORRUPT_IMAGE`` if they are damaged themselves."""
    try:
        check_header(body)
        width, height = struct.unpack_from(">II", body)
        check_pixels(width, height, policy)
    except IngestError as error:
        if header.sum is _Sum.RIGHT:
            raise
        raise corrupt("PNG", "the checksum of its IHDR chunk is wrong") from error


def _choose_palette(chunks: Sequence[_Chunk], colour_type: int) -> _Chunk | None:
    """Return the palette of an image of indexes. Nothing but its checksum proves it."""
    if colour_type != PALETTE:
        return None
    palette = _find_intact(chunks, b"PLTE")
    if palette is None and _find(chunks, b"PLTE"):
        raise corrupt("PNG", "the checksum of its PLTE chunk is wrong")
    check_palette(colour_type, len(palette.body) if palette else None)
    return palette


def _find_transparency(chunks: Sequence[_Chunk], palette: _Chunk | None, colour_type: int) -> _Chunk | None:
    """Return the tRNS chunk that decoders use: between palette and pixels (section 5.6), and of the right length."""
    kinds = [chunk.kind for chunk in chunks]
    begin = chunks.index(palette) if palette else 0
    clear = _find_intact(chunks[begin : kinds.index(b"IDAT")], b"tRNS") if b"IDAT" in kinds else None
    return clear if clear and is_usable(len(clear.body), len(palette.body) if palette else 0, colour_type) else None


def _inflate(stream: bytes, passes: list[Pass]) -> _Stream:
    """Return the stream if it holds every row, else raise ``CORRUPT_IMAGE``.

    The two bytes of zlib's header are not needed: nothing in them changes how a stream is read.
    """
    needed = passes[-1].end
    inflater = zlib.decompressobj(wbits=_RAW)
    total, whole_adler, adler = 0, 1, 1
    for piece in _inflate_pieces(inflater, stream):
        rows = piece[: max(0, needed - total)]
        if not are_filters_legal(rows, total, passes):
            raise corrupt("PNG", "its pixel data is damaged")
        whole_adler, adler = zlib.adler32(piece, whole_adler), zlib.adler32(rows, adler)
        total += len(piece)
        if total > needed + _MAX_EXCESS:
            break
    if total < needed:
        raise corrupt("PNG", "its last rows are missing")
    is_exact = inflater.eof and total == needed
    end = len(stream) - len(inflater.unused_data)
    packed = stream[len(_ZLIB_HEADER) : end] if is_exact else _deflate_rows(stream, needed)
    return _Stream(packed, adler, _compare(inflater, whole_adler), is_exact)


def _inflate_pieces(inflater: "zlib._Decompress", stream: bytes) -> Iterator[bytes]:
    """Yield the inflated data. Raise ``CORRUPT_IMAGE`` for a stream that breaks off with an error.

    Afterwards, ``unused_data`` is what follows the end of the stream. ``unconsumed_tail`` repeats it: never feed that.
    """
    view = memoryview(stream)
    try:
        for at in range(len(_ZLIB_HEADER), len(stream), _READ_AT_ONCE):
            rest: bytes | memoryview = view[at : at + _READ_AT_ONCE]
            while True:
                piece = inflater.decompress(rest, _WRITTEN_AT_ONCE)
                yield piece
                if inflater.eof:
                    inflater.decompress(view[at + _READ_AT_ONCE :])
                    return
                rest = inflater.unconsumed_tail
                if not rest and len(piece) < _WRITTEN_AT_ONCE:
                    break
    except zlib.error as error:
        raise corrupt("PNG", "its pixel data is damaged") from error


def _compare(inflater: "zlib._Decompress", adler: int) -> _Sum:
    stored = inflater.unused_data[:4]
    if not inflater.eof or len(stored) < 4:  # noqa: PLR2004 (bytes of a checksum)
        return _Sum.MISSING
    return _Sum.RIGHT if adler == int.from_bytes(stored, "big") else _Sum.WRONG


def _deflate_rows(stream: bytes, needed: int) -> bytes:
    """Return a stream of the rows alone, for one that has no end, or more than the rows."""
    packer = zlib.compressobj(_FASTEST, wbits=_RAW)
    packed = []
    for piece in _inflate_pieces(zlib.decompressobj(wbits=_RAW), stream):
        packed.append(packer.compress(piece[:needed]))
        needed -= min(needed, len(piece))
        if not needed:
            break
    return b"".join(packed) + packer.flush()


def _check_proof(header: _Chunk, pixels: Sequence[_Chunk], stream: _Stream) -> None:
    """Raise ``CORRUPT_IMAGE`` unless a checksum proves the pixels, or both are cut off and none is wrong.

    A damaged header hardly ever fits a stream that ends with the last row and has a known filter in each row.
    """
    sums = {chunk.sum for chunk in pixels}
    is_proven = _Sum.WRONG not in sums if stream.sum is _Sum.MISSING else sums == {_Sum.RIGHT}
    if not is_proven and stream.sum is not _Sum.RIGHT:
        raise corrupt("PNG", "the checksum of its IDAT chunk is wrong")
    if header.sum is not _Sum.RIGHT and not stream.is_exact:
        raise corrupt("PNG", "the checksum of its IHDR chunk is wrong")
