"""Check that a progressive JPEG's scans refine each other in the order of the standard (ITU-T T.81, G.1.1.1).

libjpeg shows the image in any order of scans, with a warning that Pillow suppresses. Other decoders refuse it.
"""

from collections.abc import Iterable

_LAST = 63  # coefficient of a block; the first, 0, is its mean


def are_in_order(scans: Iterable[bytes]) -> bool:
    """Return whether the scans are in order. ``scans`` are the bodies of the SOS segments.

    Raise ``IndexError`` for a body that is cut short.
    """
    left: dict[tuple[int, int], int] = {}  # bits still to come, by component and coefficient
    for scan in scans:
        components = scan[1 : 1 + 2 * scan[0] : 2]
        first, last, approximation = scan[1 + 2 * scan[0] :][:3]
        before, after = divmod(approximation, 16)
        if not _is_legal(len(components), first, last, before, after):
            return False
        for component in components:
            for coefficient in range(first, last + 1):
                if left.get((component, coefficient), 0) != before or (first and (component, 0) not in left):
                    return False
                left[component, coefficient] = after
    return not any(left.values())


def _is_legal(components: int, first: int, last: int, before: int, after: int) -> bool:
    """Return whether a scan may exist.

    It holds only means, or one component without its mean. It is the first, or adds a single bit.
    """
    spectrum = last == 0 if first == 0 else components == 1 and first <= last <= _LAST
    return spectrum and (before == 0 or after == before - 1)
