"""Build a JPEG of nothing but the segments that make the image, in their order (ITU-T T.81, annex B).

These are tables, frame and scans, JFIF's APP0 without its thumbnail, and Adobe's APP14, which says how the colours are
coded. Other application segments, comments, bytes between the segments, and everything after the end of the image are
left out: a second image, a video, an archive. The result is what is sent, and what Pillow and libvips decode.
"""

from imagesearch_ingest.images.formats.jpeg.metadata import APP0, APP14
from imagesearch_ingest.images.formats.jpeg.structure import (
    ARITHMETIC_TABLES,
    END_OF_IMAGE,
    HUFFMAN_TABLES,
    QUANTISATION,
    RESTART_INTERVAL,
    START_OF_SCAN,
    Segment,
    Structure,
    is_frame,
)

START, END = b"\xff\xd8", bytes((0xFF, END_OF_IMAGE))
_IMAGE = {HUFFMAN_TABLES, ARITHMETIC_TABLES, QUANTISATION, RESTART_INTERVAL, START_OF_SCAN}
_JFIF_BYTES = 12  # identifier, version, density; then the sides of a thumbnail, and the thumbnail


def normalise(structure: Structure) -> bytes:
    """Return the image alone, byte for byte, with its end marker."""
    view = memoryview(structure.data)  # so that pieces are copied only once, when they are joined
    ends = {scan.segment: scan.end for scan in structure.scans}
    kept = [segment for segment in structure.segments if is_kept(structure, segment)]
    pieces = [
        _cut_thumbnail(structure, segment)
        if segment.code == APP0
        else view[segment.start : ends.get(segment, segment.end)]
        for segment in kept
    ]
    return b"".join([START, *pieces, END])


def is_kept(structure: Structure, segment: Segment) -> bool:
    """Return whether the image needs the segment."""
    if segment.code == APP0:
        is_jfif = structure.data.startswith(b"JFIF\0", segment.body, segment.end)
        return is_jfif and segment.end - segment.body >= _JFIF_BYTES
    return segment.code in _IMAGE or is_frame(segment.code) or is_adobe(structure, segment)


def is_adobe(structure: Structure, segment: Segment) -> bool:
    """Return whether this is Adobe's segment, which says how the colours are coded."""
    return segment.code == APP14 and structure.data.startswith(b"Adobe", segment.body, segment.end)


def _cut_thumbnail(structure: Structure, segment: Segment) -> bytes:
    return b"\xff\xe0\x00\x10" + structure.get_body(segment)[:_JFIF_BYTES] + b"\0\0"
