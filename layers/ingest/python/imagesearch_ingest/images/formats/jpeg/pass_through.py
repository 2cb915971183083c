"""Strip a JPEG to the segments that make the image, in their order (ITU-T T.81, annex B).

These are tables, frame and scans, JFIF's APP0 without its thumbnail, and Adobe's APP14, which says how the colours are
coded. Other application segments, comments, and everything after the end of the image are removed: a second image, a
video, an archive.
"""

from collections.abc import Iterator
from typing import NamedTuple

from PIL import Image

from imagesearch_ingest.images.formats.format import StrippedImage
from imagesearch_ingest.images.formats.jpeg.rows import PLUGIN, check_rows
from imagesearch_ingest.images.formats.jpeg.scans import are_in_order
from imagesearch_ingest.images.formats.jpeg.segments import (
    END_OF_IMAGE,
    MAX_SEGMENTS,
    START_OF_SCAN,
    check_passes,
    find_end_of_pixel_data,
)
from imagesearch_ingest.images.pillow import open_header

_START, _END = b"\xff\xd8", bytes((0xFF, END_OF_IMAGE))
_PROGRESSIVE = 0xC2
_FRAMES = {0xC0, 0xC1, _PROGRESSIVE}  # baseline, extended and progressive, Huffman-coded: what every decoder reads
_TABLES = {0xC4, 0xDB, 0xDD}  # Huffman codes, quantisation, restart interval
_IMAGE = {*_FRAMES, *_TABLES, START_OF_SCAN}
_APP0, _APP1, _APP2, _APP14, _COMMENT, _FILL = 0xE0, 0xE1, 0xE2, 0xEE, 0xFE, 0xFF
_JFIF_BYTES = 12  # identifier, version, density; then the sides of a thumbnail, and the thumbnail
_YCBCR = 1  # Adobe's transform
_TRANSFORM = 11  # its offset in APP14
_BITS = 8
_USUAL_IDS = b"\1\2\3"
_NO_SEGMENTS = {0x00, 0x01, *range(0xD0, 0xD9)}
_NAMED = (
    (b"Exif\0\0", "EXIF"),
    (b"http://ns.adobe.com/x", "XMP"),
    (b"ICC_PROFILE\0", "ICC profile"),
    (b"Photoshop 3.0\0", "IPTC"),
    (b"MPF\0", "list of further pictures"),
    (b"JFXX\0", "thumbnail"),
)


class _Segment(NamedTuple):
    code: int
    start: int  # of its marker
    body: bytes
    end: int  # of a scan: the end of its pixel data


def strip(data: bytes) -> StrippedImage | None:
    """Return the image without metadata; ``None`` for an image that has to be changed."""
    segments = list(_read_segments(data))
    frames = [segment for segment in segments if segment.code in range(0xC0, 0xD0) and segment.code not in _TABLES]
    end = segments[-1].end
    if len(frames) != 1 or frames[0].code not in _FRAMES or data[end : end + 2] != _END:
        return None
    height, width = (int.from_bytes(frames[0].body[at : at + 2], "big") for at in (1, 3))
    scans = [segment.body for segment in segments if segment.code == START_OF_SCAN]
    check_passes(width, height, len(scans))
    if frames[0].code == _PROGRESSIVE and not are_in_order(scans):
        return None
    adobe = next((segment.body for segment in segments if _is_adobe(segment)), b"")
    if not _is_plain(frames[0].body, adobe):
        return None
    removed = [_name_segment(segment) for segment in segments if not _is_kept(segment)]
    trailing = ["trailing data"] if end + 2 < len(data) else []
    view = memoryview(data)  # so that pieces are copied only once, when they are joined
    bodies = (_remove_thumbnail(segment, view) for segment in segments if _is_kept(segment))
    return StrippedImage(
        data=_START + b"".join(bodies) + _END,
        width=width,
        height=height,
        removed=tuple(dict.fromkeys(removed + trailing)),
        exif=next((s.body[6:] for s in segments if s.code == _APP1 and s.body.startswith(b"Exif\0\0")), None),
        profile=_join_profile(segments),
    )


def is_decodable(stripped: StrippedImage) -> Image.Image:
    """Return the image, decoded at an eighth of its size and without colour.

    This reads all entropy-coded data and fails wherever a full decode fails, at a third of its cost or less.
    """
    image = open_header(stripped.data, PLUGIN)
    image.draft("L", (max(1, stripped.width // 8), max(1, stripped.height // 8)))
    image.load()
    check_rows(image, stripped.data)
    return image


def _read_segments(data: bytes) -> Iterator[_Segment]:
    """Yield the segments of the image. Raise ``IndexError`` or ``ValueError`` if it has no end."""
    at = 2
    for _ in range(MAX_SEGMENTS):
        start = at
        while data[at] == _FILL:
            at += 1
        code = data[at]
        if data[start] != _FILL or code in _NO_SEGMENTS:
            raise ValueError("a marker is missing")
        if code == END_OF_IMAGE:
            return
        body_end = at + 1 + int.from_bytes(data[at + 1 : at + 3], "big")
        end = find_end_of_pixel_data(data, body_end) if code == START_OF_SCAN else body_end
        yield _Segment(code, at - 1, data[at + 3 : body_end], end)
        at = end
    raise ValueError("too many segments")


def _is_plain(frame: bytes, adobe: bytes) -> bool:
    """Return whether the image has 8 bits and is grey or YCbCr.

    For other kinds of three components, decoders guess differently (libjpeg.txt, "Special color spaces").
    """
    bits, components = frame[0], frame[5]
    if bits != _BITS or components not in {1, 3}:
        return False
    return components == 1 or (adobe[_TRANSFORM] == _YCBCR if len(adobe) > _TRANSFORM else frame[6::3] == _USUAL_IDS)


def _is_kept(segment: _Segment) -> bool:
    if segment.code == _APP0:
        return segment.body.startswith(b"JFIF\0") and len(segment.body) >= _JFIF_BYTES
    return segment.code in _IMAGE or _is_adobe(segment)


def _is_adobe(segment: _Segment) -> bool:
    return segment.code == _APP14 and segment.body.startswith(b"Adobe")


def _remove_thumbnail(segment: _Segment, view: memoryview) -> bytes | memoryview:
    if segment.code != _APP0:
        return view[segment.start : segment.end]
    return b"\xff\xe0\x00\x10" + segment.body[:_JFIF_BYTES] + b"\0\0"


def _name_segment(segment: _Segment) -> str:
    if segment.code == _COMMENT:
        return "comment"
    return next((name for magic, name in _NAMED if segment.body.startswith(magic)), "application data")


def _join_profile(segments: list[_Segment]) -> bytes | None:
    """Join the profile's pieces (ICC.1:2022, annex B.4)."""
    pieces = [s.body for s in segments if s.code == _APP2 and s.body.startswith(b"ICC_PROFILE\0")]
    return b"".join(piece[14:] for piece in sorted(pieces, key=lambda piece: piece[12])) if pieces else None
