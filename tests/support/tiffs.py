"""Write TIFFs of every kind: byte orders, BigTIFF, planes, tiles, any bits, and directories below pages.

Tags and layouts: TIFF 6.0; BigTIFF as libtiff reads it. Samples are rows x columns x bands.
"""

import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

RAW, LZW, DEFLATE, PACKBITS = 1, 5, 8, 32773
WHITE_IS_ZERO, GREY, RGB, PALETTE, CMYK, YCBCR, CIE_LAB, ICC_LAB = 0, 1, 2, 3, 5, 6, 8, 9
UNSPECIFIED, ASSOCIATED, PLAIN = 0, 1, 2
UNSIGNED, SIGNED, FRACTION = 1, 2, 3
_SHORT, _LONG, _RATIONAL, _UNDEFINED, _LONG8 = 3, 4, 5, 7, 16
_SUB_DIRECTORIES = 330
_LETTERS = {"u": UNSIGNED, "i": SIGNED, "f": FRACTION}


@dataclass
class TiffPage:
    """A page: its samples, and how they are stored."""

    samples: np.ndarray
    photometric: int
    bits: int = 0  # 0: those of the array
    extra: Sequence[int] = ()  # what each sample behind the colours is
    compression: int = RAW
    planes: bool = False
    tile: tuple[int, int] | None = None  # pixels across and down
    rows: int = 0  # of a strip; 0: one strip
    tags: Mapping[int, Any] = field(default_factory=dict)  # replace the others; None removes one
    pieces: Sequence[bytes] = ()  # replace the samples
    below: Sequence["TiffPage"] = ()


def write_tiff(*pages: TiffPage, order: str = "<", big: bool = False) -> bytes:
    """Return a file. ``order`` is ``<`` or ``>``."""
    writer = _Writer(order, big)
    for page in pages:
        writer.add_page(page)
    return writer.finish()


class _Writer:
    def __init__(self, order: str, big: bool) -> None:  # noqa: FBT001
        self._order, self._big = order, big
        self._body = bytearray(16 if big else 8)
        self._first = 0
        self._link: int | None = None  # where the offset of the next directory belongs

    def add_page(self, page: TiffPage) -> None:
        below = [self._add_directory(sub, [])[0] for sub in page.below]
        at, link = self._add_directory(page, below)
        if self._link is None:
            self._first = at
        else:
            struct.pack_into(self._word(), self._body, self._link, at)
        self._link = link

    def finish(self) -> bytes:
        mark = b"II" if self._order == "<" else b"MM"
        if self._big:
            head = mark + struct.pack(self._order + "HHHQ", 43, 8, 0, self._first)
        else:
            head = mark + struct.pack(self._order + "HI", 42, self._first)
        return head + bytes(self._body[len(head) :])

    def _word(self) -> str:
        return self._order + ("Q" if self._big else "I")

    def _put(self, data: bytes) -> int:
        self._body += bytes(len(self._body) % 2)
        at = len(self._body)
        self._body += data
        return at

    def _add_directory(self, page: TiffPage, below: list[int]) -> tuple[int, int]:
        packed = list(page.pieces) or pack(page, self._order)
        offsets = [self._put(piece) for piece in packed]
        tags = _describe(page, offsets, [len(piece) for piece in packed])
        if below:
            tags[_SUB_DIRECTORIES] = below
        tags = {tag: value for tag, value in {**tags, **page.tags}.items() if value is not None}
        entries = b"".join(self._entry(tag, value) for tag, value in sorted(tags.items()))
        count = struct.pack(self._order + ("Q" if self._big else "H"), len(tags))
        at = self._put(count + entries + bytes(8 if self._big else 4))
        return at, at + len(count) + len(entries)

    def _entry(self, tag: int, value: Any) -> bytes:
        kind, count, data = self._pack(value)
        room = 8 if self._big else 4
        fits = data.ljust(room, b"\0") if len(data) <= room else struct.pack(self._word(), self._put(data))
        return struct.pack(self._order + ("HHQ" if self._big else "HHI"), tag, kind, count) + fits

    def _pack(self, value: Any) -> tuple[int, int, bytes]:
        if isinstance(value, bytes):
            return _UNDEFINED, len(value), value
        values = list(value) if isinstance(value, list | tuple) else [value]
        if any(isinstance(one, float) for one in values):
            pairs = [part for one in values for part in (round(one * 10000), 10000)]
            return _RATIONAL, len(values), struct.pack(f"{self._order}{len(pairs)}I", *pairs)
        kind, letter = (_SHORT, "H") if max(values) < 65536 else (_LONG, "I")
        return kind, len(values), struct.pack(f"{self._order}{len(values)}{letter}", *values)


