"""Tables that are missing: the usual ones are taken for Huffman's, none for quantisation."""

import pytest

from imagesearch_ingest.images.formats.jpeg import pass_through as jpeg
from tests.unit.images.pictures import assert_quarters, encoded, quarters, refuse_corrupt, run, steps_of


def without(data: bytes, code: int) -> bytes:
    """Remove all segments of this kind in front of the pixel data."""
    kept, at = data[:2], 2
    while data[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        kept += data[at:end] if data[at + 1] != code else b""
        at = end
    return kept + data[at:]


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_frame_of_motion_jpeg_is_encoded_anew(mode: str) -> None:
    """Many decoders refuse a file without Huffman tables."""
    frame = without(encoded(quarters().convert(mode), "JPEG", quality=95), 0xC4)
    assert jpeg.strip(frame) is None
    prepared, image = run(frame)
    assert steps_of(prepared) == ("encoded at q90",)
    assert b"\xff\xc4" in prepared.data
    if mode == "RGB":
        assert_quarters(image, tolerance=12)


def test_a_missing_quantisation_table_is_corrupt() -> None:
    data = encoded(quarters(), "JPEG")
    assert "quantisation table 0 is missing" in refuse_corrupt(without(data, 0xDB))
    at = data.rindex(b"\xff\xdb")
    assert "quantisation table 1 is missing" in refuse_corrupt(data[:at] + data[at + 69 :])
