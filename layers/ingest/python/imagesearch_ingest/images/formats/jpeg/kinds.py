"""Name the kinds of JPEG that are sound but not read.

Lossless JPEGs are among them, although libjpeg-turbo decodes some: those of three colours do not say which these
are, and encoders differ.
"""

from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.formats.jpeg.structure import JPEG_LS, NUMBER_OF_LINES, Structure
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

BASELINE, EXTENDED, PROGRESSIVE = 0xC0, 0xC1, 0xC2
HUFFMAN_CODED = {BASELINE, EXTENDED, PROGRESSIVE}
_READ = {*HUFFMAN_CODED, 0xC9, 0xCA}  # the last two are arithmetic, sequential and progressive
_COMPONENTS_READ = {1, 3, 4}
_BITS, _OTHER_BITS = 8, {12, 16}
_HIERARCHICAL = "hierarchical JPEG"
# T.81, table B.1; T.87, annex C.
_NAMES = {
    0xC3: "lossless JPEG",
    0xCB: "lossless JPEG with arithmetic coding",
    0xC8: "JPEG with extensions",
    JPEG_LS: "JPEG-LS",
}


def check_kind(structure: Structure) -> None:
    """Raise ``UNSUPPORTED_FORMAT`` for a kind that libjpeg does not read, and ``CORRUPT_IMAGE`` for no pixels."""
    frame = structure.frame
    if frame.segment.code not in _READ:
        raise _refuse(_NAMES.get(frame.segment.code, _HIERARCHICAL))
    if frame.bits in _OTHER_BITS:
        raise _refuse(f"{frame.bits}-bit JPEG")
    if frame.bits != _BITS:
        raise corrupt("JPEG", f"its frame header says {frame.bits} bits")
    if len(frame.components) not in _COMPONENTS_READ:
        raise _refuse(f"JPEG with {len(frame.components)} colour components")
    if not frame.height and any(segment.code == NUMBER_OF_LINES for segment in structure.segments):
        raise _refuse("JPEG whose height follows its pixels (DNL)")
    if not frame.width or not frame.height:
        raise corrupt("JPEG", f"its width is {frame.width} and its height {frame.height}")


def _refuse(name: str) -> IngestError:
    return IngestError(
        Reason.UNSUPPORTED_FORMAT,
        f"a picture in a kind of JPEG that is not read: {name}; save it as an ordinary JPEG, baseline or progressive",
    )
