"""Find a hole in a JPEG's pixel data: a run of zero bytes where an interrupted copy, or a bad disk, left out the rest.

A flat area may be such a run, too, if the shortest codes mean "no change" and "end of block". Then the decoder needs
the run to its end. A hole is longer or shorter than the blocks that it stands for.
"""

import re

from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.formats.jpeg.structure import Scan, Structure
from imagesearch_ingest.images.formats.jpeg.tables import read_first_codes
from imagesearch_ingest.images.formats.jpeg.trial import LOOKAHEAD, finishes
from imagesearch_ingest.model.errors import IngestError

_SUSPICIOUS = 32  # bytes of zeros
_NEVER_FLAT = 64  # bytes of zeros, where zeros mean detail: hundreds of equal coefficients
_SECTOR = 512  # bytes: the least that a disk loses
_RUN = re.compile(rb"\0{%d,}" % _SUSPICIOUS)
_END_OF_BLOCK = 0

Run = tuple[int, int]  # where it starts and ends


def find_runs(structure: Structure, scan: Scan) -> list[Run]:
    """Return the long runs of zero bytes in the pixel data of a scan. Files without any cost next to nothing."""
    first = structure.data.find(bytes(_SUSPICIOUS), scan.start, scan.end)
    return [found.span() for found in _RUN.finditer(structure.data, first, scan.end)] if first >= 0 else []


def has_runs(structure: Structure) -> bool:
    """Return whether any scan has a long run of zero bytes."""
    return any(find_runs(structure, scan) for scan in structure.scans)


def build_hole() -> IngestError:
    """Return the error for an image with a hole."""
    return corrupt("JPEG", "a part of its pixels is missing: there are only zero bytes in their place")


def check_holes(structure: Structure) -> bool:
    """Return whether no bytes are left over. ``structure`` is decoded at once.

    Raise ``CORRUPT_IMAGE`` if a run of zeros is decoded that cannot be a flat area, or that leaves bytes over.
    """
    scan = structure.scans[0]
    runs = find_runs(structure, scan)
    if not runs:
        return True
    detailed = [start for start, end in runs if end - start >= _NEVER_FLAT]
    if detailed and not _means_flat(structure, scan) and not _finishes_at(structure, detailed[0]):
        raise build_hole()
    if not finishes(structure.data[: scan.end - _SUSPICIOUS]):
        return True
    end = _cut_padding(structure, scan, runs[-1])
    lost = [start for start, stop in runs if stop - start >= _SECTOR and stop < end]
    if lost and finishes(structure.data[: end - _SUSPICIOUS]) and not _finishes_at(structure, lost[0]):
        raise build_hole()
    return False


def ends_in_run(scan: Scan, run: Run) -> bool:
    """Return whether the scan's data ends in the run, but for a few bytes."""
    return run[1] >= scan.end - LOOKAHEAD


def may_be_lost(scan: Scan, run: Run) -> bool:
    """Return whether bytes that are left over behind this run make it a hole."""
    return ends_in_run(scan, run) or run[1] - run[0] >= _SECTOR


def _cut_padding(structure: Structure, scan: Scan, last: Run) -> int:
    """Return where the data ends without zeros behind the last block. Raise ``CORRUPT_IMAGE`` if they are a hole."""
    if not ends_in_run(scan, last):
        return scan.end
    if not _finishes_at(structure, last[0]):
        raise build_hole()
    return last[0]


def _means_flat(structure: Structure, scan: Scan) -> bool:
    """Return whether zero bits mean blocks without detail, in every component."""
    codes = read_first_codes(structure, scan)
    return all(codes.get((1, number & 15)) == _END_OF_BLOCK for number in scan.tables)


def _finishes_at(structure: Structure, start: int) -> bool:
    """Return whether the last block ends before a run of zeros."""
    return finishes(structure.data[: start + LOOKAHEAD])