def _describe(page: TiffPage, offsets: list[int], counts: list[int]) -> dict[int, Any]:
    height, width, bands = page.samples.shape
    tags = {
        256: width,
        257: height,
        258: [page.bits or 8 * page.samples.dtype.itemsize] * bands,
        259: page.compression,
        262: page.photometric,
        277: bands,
        284: 2 if page.planes else None,
        338: list(page.extra) or None,
        339: [_LETTERS[page.samples.dtype.kind]] * bands,
    }
    if page.tile:
        return {**tags, 322: page.tile[0], 323: page.tile[1], 324: offsets, 325: counts}
    return {**tags, 273: offsets, 278: page.rows or height, 279: counts}


def pack(page: TiffPage, order: str = "<") -> list[bytes]:
    """Return the strips or tiles, compressed."""
    return [_compress(piece, page.compression) for piece in _cut(page, order)]


def _cut(page: TiffPage, order: str) -> list[bytes]:
    height, width, bands = page.samples.shape
    planes = [page.samples[:, :, band : band + 1] for band in range(bands)] if page.planes else [page.samples]
    if not page.tile:
        rows = page.rows or height
        return [
            _pack_rows(plane[top : top + rows], page.bits, order) for plane in planes for top in range(0, height, rows)
        ]
    across, down = page.tile
    right, bottom = -width % across, -height % down
    padded = [np.pad(plane, ((0, bottom), (0, right), (0, 0)), mode="edge") for plane in planes]
    return [
        _pack_rows(plane[top : top + down, left : left + across], page.bits, order)
        for plane in padded
        for top in range(0, height, down)
        for left in range(0, width, across)
    ]


def _pack_rows(samples: np.ndarray, bits: int, order: str) -> bytes:
    """Pack rows of samples; each row begins with a whole byte."""
    if not bits or bits == 8 * samples.dtype.itemsize:
        return samples.astype(samples.dtype.newbyteorder(order)).tobytes()
    flat = samples.reshape(samples.shape[0], -1).astype(np.uint32)
    places = np.arange(bits - 1, -1, -1, dtype=np.uint32)
    each = (flat[:, :, None] >> places) & 1
    return np.packbits(each.reshape(samples.shape[0], -1).astype(np.uint8), axis=1).tobytes()


def _compress(piece: bytes, compression: int) -> bytes:
    if compression == LZW:
        return write_lzw(piece)
    if compression == PACKBITS:
        runs = [piece[at : at + 128] for at in range(0, len(piece), 128)]
        return b"".join(bytes((len(run) - 1,)) + run for run in runs)
    return zlib.compress(piece) if compression == DEFLATE else piece


def write_lzw(piece: bytes) -> bytes:
    """Write codes of 9 bits alone, and clear the table before it needs more."""
    clear, end = 256, 257
    codes: list[int] = []
    for at in range(0, len(piece), 250):
        codes += [clear, *piece[at : at + 250]]
    each = (np.array([*codes, end])[:, None] >> np.arange(8, -1, -1)) & 1
    return np.packbits(each.astype(np.uint8).ravel()).tobytes()
