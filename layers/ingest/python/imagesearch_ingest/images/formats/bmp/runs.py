"""Decode run-length encoded BMPs (Windows GDI, "Bitmap Compression"; OS/2 toolkit, for 24 bits).

Runs that reach past the end of their row are cut off there, and pixels that no code sets are transparent, as in
browsers. The work for each run of equal pixels is done in C, since a photograph may consist of millions of them.
"""

import re
import sys
from typing import NamedTuple

from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.formats.bmp.header import Header, Packing
from imagesearch_ingest.images.limits import check_memory
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

_END_OF_ROW, _END_OF_IMAGE, _DELTA = 0, 1, 2  # second byte of an escape code; others count literal pixels
# Bounds the time, which is less than a second: the number of runs, and of escape codes as so many runs.
_MAX_WORK, _WORK_OF_ESCAPE = 16_000_000, 20
_RUNS_AT_ONCE = 4096  # bounds the memory of runs that reach far past their row
_BYTES_WITH_GAPS = 9  # per pixel, as measured
_RUNS_OF_24_BITS = re.compile(rb"(?:[^\0]...)*+", re.DOTALL)


class Pixels(NamedTuple):
    """Decoded pixels, in rows as stored: indexes into the palette, or blue, green and red."""

    samples: bytes
    opacity: bytes | None  # 255 for pixels that are set, 0 for others; None if all are set


class _Expansions(dict[int, bytes]):
    """Map a run, read as one number, to its pixels. Each is expanded only once."""

    def __init__(self, packing: Packing) -> None:
        super().__init__()
        self._packing = packing

    def __missing__(self, run: int) -> bytes:
        if self._packing is Packing.RUNS_24:
            count, *colour = run.to_bytes(4, sys.byteorder)
            return bytes(colour) * count  # not kept: there may be millions of different ones
        count, value = run.to_bytes(2, sys.byteorder)
        pair = bytes((value >> 4, value & 15)) if self._packing is Packing.RUNS_4 else bytes((value, value))
        return self.setdefault(run, (pair * ((count + 1) // 2))[:count])


def decode_runs(data: bytes, header: Header) -> Pixels:
    """Return the pixels. Raise ``CORRUPT_IMAGE`` if codes end before the image does, or leave it."""
    decoder = _Decoder(data, header)
    decoder.run()
    return decoder.finish()


class _Decoder:
    """The state of decoding: the codes, and the place of the next pixel."""

    def __init__(self, data: bytes, header: Header) -> None:
        self._codes, self._packing = memoryview(data)[header.offset :], header.packing
        self._width, self._height = header.width, header.height
        self._unit = 3 if header.packing is Packing.RUNS_24 else 1  # bytes of a pixel
        self._counts = data[header.offset :: 2]  # all codes have even lengths
        self._work = 0
        self._expansions = _Expansions(header.packing)
        self._pieces: list[bytes] = []
        self._gaps: list[tuple[int, int]] = []  # pixels that no code sets
        self._column = self._row = 0  # of the next pixel; the column may be the one behind the row

    def run(self) -> None:
        """Read codes until the image is complete or its end code comes."""
        at = 0
        while True:
            end = self._find_end_of_runs(at)
            self._add_runs(at, end)
            at = end + 2
            escape = self._codes[end:at]
            if len(escape) < 2 or self._is_complete():  # noqa: PLR2004 (bytes of a code)
                return
            self._limit_work(_WORK_OF_ESCAPE)
            if escape[1] == _END_OF_ROW:
                self._skip(0, self._row + 1)
            elif escape[1] == _END_OF_IMAGE:
                self._skip(0, self._height)
            elif escape[1] == _DELTA:
                self._skip_by(self._codes[at : at + 2])
                at += 2
            else:
                at = self._add_literals(at, escape[1])

    def finish(self) -> Pixels:
        """Return the pixels. Raise ``CORRUPT_IMAGE`` if some are missing without an end code."""
        if not self._is_complete():
            raise corrupt("BMP", "its run-length codes end before its last row")
        if not self._gaps:
            return Pixels(b"".join(self._pieces), None)
        check_memory(self._width, self._height, _BYTES_WITH_GAPS * self._width * self._height, "BMP with gaps")
        opacity = bytearray(b"\xff") * (self._width * self._height)
        for start, end in self._gaps:
            opacity[start:end] = bytes(end - start)
        return Pixels(b"".join(self._pieces), bytes(opacity))

    def _limit_work(self, work: int) -> None:
        """Raise ``TOO_MANY_PIXELS`` for more codes than can be decoded in time."""
        self._work += work
        if self._work > _MAX_WORK:
            raise IngestError(
                Reason.TOO_MANY_PIXELS,
                f"the BMP has more run-length codes than are decoded: {_MAX_WORK // 1_000_000} million runs, "
                f"or {_MAX_WORK // _WORK_OF_ESCAPE // 1_000} thousand other codes",
            )

    def _is_complete(self) -> bool:
        return self._row >= self._height or (self._row == self._height - 1 and self._column == self._width)

    def _find_end_of_runs(self, at: int) -> int:
        """Return the offset of the next escape code, or of the end."""
        if self._packing is Packing.RUNS_24:
            runs = _RUNS_OF_24_BITS.match(self._codes, at)
            return runs.end() if runs else at
        escape = self._counts.find(0, at // 2)
        return len(self._codes) // 2 * 2 if escape < 0 else escape * 2

    def _add_runs(self, at: int, end: int) -> None:
        """Add runs of equal pixels as far as the row goes."""
        run_bytes, form = (4, "I") if self._packing is Packing.RUNS_24 else (2, "H")
        runs = self._codes[at:end].cast(form)  # type: ignore[call-overload] # a literal, but not typed so
        for start in range(0, (end - at) // run_bytes, _RUNS_AT_ONCE):
            if self._column == self._width:
                return
            some = runs[start : start + _RUNS_AT_ONCE]
            self._limit_work(len(some))
            self._add(b"".join(map(self._expansions.__getitem__, some)))

    def _add_literals(self, at: int, count: int) -> int:
        """Add pixels that stand for themselves. Return the offset of the next code."""
        if self._packing is Packing.RUNS_4:
            stored = bytes(self._codes[at : at + (count + 1) // 2])
            pixels = bytes(half for value in stored for half in (value >> 4, value & 15))[:count]
        else:
            stored = pixels = bytes(self._codes[at : at + count * self._unit])
        if len(pixels) < count * self._unit:
            return len(self._codes)
        self._add(pixels)
        return at + len(stored) + len(stored) % 2

    def _add(self, pixels: bytes) -> None:
        piece = pixels[: (self._width - self._column) * self._unit]
        self._pieces.append(piece)
        self._column += len(piece) // self._unit

    def _skip_by(self, distance: memoryview) -> None:
        if len(distance) < 2:  # noqa: PLR2004 (columns and rows)
            return
        column, row = self._column + distance[0], self._row + distance[1]
        if column > self._width or row >= self._height:
            raise corrupt("BMP", "its run-length codes lead out of the picture")
        self._skip(column, row)

    def _skip(self, column: int, row: int) -> None:
        start, end = (place[1] * self._width + place[0] for place in ((self._column, self._row), (column, row)))
        if end > start:
            self._gaps.append((start, end))
            self._pieces.append(bytes((end - start) * self._unit))
        self._column, self._row = column, row
