"""Scans: their order, and whether all of them are there."""

from itertools import pairwise

import pytest

from imagesearch_ingest.images.formats.jpeg import pass_through as jpeg
from imagesearch_ingest.images.formats.jpeg.scans import are_in_order
from imagesearch_ingest.images.formats.jpeg.structure import read_structure
from tests.unit.images.formats.jpeg.parts import EOI, SOS, non_interleaved, segment
from tests.unit.images.pictures import assert_quarters, encoded, noise, quarters, refuse_corrupt, run

Scan = tuple[tuple[int, ...], int, int, int, int]  # components, first and last coefficient, bits left before and after
MEANS: Scan = ((1, 2, 3), 0, 0, 0, 1)


def order(scans: list[Scan]) -> bool:
    frame = segment(0xC2, b"\x08\0\x10\0\x10\3\1\x11\0\2\x11\0\3\x11\0")
    bodies = (
        bytes((len(components), *(byte for component in components for byte in (component, 0)), first, last))
        + bytes((before << 4 | after,))
        for components, first, last, before, after in scans
    )
    return are_in_order(read_structure(b"\xff\xd8" + frame + b"".join(segment(0xDA, body) for body in bodies) + EOI))


def starts_of_scans(data: bytes) -> list[int]:
    return [at for at in range(len(data)) if data.startswith(SOS, at)]


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
def test_other_orders_are_not(scans: list[Scan]) -> None:
    assert not order(scans)


def test_a_file_with_unordered_scans_is_encoded_anew() -> None:
    data = encoded(noise(160, 120), "JPEG", progressive=True)
    assert jpeg.strip(data)
    starts = starts_of_scans(data)
    first, second, third = (data[a:b] for a, b in pairwise(starts[:4]))
    assert jpeg.strip(data[: starts[0]] + second + first + third + data[starts[3] :]) is None


@pytest.mark.parametrize("end", [EOI, b""], ids=["with an end", "without an end"])
def test_a_progressive_jpeg_without_its_last_scans_is_corrupt(end: bytes) -> None:
    data = encoded(noise(), "JPEG", progressive=True)
    starts = starts_of_scans(data)
    assert len(starts) == 10
    for start in starts[1:]:
        assert "last scans are missing" in refuse_corrupt(data[:start] + end)


def test_a_missing_scan_in_between_is_noticed() -> None:
    data = encoded(noise(), "JPEG", progressive=True)
    for start, following in pairwise(starts_of_scans(data)):
        refuse_corrupt(data[:start] + data[following:])


def test_a_scan_for_each_component_is_read() -> None:
    _, image = run(non_interleaved(quarters()))
    assert_quarters(image, tolerance=12)


def test_a_missing_component_is_corrupt() -> None:
    data = non_interleaved(quarters())
    for start in starts_of_scans(data)[1:]:
        assert "last scans are missing" in refuse_corrupt(data[:start] + EOI)


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_component_cut_short_is_corrupt(share: float) -> None:
    data = non_interleaved(noise())
    starts = starts_of_scans(data)
    cut = starts[1] + int((starts[2] - starts[1]) * share)
    refuse_corrupt(data[:cut] + data[starts[2] :])
    refuse_corrupt(data[: starts[2] + int((len(data) - starts[2]) * share)])
