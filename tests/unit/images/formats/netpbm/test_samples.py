"""Netpbm in all its spellings."""

import pytest

from imagesearch_ingest.images import prepare
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from tests.unit.images.pictures import (
    POLICY,
    assert_quarters,
    close,
    colour_at,
    quarters,
    refuse,
    refuse_corrupt,
    run,
)


def _netpbm(kind: bytes, maximum: int | None, samples: list[int]) -> bytes:
    head = kind + b"\n# made for a test\n120 100\n" + (b"%d\n" % maximum if maximum else b"")
    if kind in {b"P1", b"P2", b"P3"}:
        return head + b" ".join(b"%d" % sample for sample in samples)
    width = 1 if (maximum or 0) < 256 else 2
    return head + b"".join(sample.to_bytes(width, "big") for sample in samples)


@pytest.mark.parametrize("maximum", [255, 100, 65535, 1000, 65534])
@pytest.mark.parametrize("kind", [b"P2", b"P3", b"P5", b"P6"])
def test_netpbm_is_scaled_from_any_maximum(kind: bytes, maximum: int) -> None:
    bands = 3 if kind in {b"P3", b"P6"} else 1
    half = round(maximum / 2)
    data = _netpbm(kind, maximum, [half] * (120 * 100 * bands))
    _, image = run(data)
    assert close(colour_at(image, (60, 50)), (128, 128, 128), 2)


def test_netpbm_16_bit_colours_keep_their_order() -> None:
    samples = [level * 257 for level in quarters(120, 100).tobytes()]
    data = _netpbm(b"P6", 65535, samples)
    _, image = run(data)
    assert_quarters(image)
    with pytest.raises(IngestError):
        prepare(data[:-1], POLICY)


@pytest.mark.parametrize("kind", [b"P1", b"P4"])
def test_netpbm_ones_are_black(kind: bytes) -> None:
    rows = bytes([0xFF] * 7 + [0x00] * 8) * 100  # 120 pixels a row, 56 of them black
    data = kind + b"\n120 100\n" + (rows if kind == b"P4" else (b"1" * 56 + b"0" * 64 + b"\n") * 100)
    _, image = run(data)
    assert close(colour_at(image, (10, 50)), (0, 0, 0))
    assert close(colour_at(image, (110, 50)), (255, 255, 255))


COLOURS = quarters(120, 100).tobytes()


@pytest.mark.parametrize(
    "head",
    [
        b"P6#first\n120 100 255\n",
        b"P6 120#width\n100#height\n255\n",
        b"P6\r\n120\r\n100\r\n255\r\n",
        b"P6\n# one\n# two\n120 100\n# three\n255#four\n",
        b"P6 120 100 255 # behind\n",
        b"P6 120 100 255\n# in a line of its own\n",
        b"P6 0120 0000100 00255\n",
        b"P6\t120\v100\f255 ",
    ],
    ids=repr,
)
def test_comments_and_spaces_stand_anywhere(head: bytes) -> None:
    _, image = run(head + COLOURS)
    assert_quarters(image, 12)


def test_samples_may_begin_like_a_comment() -> None:
    """The number of samples tells that this is none."""
    data = b"P5 100 100 255\n" + b"#x\n" + b"\x80" * 9997
    _, image = run(data)
    assert close(colour_at(image, (50, 50)), (128, 128, 128), 2)
    assert close(colour_at(image, (0, 0)), (35, 35, 35), 90)


@pytest.mark.parametrize("kind", [b"P2", b"P3"])
def test_a_sample_above_the_maximum_is_white(kind: bytes) -> None:
    for sample in (b"101", b"99999", b"9" * 5000):
        _, image = run(kind + b" 100 100 100\n" + (sample + b" ") * 30_000)
        assert close(colour_at(image, (50, 50)), (255, 255, 255), 2)


@pytest.mark.parametrize(
    ("data", "samples"),
    [
        (b"P6 120 100 255\n" + COLOURS, 36_000),
        (b"P5 120 100 100\n" + bytes(12_000), 12_000),
        (b"P5 120 100 65535\n" + bytes(24_000), 12_000),
        (b"P6 120 100 1000\n" + bytes(72_000), 36_000),
        (b"P4 120 100\n" + bytes(1_500), 12_000),
    ],
    ids=["P6", "P5 of 100", "P5 of 65535", "P6 of 1000", "P4"],
)
def test_a_raster_that_is_a_byte_short_is_corrupt(data: bytes, samples: int) -> None:
    assert prepare(data, POLICY).width == 120
    assert prepare(data + b"more", POLICY).width == 120
    assert f"of {samples} samples" in refuse_corrupt(data[:-1])


@pytest.mark.parametrize(("kind", "sample"), [(b"P1", b"1"), (b"P2", b"7 "), (b"P3", b"7 ")])
def test_a_text_that_is_a_sample_short_is_corrupt(kind: bytes, sample: bytes) -> None:
    head = kind + b" 100 100" + (b" 255\n" if kind != b"P1" else b"\n")
    needed = 30_000 if kind == b"P3" else 10_000
    assert prepare(head + sample * needed, POLICY).width == 100
    assert f"after {needed - 1} of {needed} samples" in refuse_corrupt(head + sample * (needed - 1))


@pytest.mark.parametrize("head", [b"P6 0 100 255\n", b"P6 120 0 255\n", b"P6 120 100 0\n", b"P6 120 100", b"P6 120 x"])
def test_an_impossible_header_is_corrupt(head: bytes) -> None:
    assert "header" in refuse_corrupt(head + b"")


def test_samples_of_more_than_16_bits_are_unsupported() -> None:
    reason, detail = refuse(b"P6 120 100 65536\n" + COLOURS * 2)
    assert reason is Reason.UNSUPPORTED_FORMAT
    assert "65536" in detail
