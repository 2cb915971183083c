"""Whether a progressive JPEG's scans refine each other in the order that the standard demands (ITU-T T.81, G.1.1.1).

libjpeg shows such a picture whatever their order is, with a warning that Pillow does not pass on; others refuse it.
"""

from collections.abc import Iterable

_LAST = 63  # coefficient of a block; the first, 0, is its mean


def are_in_order(scans: Iterable[bytes]) -> bool:
    """``scans`` are the bodies of the SOS segments. Raises ``IndexError`` for one that is cut short."""
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
    """A scan of means only, or of one component without its mean; one that begins, or refines by a bit."""
    spectrum = last == 0 if first == 0 else components == 1 and first <= last <= _LAST
    return spectrum and (before == 0 or after == before - 1)
