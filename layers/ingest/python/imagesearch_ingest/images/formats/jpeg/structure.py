"""Walk along a JPEG's markers once, and say what is where (ITU-T T.81, annex B).

Everything that reads a JPEG uses this walk: the pass-through, the decoding, and the checks. It steps over bytes between
two segments as libjpeg does, over a picture inside another one's metadata, and it stops at a second picture.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from imagesearch_ingest.images.faults import corrupt

MAX_SCANS = 100  # the longest progressive scripts of known encoders have a few dozen
MAX_SEGMENTS = 10_000  # the largest allowed file, in the longest segments, has a thousand
START_OF_IMAGE, END_OF_IMAGE, START_OF_SCAN, NUMBER_OF_LINES = 0xD8, 0xD9, 0xDA, 0xDC
_MAX_MARKERS = 100_000  # bound the time of a walk, which is done more than once
_MAX_TABLE_BYTES = 200_000  # a hundred scans, each with all of its tables, have fewer
HUFFMAN_TABLES, ARITHMETIC_TABLES, QUANTISATION, RESTART_INTERVAL = 0xC4, 0xCC, 0xDB, 0xDD
JPEG_LS = 0xF7
_HIERARCHICAL = 0xDE
_TABLES_AMONG_FRAMES = {HUFFMAN_TABLES, ARITHMETIC_TABLES}
_RESTARTS = range(0xD0, 0xD8)
# Inside pixel data 0xFF00 is a stuffed byte, 0xFFD0 to 0xFFD7 are restarts, and lower codes are damage. Each search
# for a regular expression that begins with one fixed byte runs at the speed of memory.
_END_OF_PIXEL_DATA = re.compile(rb"\xff[\xc0-\xcf\xd8-\xfe]")
_MARKER = re.compile(rb"\xff[\xc0-\xfe]")


class Segment(NamedTuple):
    """A segment, by its offsets in the file."""

    code: int
    start: int  # of its marker
    body: int  # behind marker and length
    end: int  # of a scan: of its header


class Component(NamedTuple):
    """A component of the image: its number, its sampling factors, and its quantisation table."""

    number: int
    across: int
    down: int
    quantisation: int


class Frame(NamedTuple):
    """The frame header. Sides in pixels."""

    segment: Segment
    bits: int
    height: int
    width: int
    components: tuple[Component, ...]

    @property
    def is_progressive(self) -> bool:
        """Return whether each scan refines the image. The arithmetic kind counts, too."""
        return self.segment.code in {0xC2, 0xCA}

    @property
    def is_arithmetic(self) -> bool:
        """Return whether the pixel data is coded arithmetically instead of by Huffman's method."""
        return self.segment.code in range(0xC9, 0xD0)


class Scan(NamedTuple):
    """A scan: its header, and where its pixel data ends. The data begins where the header ends."""

    segment: Segment
    components: bytes
    tables: bytes  # for each component, the numbers of its two Huffman tables
    first: int  # coefficient
    last: int
    before: int  # bits left to come before and after this scan
    after: int
    end: int

    @property
    def start(self) -> int:
        """Return the offset of the pixel data."""
        return self.segment.end


class Structure(NamedTuple):
    """A file's first image."""

    data: bytes
    segments: tuple[Segment, ...]  # without the scans' data
    frame: Frame
    scans: tuple[Scan, ...]
    end: int | None  # offset of the end marker

    def get_body(self, segment: Segment) -> bytes:
        """Return the content of a segment."""
        return self.data[segment.body : segment.end]

    def find_bodies(self, code: int, magic: bytes) -> Iterator[bytes]:
        """Yield the contents of the segments with this code that begin with ``magic``."""
        for segment in self.segments:
            if segment.code == code and self.data.startswith(magic, segment.body, segment.end):
                yield self.get_body(segment)

    @property
    def decodes_at_once(self) -> bool:
        """Return whether libjpeg decodes row by row: the image is sequential, in a single scan."""
        return not self.frame.is_progressive and len(self.scans) == 1


def _check_work(what: str, count: int, most: int) -> None:
    """Raise ``CORRUPT_IMAGE`` for more of something than any encoder writes: an attack."""
    if count > most:
        raise corrupt("JPEG", f"it has more than {most} {what}, more than any encoder writes")


