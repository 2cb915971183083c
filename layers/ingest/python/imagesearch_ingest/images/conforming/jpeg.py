"""JPEG: the segments that make the picture, in their order (ITU-T T.81, annex B).

Kept are tables, frame and scans, JFIF's APP0 without its thumbnail, and Adobe's APP14, which says how the colours are
coded. Applications' other segments, comments, and whatever follows the end of the picture are cut: a second picture, a
video, an archive.
"""

from collections.abc import Iterator
from typing import NamedTuple

from imagesearch_ingest.images.conforming.bare import Bare
from imagesearch_ingest.images.conforming.jpeg_scans import are_in_order
from imagesearch_ingest.images.reading import jpeg
from imagesearch_ingest.images.reading.pillow import open_header

_START_OF_SCAN, _START_OF_IMAGE, _END_OF_IMAGE = 0xDA, b"\xff\xd8", b"\xff\xd9"
_PROGRESSIVE = 0xC2
_FRAMES = {0xC0, 0xC1, _PROGRESSIVE}  # baseline, extended and progressive, Huffman-coded: what every decoder reads
_TABLES = {0xC4, 0xDB, 0xDD}  # Huffman codes, quantisation, restart interval
_PICTURE = {*_FRAMES, *_TABLES, _START_OF_SCAN}
_APP0, _APP1, _APP2, _APP14, _COMMENT, _FILL = 0xE0, 0xE1, 0xE2, 0xEE, 0xFE, 0xFF
_JFIF_BYTES = 12  # identifier, version, density; then the sides of a thumbnail, and the thumbnail
_YCBCR = 1  # Adobe's transform
_TRANSFORM = 11  # where it stands in APP14
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
    end: int  # for a scan, that of its pixel data


def parse(data: bytes) -> Bare | None:
    segments = list(_segments(data))
    frames = [segment for segment in segments if segment.code in range(0xC0, 0xD0) and segment.code not in _TABLES]
    end = segments[-1].end
    if len(frames) != 1 or frames[0].code not in _FRAMES or data[end : end + 2] != _END_OF_IMAGE:
        return None
    height, width = (int.from_bytes(frames[0].body[at : at + 2], "big") for at in (1, 3))
    scans = [segment.body for segment in segments if segment.code == _START_OF_SCAN]
    jpeg.check_passes(width, height, len(scans))
    if frames[0].code == _PROGRESSIVE and not are_in_order(scans):
        return None
    adobe = next((segment.body for segment in segments if _is_adobe(segment)), b"")
    if not _is_plain(frames[0].body, adobe):
        return None
    cut = [_name(segment) for segment in segments if not _kept(segment)]
    trailing = ["trailing data"] if end + 2 < len(data) else []
    view = memoryview(data)  # whose pieces are not copied before they are joined
    bodies = (_without_thumbnail(segment, view) for segment in segments if _kept(segment))
    return Bare(
        data=_START_OF_IMAGE + b"".join(bodies) + _END_OF_IMAGE,
        width=width,
        height=height,
        removed=tuple(dict.fromkeys(cut + trailing)),
        exif=next((s.body[6:] for s in segments if s.code == _APP1 and s.body.startswith(b"Exif\0\0")), None),
        profile=_profile(segments),
    )


def decodes(bare: Bare) -> bool:
    """Decoded at an eighth of its size and without colour: that reads the whole of the entropy-coded data, and fails
    wherever a full decode fails, at a third of its cost or less.
    """
    image = open_header(bare.data, "JPEG")
    image.draft("L", (max(1, bare.width // 8), max(1, bare.height // 8)))
    image.load()
    jpeg.check_rows(image, bare.data)
    return True


def _segments(data: bytes) -> Iterator[_Segment]:
    """Those between start and end of the image. Raises ``IndexError`` or ``ValueError`` when there is no end."""
    at = 2
    for _ in range(jpeg.MAX_SEGMENTS):
        start = at
        while data[at] == _FILL:
            at += 1
        code = data[at]
        if data[start] != _FILL or code in _NO_SEGMENTS:
            raise ValueError("no marker")
        if code == _END_OF_IMAGE[1]:
            return
        body_end = at + 1 + int.from_bytes(data[at + 1 : at + 3], "big")
        end = jpeg.end_of_pixel_data(data, body_end) if code == _START_OF_SCAN else body_end
        yield _Segment(code, at - 1, data[at + 3 : body_end], end)
        at = end
    raise ValueError("too many segments")


def _is_plain(frame: bytes, adobe: bytes) -> bool:
    """8 bits, grey or YCbCr: what decoders guess of three components otherwise differs (libjpeg.txt, "Special color
    spaces").
    """
    bits, components = frame[0], frame[5]
    if bits != _BITS or components not in {1, 3}:
        return False
    return components == 1 or (adobe[_TRANSFORM] == _YCBCR if len(adobe) > _TRANSFORM else frame[6::3] == _USUAL_IDS)


def _kept(segment: _Segment) -> bool:
    if segment.code == _APP0:
        return segment.body.startswith(b"JFIF\0") and len(segment.body) >= _JFIF_BYTES
    return segment.code in _PICTURE or _is_adobe(segment)


def _is_adobe(segment: _Segment) -> bool:
    return segment.code == _APP14 and segment.body.startswith(b"Adobe")


def _without_thumbnail(segment: _Segment, view: memoryview) -> bytes | memoryview:
    if segment.code != _APP0:
        return view[segment.start : segment.end]
    return b"\xff\xe0\x00\x10" + segment.body[:_JFIF_BYTES] + b"\0\0"


def _name(segment: _Segment) -> str:
    if segment.code == _COMMENT:
        return "comment"
    return next((name for magic, name in _NAMED if segment.body.startswith(magic)), "application data")


def _profile(segments: list[_Segment]) -> bytes | None:
    """Put together from its pieces (ICC.1:2022, annex B.4)."""
    pieces = [s.body for s in segments if s.code == _APP2 and s.body.startswith(b"ICC_PROFILE\0")]
    return b"".join(piece[14:] for piece in sorted(pieces, key=lambda piece: piece[12])) if pieces else None
