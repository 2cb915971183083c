"""Check what a JPEG's scans bring, by their headers (ITU-T T.81, G.1.1.1)."""

from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.formats.jpeg.structure import Scan, Structure

_LAST = 63  # coefficient of a block; the first, 0, is its mean
_MAX_PASSES = 1_500_000_000  # pixels times scans: 64 megapixels with 23 scans


def check_passes(structure: Structure) -> None:
    """Raise ``CORRUPT_IMAGE`` for too many scans: each is a pass over all pixels, however few bytes it has."""
    width, height, scans = structure.frame.width, structure.frame.height, len(structure.scans)
    if scans > 1 and width * height * scans > _MAX_PASSES:
        raise corrupt("JPEG", f"it has {scans} scans, more than any encoder writes for its {width}x{height} pixels")


def check_scans(structure: Structure) -> None:
    """Raise ``CORRUPT_IMAGE`` if scans are missing, so that a decoder would fill in what they should have brought."""
    wanted = [component.number for component in structure.frame.components]
    if not structure.scans:
        raise corrupt("JPEG", "it has no pixel data")
    if structure.frame.is_progressive:
        left = _find_bits_left(structure.scans)
        ends = (left.get((number, coefficient), 1) for number in wanted for coefficient in range(_LAST + 1))
        is_whole = not any(ends)
    else:
        is_whole = {number for scan in structure.scans for number in scan.components} >= set(wanted)
    if not is_whole:
        raise corrupt("JPEG", "its last scans are missing")


def are_in_order(structure: Structure) -> bool:
    """Return whether each scan brings what the standard allows at its place.

    libjpeg shows the image in any order of scans, with a warning that Pillow suppresses. Other decoders refuse it.
    """
    if structure.frame.is_progressive:
        return _refine_in_order(structure.scans)
    brought = b"".join(scan.components for scan in structure.scans)
    whole = all((scan.first, scan.last, scan.before, scan.after) == (0, _LAST, 0, 0) for scan in structure.scans)
    return whole and len(brought) == len(set(brought))


def _find_bits_left(scans: tuple[Scan, ...]) -> dict[tuple[int, int], int]:
    """Return the bits that are still to come, by component and coefficient. A scan that skips a bit brings none."""
    left: dict[tuple[int, int], int] = {}
    for scan in scans:
        for component in scan.components:
            for coefficient in range(scan.first, scan.last + 1):
                if scan.before == 0 or left.get((component, coefficient)) == scan.before:
                    left[component, coefficient] = scan.after
    return left


def _refine_in_order(scans: tuple[Scan, ...]) -> bool:
    left: dict[tuple[int, int], int] = {}  # bits still to come, by component and coefficient
    for scan in scans:
        if not _is_legal(scan):
            return False
        for component in scan.components:
            for coefficient in range(scan.first, scan.last + 1):
                known = left.get((component, coefficient), 0)
                if known != scan.before or (scan.first and (component, 0) not in left):
                    return False
                left[component, coefficient] = scan.after
    return not any(left.values())


def _is_legal(scan: Scan) -> bool:
    """Return whether a scan may exist.

    It holds only means, or one component without its mean. It is the first, or adds a single bit.
    """
    alone = len(scan.components) == 1
    spectrum = scan.last == 0 if scan.first == 0 else alone and scan.first <= scan.last <= _LAST
    return spectrum and (scan.before == 0 or scan.after == scan.before - 1)
