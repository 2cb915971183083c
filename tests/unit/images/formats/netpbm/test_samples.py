"""Netpbm in all its spellings."""

import pytest

from imagesearch_ingest.images import prepare
from imagesearch_ingest.model.errors import IngestError
from tests.unit.images.pictures import (
    POLICY,
    assert_quarters,
    close,
    colour_at,
    quarters,
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