def read_structure(data: bytes) -> Structure:
    """Return the structure of the first image. Raise ``CORRUPT_IMAGE`` if it has no image, or is an attack."""
    segments: list[Segment] = []
    scans: list[Scan] = []
    frames: list[Segment] = []
    end = None
    at, turns = 2, 0
    while found := _MARKER.search(data, at):
        turns += 1
        _check_work("markers", turns, _MAX_MARKERS)
        segment = _measure(data, found)
        if segment.code == END_OF_IMAGE:
            end = segment.start
            break
        if segment.code == START_OF_IMAGE:
            if scans:
                break  # another image, behind one without an end marker
            at = _skip_image(data, segment.end)
            continue
        at = segment.end
        if segment.code in _RESTARTS:
            continue
        if is_frame(segment.code):
            if scans:
                break
            frames.append(segment)
        if segment.code == START_OF_SCAN:
            scan = _read_scan(data, segment)
            if scan is None:
                continue
            scans.append(scan)
            at = scan.end
        segments.append(segment)
        _check_counts(len(segments), len(scans))
    tables = sum(one.end - one.body for one in segments if one.code == HUFFMAN_TABLES)
    _check_work("bytes of Huffman tables", tables, _MAX_TABLE_BYTES)
    return Structure(data, tuple(segments), _read_frame(data, frames), tuple(scans), end)


def is_frame(code: int) -> bool:
    """Return whether the code is that of a frame header, of any kind of JPEG."""
    is_usual = code in range(0xC0, 0xD0) and code not in _TABLES_AMONG_FRAMES
    return is_usual or code in {JPEG_LS, _HIERARCHICAL}


def _measure(data: bytes, found: re.Match[bytes]) -> Segment:
    """Return the segment of a marker. A length below 2 counts as 2, as in libjpeg."""
    start, body = found.start(), found.end()
    code = data[start + 1]
    if code in _RESTARTS or code in {START_OF_IMAGE, END_OF_IMAGE}:
        return Segment(code, start, body, body)
    length = max(2, int.from_bytes(data[body : body + 2], "big"))
    return Segment(code, start, body + 2, min(len(data), body + length))


def _skip_image(data: bytes, at: int) -> int:
    """Return the offset behind an image inside the metadata, such as a thumbnail whose segment has a wrong length."""
    for _ in range(MAX_SEGMENTS):
        found = _MARKER.search(data, at)
        if found is None:
            return len(data)
        segment = _measure(data, found)
        at = segment.end
        if segment.code == END_OF_IMAGE:
            return at
    return len(data)


def _read_frame(data: bytes, frames: list[Segment]) -> Frame:
    if not frames:
        raise corrupt("JPEG", "its frame header is missing")
    segment = frames[0]
    body = data[segment.body : segment.end]
    count = body[5] if len(body) > 5 else 0  # noqa: PLR2004 (T.81, B.2.2: bits, height, width, number of components)
    parts = [body[at : at + 3] for at in range(6, 6 + 3 * count, 3)]
    if not parts or len(parts[-1]) < 3:  # noqa: PLR2004 (number, sampling factors, table)
        raise corrupt("JPEG", "its frame header is cut short")
    height, width = (int.from_bytes(body[at : at + 2], "big") for at in (1, 3))
    components = tuple(Component(part[0], part[1] >> 4, part[1] & 15, part[2]) for part in parts)
    return Frame(segment, body[0], height, width, components)


def _read_scan(data: bytes, segment: Segment) -> Scan | None:
    """Return the scan; ``None`` if its header is cut short."""
    body = data[segment.body : segment.end]
    count = body[0] if body else 0
    rest = body[1 + 2 * count : 4 + 2 * count]
    if len(rest) < 3:  # noqa: PLR2004 (T.81, B.2.3: first and last coefficient, approximation)
        return None
    found = _END_OF_PIXEL_DATA.search(data, segment.end)
    end = found.start() if found else len(data)
    pairs = body[1 : 1 + 2 * count]
    return Scan(segment, pairs[::2], pairs[1::2], rest[0], rest[1], rest[2] >> 4, rest[2] & 15, end)


def _check_counts(segments: int, scans: int) -> None:
    if scans > MAX_SCANS:
        raise corrupt("JPEG", f"it has more than {MAX_SCANS} scans, more than any encoder writes")
    if segments > MAX_SEGMENTS:
        raise corrupt("JPEG", f"it has more than {MAX_SEGMENTS} segments, more than any encoder writes")
