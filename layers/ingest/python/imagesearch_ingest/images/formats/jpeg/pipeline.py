"""Open a JPEG for encoding while it is decoded."""

import re

from imagesearch_ingest.images import vips
from imagesearch_ingest.images.colour import is_srgb
from imagesearch_ingest.images.formats.exif import read_orientation
from imagesearch_ingest.images.formats.format import Pipeline
from imagesearch_ingest.images.formats.jpeg.completeness import check_whole, is_filling
from imagesearch_ingest.images.formats.jpeg.holes import has_runs
from imagesearch_ingest.images.formats.jpeg.kinds import HUFFMAN_CODED, check_kind
from imagesearch_ingest.images.formats.jpeg.load import choose_scale
from imagesearch_ingest.images.formats.jpeg.metadata import read_exif, read_profile
from imagesearch_ingest.images.formats.jpeg.normalise import normalise
from imagesearch_ingest.images.formats.jpeg.scans import check_passes, check_scans
from imagesearch_ingest.images.formats.jpeg.structure import Structure, read_structure
from imagesearch_ingest.images.formats.jpeg.tables import has_all_tables
from imagesearch_ingest.images.policy import Policy
from imagesearch_ingest.images.sides import find_fitted_size

_STRAY = re.compile(rb"\xff[\x01-\xbf]")
_GREY_AND_RGB = {1, 3}  # components


def open_pipeline(data: bytes, policy: Policy) -> Pipeline | None:
    """Return the image, decoded at a fraction of its size.

    Return ``None`` unless it has to be resampled or converted by a profile: otherwise Pillow is faster, since it keeps
    YCbCr. libjpeg warns of missing data, and a warning is an error here.
    """
    structure = read_structure(data)
    check_kind(structure)
    check_scans(structure)
    check_passes(structure)
    if not _is_usual(structure):
        return None
    scale = choose_scale(structure, policy)
    profile = read_profile(structure)
    stored = structure.frame.width, structure.frame.height
    width, height = (-(-side // scale) for side in stored)
    if find_fitted_size(width, height, policy) == (width, height) and (not profile or is_srgb(profile)):
        return None
    alone = normalise(structure)
    image = vips.keep_last_rows(vips.open_image(alone, "jpeg", shrink=scale, fail_on="warning"))

    def check_end() -> None:
        """Raise ``CORRUPT_IMAGE``. libvips does not hear the warnings about the last rows, which libjpeg then fills."""
        if structure.decodes_at_once and is_filling(vips.read_last_pixel(image)):
            check_whole(read_structure(alone))

    return Pipeline(image, stored, read_orientation(read_exif(structure)), profile, check_end)


def _is_usual(structure: Structure) -> bool:
    """Return whether libjpeg's warnings prove that the image is whole: not if a single scan has runs of zeros."""
    frame = structure.frame
    if frame.segment.code not in HUFFMAN_CODED or len(frame.components) not in _GREY_AND_RGB:
        return False
    if structure.decodes_at_once and (has_runs(structure) or _has_stray_markers(structure)):
        return False
    return structure.end is not None and has_all_tables(structure)


def _has_stray_markers(structure: Structure) -> bool:
    """Return whether a marker stands in the pixel data that has no place there: decoders treat it differently."""
    return any(_STRAY.search(structure.data, scan.start, scan.end) for scan in structure.scans)
