from collections.abc import Iterable
from itertools import pairwise

import pytest

from imagesearch_ingest.images.formats.jpeg import pass_through as jpeg
from imagesearch_ingest.images.formats.jpeg.scans import are_in_order
from tests.unit.images.pictures import encoded, noise

Scan = tuple[tuple[int, ...], int, int, int, int]  # components, first and last coefficient, bits left before and after
MEANS: Scan = ((1, 2, 3), 0, 0, 0, 1)


def order(scans: Iterable[Scan]) -> bool:
    bodies = (
        bytes((len(components), *(byte for component in components for byte in (component, 0)), first, last))
        + bytes((before << 4 | after,))
        for components, first, last, before, after in scans
    )
    return are_in_order(bodies)


@pytest.mark.parametrize(
    "scans",
    [
        [((1,), 0, 0, 0, 0)],
        [MEANS, ((1, 2, 3), 0, 0, 1, 0)],
        [
            MEANS,
            ((1,), 1, 5, 0, 2),
            ((1,), 6, 63, 0, 0),
            ((1,), 1, 5, 2, 1),
            ((1, 2, 3), 0, 0, 1, 0),
            ((1,), 1, 5, 1, 0),
        ],
    ],
)
def test_scans_that_refine_each_other_are_in_order(scans: list[Scan]) -> None:
    assert order(scans)


@pytest.mark.parametrize(
    "scans",
    [
        [((1,), 1, 5, 0, 0)],  # detail before the mean
        [MEANS],  # the last bit is missing
        [MEANS, MEANS, ((1, 2, 3), 0, 0, 1, 0)],  # the mean begins twice
        [((1, 2, 3), 0, 0, 0, 3), ((1, 2, 3), 0, 0, 3, 1), ((1, 2, 3), 0, 0, 1, 0)],  # two bits at once
        [((1, 2, 3), 0, 0, 1, 0)],  # refined before it began
        [((1, 2, 3), 0, 0, 0, 0), ((1, 2), 1, 5, 0, 0)],  # detail of two components at once
        [((1,), 0, 5, 0, 0)],  # mean and detail at once
        [((1,), 0, 0, 0, 0), ((1,), 9, 5, 0, 0)],
        [((1,), 0, 0, 0, 0), ((1,), 1, 64, 0, 0)],
    ],
)
def test_other_orders_are_refused(scans: list[Scan]) -> None:
    assert not order(scans)


def test_a_file_with_unordered_scans_needs_decoding() -> None:
    data = encoded(noise(160, 120), "JPEG", progressive=True)
    assert jpeg.strip(data)
    starts = [at for at in range(len(data)) if data.startswith(b"\xff\xda", at)]
    first, second, third = (data[a:b] for a, b in pairwise(starts[:4]))
    assert jpeg.strip(data[: starts[0]] + second + first + third + data[starts[3] :]) is None
