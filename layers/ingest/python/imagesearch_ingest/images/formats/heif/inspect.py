"""Check a HEIF file before a decoder sees it: what it holds, and whether all data of the picture are there.

Decoders fill tiles whose data are missing with one colour, and do not notice data overwritten with zeros.
"""

from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.formats.format import Inspection
from imagesearch_ingest.images.formats.heif.boxes import find_box
from imagesearch_ingest.images.formats.heif.brands import has_avif_brand, has_heic_brand, rebrand
from imagesearch_ingest.images.formats.heif.container import Container, read_container
from imagesearch_ingest.images.formats.heif.items import check_items
from imagesearch_ingest.images.policy import Policy
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

_DERIVED = {b"grid", b"iden", b"iovl"}
_AV1, _HEVC = {b"av01"}, {b"hvc1", b"hev1"}
_NAMES = {
    b"jpeg": "JPEG",
    b"j2k1": "JPEG 2000",
    b"avc1": "AVC (H.264)",
    b"avc3": "AVC (H.264)",
    b"vvc1": "VVC (H.266)",
    b"evc1": "EVC",
    b"lhv1": "layered HEVC",
    b"unci": "uncompressed samples",
    b"tili": "low-overhead tiles",
    b"mski": "a mask",
    b"tmap": "a tone map",
    b"av01": "AV1",
}
# HEVC never has three zero bytes in a row inside a unit (H.265, section 7.4.2). AV1 compresses its symbols with a range
# coder. Its pictures in other projects' collections have six at most.
_HOLE = bytes(64)
_MINOR_VERSION = slice(12, 16)  # of a file in the minimized form: its codec's brand (ISO/IEC 23008-12, annex O)


def inspect_avif(data: bytes, _: Policy) -> Inspection:
    """Return the file, with a brand that its decoder knows.

    Raise ``CORRUPT_IMAGE`` and ``UNSUPPORTED_FORMAT``.
    """
    container = read_container(data)
    if container:
        _check_kinds(container, _AV1, "AVIF")
        if container.has_alpha_of_other_size():  # its decoder calls it damaged
            raise _refuse("AVIF", "its transparency has other sides than its colours")
        _check_data(data, container, "AVIF")
    return Inspection(data if has_avif_brand(data) else rebrand(data, b"avif"))


def inspect_heic(data: bytes, _: Policy) -> Inspection:
    """Return the file, with a brand that its decoder knows. Raise ``CORRUPT_IMAGE`` and ``UNSUPPORTED_FORMAT``.

    Further images do not count as animation: they are bursts, depth maps and gain maps.
    """
    check_items(data)
    container = read_container(data)
    if container:
        _check_kinds(container, _HEVC, "HEIC")
        _check_data(data, container, "HEIC")
    elif data[_MINOR_VERSION] == b"avif" and find_box(data, b"mini", 0, len(data)):
        raise _refuse("AVIF", "its boxes are in the minimized form")
    elif find_box(data, b"moov", 0, len(data)):
        raise _refuse("HEIC", "it holds a sequence, and no picture to display")
    elif not find_box(data, b"mini", 0, len(data)):
        raise corrupt("HEIC", "it has no list of pictures")
    is_known = container is None or has_heic_brand(data)
    return Inspection(data if is_known else rebrand(data, b"heic"), is_animated=False)


def _check_kinds(container: Container, readable: set[bytes], title: str) -> None:
    for item in container.iterate_needed():
        if item.kind in _NAMES and item.kind not in readable:
            raise _refuse(title, f"it holds {_NAMES[item.kind]}")


def _check_data(data: bytes, container: Container, title: str) -> None:
    for item in container.iterate_needed():
        extents = dict.fromkeys(item.extents)  # a file may name the same bytes many times
        if sum(min(end, len(data)) - start for start, end in extents) > 2 * len(data):
            raise corrupt(title, "its parts share their bytes, and announce more data than the file holds")
        for start, end in extents:
            if end > len(data):
                raise corrupt(title, f"the file ends after {len(data)} of {end} bytes")
            if item.kind not in _DERIVED and data.find(_HOLE, start, end) >= 0:
                raise corrupt(title, "a part of its compressed data is overwritten with zeros")


def _refuse(title: str, finding: str) -> IngestError:
    return IngestError(
        Reason.UNSUPPORTED_FORMAT, f"this kind of {title} cannot be read: {finding}; save the picture as JPEG or PNG"
    )
