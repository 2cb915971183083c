"""Make a JPEG file of a page that is compressed as old-style JPEG (TIFF 6.0, section 22; TIFF Technical Note 2).

Writers understood the section in different ways. Some store a whole JPEG file, some its header alone, and some only its
tables. The rest is the entropy-coded data of each strip.
"""

import struct

from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.formats.tiff import tags
from imagesearch_ingest.images.formats.tiff.directories import Directory
from imagesearch_ingest.images.formats.tiff.kind import Kind, Space, refuse
from imagesearch_ingest.images.formats.tiff.view import Pieces, find_stored

_SOI, _EOI = b"\xff\xd8", b"\xff\xd9"
_SOF, _DHT, _RST, _SOS, _DQT, _DRI, _APP14 = 0xC0, 0xC4, 0xD0, 0xDA, 0xDB, 0xDD, 0xEE
_ORDER = (_APP14, _DQT, _DHT, _DRI, _SOF, _SOS)
_LENGTHS_BYTES, _QUANTIZATION_BYTES = 16, 64
_COMPONENTS, _COMPONENT_BYTES = 6, 3  # where they begin in a frame header
_BLOCK = 8  # pixels
_LEAST_SCAN = 8  # bytes: less than the smallest scan
_PROCESS, _LOSSLESS = 512, 14
_ADOBE_RGB = b"Adobe\0\x64\0\0\0\0\0"  # no transform of the colours

Segments = dict[int, list[bytes]]  # their bodies, by marker


def build_jpeg(data: bytes, page: Directory, kind: Kind) -> bytes:
    """Return a JPEG file. Raise ``CORRUPT_IMAGE``, and ``UNSUPPORTED_FORMAT`` for rare ways to store one."""
    if page.number(_PROCESS, 1) == _LOSSLESS or kind.has_planes:
        raise refuse("compressed as old-style JPEG without loss or in planes")
    at, length = page.number(tags.OLD_JPEG_STREAM, 0), page.number(tags.OLD_JPEG_STREAM_BYTES, 0)
    stream = data[at : at + length if length else len(data)] if at else b""
    segments, end = _read_segments(stream)
    if end + _LEAST_SCAN < len(stream) and _SOS in segments:
        return _end(stream)
    pieces = find_stored(data, page, 1, lambda *_: 0).pieces
    strips = [data[at : at + count] for at, count in zip(pieces.offsets, pieces.counts, strict=True)]
    if strips[0].startswith(_SOI):
        if len(strips) > 1:
            raise refuse("compressed as old-style JPEG, a file for each strip,")
        return _end(strips[0])
    if strips[0].startswith(bytes((0xFF, _SOS))):
        end = 2 + int.from_bytes(strips[0][2:4], "big")
        segments[_SOS], strips[0] = [strips[0][4:end]], strips[0][end:]
    if _DQT not in segments or _DHT not in segments:
        segments = {**_read_tables(data, page, kind), **{key: segments[key] for key in (_SOS, _SOF) if key in segments}}
    _complete(segments, kind)
    units = _count_units(segments[_SOF][0], pieces) if len(strips) > 1 else page.number(tags.OLD_JPEG_RESTART, 0)
    if units and _DRI not in segments:
        segments[_DRI] = [struct.pack(">H", units)]
    head = b"".join(_segment(marker, body) for marker in _ORDER for body in segments.get(marker, ()))
    return _end(_SOI + head + _join(strips))


def _complete(segments: Segments, kind: Kind) -> None:
    """Add the headers of the frame and of its only scan, if they are missing."""
    if _SOF not in segments:
        segments[_SOF] = _describe_frame(kind, len(segments[_DQT]))
    if _SOS not in segments:
        segments[_SOS] = _describe_scan(segments[_SOF][0], len(segments[_DHT]) // 2)
    if kind.space is Space.RGB:
        segments[_APP14] = [_ADOBE_RGB]


def _end(stream: bytes) -> bytes:
    return stream if _EOI in stream[-16:] else stream + _EOI


def _read_segments(stream: bytes) -> tuple[Segments, int]:
    """Return the segments of a JPEG stream up to the header of its first scan, and where they end."""
    segments: Segments = {}
    at = len(_SOI)
    while stream.startswith(_SOI) and at + 4 <= len(stream) and stream[at] == 0xFF:  # noqa: PLR2004 (a marker)
        marker, end = stream[at + 1], at + 2 + int.from_bytes(stream[at + 2 : at + 4], "big")
        segments.setdefault(marker, []).append(stream[at + 4 : end])
        at = end
        if marker == _SOS:
            break
    return segments, at


def _read_tables(data: bytes, page: Directory, kind: Kind) -> Segments:
    """Return the segments of the tables that the directory points to. Each component has its own."""
    quantization, *codes = (
        page.numbers(tag) for tag in (tags.OLD_JPEG_QUANTIZATION, tags.OLD_JPEG_DC, tags.OLD_JPEG_AC)
    )
    if min(map(len, (quantization, *codes))) < kind.space.samples:
        raise corrupt("TIFF", "the tables of its old-style JPEG are missing")
    segments: Segments = {_DQT: [], _DHT: []}
    for component in range(kind.space.samples):
        table = data[quantization[component] :][:_QUANTIZATION_BYTES]
        segments[_DQT].append(bytes((component,)) + table)
        for kind_of_table, places in enumerate(codes):
            lengths = data[places[component] :][:_LENGTHS_BYTES]
            values = data[places[component] + _LENGTHS_BYTES :][: sum(lengths)]
            segments[_DHT].append(bytes((kind_of_table << 4 | component,)) + lengths + values)
    return segments


def _describe_frame(kind: Kind, tables: int) -> list[bytes]:
    across, down = kind.subsampling
    frame = struct.pack(">BHHB", 8, kind.height, kind.width, kind.space.samples)
    for number in range(kind.space.samples):
        sampling = (across << 4 | down) if number == 0 else 0x11
        frame += bytes((number + 1, sampling, min(number, tables - 1)))
    return [frame]


def _describe_scan(frame: bytes, tables: int) -> list[bytes]:
    """Return the header of one scan of all components. The frame says how they are numbered."""
    numbers = [(name, min(at, tables - 1)) for at, name in enumerate(frame[_COMPONENTS::_COMPONENT_BYTES])]
    components = b"".join(bytes((name, table << 4 | table)) for name, table in numbers)
    return [bytes((len(numbers),)) + components + b"\0\x3f\0"]


def _count_units(frame: bytes, pieces: Pieces) -> int:
    """Return how many coded units a strip holds."""
    samplings = frame[_COMPONENTS + 1 :: _COMPONENT_BYTES]
    across, down = (max(samplings) >> 4, max(sampling & 15 for sampling in samplings)) if len(samplings) > 1 else (1, 1)
    return -(-pieces.width // (_BLOCK * across)) * -(-pieces.rows // (_BLOCK * down))


def _segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def _join(strips: list[bytes]) -> bytes:
    """Join the strips with the restart markers that stand between them. Some writers store them with the strips."""
    parts = []
    for number, strip in enumerate(strips, 1):
        marker = bytes((0xFF, _RST + (number - 1) % 8))
        parts.append(strip if strip.endswith(marker) or number == len(strips) else strip + marker)
    return b"".join(parts)
