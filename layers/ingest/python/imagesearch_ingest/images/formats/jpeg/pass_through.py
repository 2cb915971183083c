"""Decide whether a JPEG can be sent as it is, without its metadata."""

from PIL import Image

from imagesearch_ingest.images.formats.format import StrippedImage
from imagesearch_ingest.images.formats.jpeg.completeness import check_whole
from imagesearch_ingest.images.formats.jpeg.kinds import HUFFMAN_CODED, check_kind
from imagesearch_ingest.images.formats.jpeg.metadata import APP14, name_segment, read_exif, read_profile
from imagesearch_ingest.images.formats.jpeg.normalise import is_kept, normalise
from imagesearch_ingest.images.formats.jpeg.scans import are_in_order, check_passes, check_scans
from imagesearch_ingest.images.formats.jpeg.structure import Structure, read_structure
from imagesearch_ingest.images.formats.jpeg.tables import has_all_tables

_YCBCR = 1  # Adobe's transform
_TRANSFORM = 11  # its offset in APP14
_USUAL_IDS = [1, 2, 3]


def strip(data: bytes) -> StrippedImage | None:
    """Return the image without metadata; ``None`` for an image that has to be changed."""
    structure = read_structure(data)
    check_kind(structure)
    check_passes(structure)
    check_scans(structure)
    if not _is_plain(structure) or not are_in_order(structure) or not has_all_tables(structure):
        return None
    removed = [name_segment(structure, segment) for segment in structure.segments if not is_kept(structure, segment)]
    trailing = ["trailing data"] if structure.end is not None and structure.end + 2 < len(data) else []
    return StrippedImage(
        data=normalise(structure),
        width=structure.frame.width,
        height=structure.frame.height,
        removed=tuple(dict.fromkeys(removed + trailing)),
        exif=read_exif(structure),
        profile=read_profile(structure),
    )


def is_decodable(stripped: StrippedImage) -> Image.Image | None:
    """Prove that every block of pixels is there, and that nothing else is in the pixel data. Return a small image."""
    return check_whole(read_structure(stripped.data))


def _is_plain(structure: Structure) -> bool:
    """Return whether every decoder reads the image, and sees grey or YCbCr.

    For other kinds of three components, decoders guess differently (libjpeg.txt, "Special color spaces").
    """
    frame = structure.frame
    numbers = [component.number for component in frame.components]
    if frame.segment.code not in HUFFMAN_CODED or len(numbers) not in {1, 3}:
        return False
    adobe = next(structure.find_bodies(APP14, b"Adobe"), b"")
    return len(numbers) == 1 or (adobe[_TRANSFORM] == _YCBCR if len(adobe) > _TRANSFORM else numbers == _USUAL_IDS)
