"""Check the tables that a JPEG's scans use, and tell what zero bits mean in them (ITU-T T.81, B.2.4)."""

from collections.abc import Iterator

from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.formats.jpeg.structure import (
    HUFFMAN_TABLES,
    QUANTISATION,
    Scan,
    Structure,
)

_AC = 1  # the class of a table for all coefficients but the first
_LENGTHS = 16  # of codes, in bits
_BLOCK = 64


def check_quantisation(structure: Structure) -> None:
    """Raise ``CORRUPT_IMAGE`` if a component's quantisation table is missing."""
    defined = {
        number
        for segment in structure.segments
        if segment.code == QUANTISATION
        for number in _read_quantisation(structure.get_body(segment))
    }
    for component in structure.frame.components:
        if component.quantisation not in defined:
            raise corrupt("JPEG", f"quantisation table {component.quantisation} is missing")


def has_all_tables(structure: Structure) -> bool:
    """Return whether the file defines every table before the scan that uses it.

    Frames of Motion JPEG lack the Huffman tables: libjpeg takes the usual ones, and other decoders refuse the file.
    """
    check_quantisation(structure)
    return all(_needed(scan) <= set(read_first_codes(structure, scan)) for scan in structure.scans)


def read_first_codes(structure: Structure, scan: Scan) -> dict[tuple[int, int], int]:
    """Return the meaning of a code of zero bits, by class and number of the table, as defined before the scan."""
    tables: dict[tuple[int, int], int] = {}
    for segment in structure.segments:
        if segment.start > scan.segment.start:
            break
        if segment.code == HUFFMAN_TABLES:
            tables.update(_read_huffman(structure.get_body(segment)))
    return tables


def _needed(scan: Scan) -> set[tuple[int, int]]:
    """Return class and number of the tables that a scan uses. Refinements of the mean are not coded."""
    means = {(0, number >> 4) for number in scan.tables} if scan.first == 0 and not scan.before else set()
    return means | ({(_AC, number & 15) for number in scan.tables} if scan.last else set())


def _read_huffman(body: bytes) -> Iterator[tuple[tuple[int, int], int]]:
    """Yield class and number of each table, and the symbol of its first code: zeros, of the shortest length."""
    at = 0
    while at + _LENGTHS < len(body):
        symbols = at + 1 + _LENGTHS
        count = sum(body[at + 1 : symbols])
        if count and symbols + count <= len(body):
            yield (body[at] >> 4, body[at] & 15), body[symbols]
        at = symbols + count


def _read_quantisation(body: bytes) -> Iterator[int]:
    at = 0
    while at < len(body):
        end = at + 1 + _BLOCK * (2 if body[at] >> 4 else 1)
        if end <= len(body):
            yield body[at] & 15
        at = end
