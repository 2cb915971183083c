"""What a HEIF file holds, and whether all of the picture's data are there."""

import pytest
from PIL import Image

from imagesearch_ingest.images import prepare
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from tests.unit.images.formats.heif.heif_files import (
    avif,
    avif_of_items,
    find_data,
    heic,
    heic_grid,
    noisy_avif,
    noisy_heic,
    rebrand,
    retype,
)
from tests.unit.images.pictures import POLICY, assert_quarters, close, colour_at, refuse, refuse_corrupt, run

_COLOURS_AND_ALPHA = (
    ("RGB", (160, 120), (240, 120, 0)),
    ("L", (160, 120), 128),
    ("L", (80, 60), 128),
)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.999])
def test_a_grid_without_its_last_tiles_is_corrupt(share: float) -> None:
    """Libheif fills missing tiles with one colour, and reports nothing."""
    data = heic_grid()
    assert run(data)[0].source_format == "HEIC"
    assert f"ends after {int(len(data) * share)} of " in refuse_corrupt(data[: int(len(data) * share)])


def test_a_file_cut_behind_its_picture_is_taken() -> None:
    """A decoder never reads what follows the data of the displayed image."""
    for data in (heic(), avif()):
        assert_quarters(run(data + b"\0\0\1\0free" + bytes(50))[1], tolerance=16)


@pytest.mark.parametrize("make", [heic_grid, noisy_heic, noisy_avif])
@pytest.mark.parametrize("start", [0.3, 0.7])
def test_a_hole_of_zeros_is_corrupt(make: type, start: float) -> None:
    data = make()
    at = find_data(data) + int((len(data) - find_data(data)) * start)
    assert "zeros" in refuse_corrupt(data[:at] + bytes(512) + data[at + 512 :])
    assert "zeros" in refuse_corrupt(data[:at] + bytes(len(data) - at))


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (b"jpeg", "JPEG"),
        (b"j2k1", "JPEG 2000"),
        (b"avc1", "AVC (H.264)"),
        (b"vvc1", "VVC (H.266)"),
        (b"unci", "uncompressed samples"),
    ],
)
def test_other_codecs_are_unsupported_by_name(kind: bytes, name: str) -> None:
    reason, detail = refuse(rebrand(retype(heic(), b"hvc1", kind), b"mif1"))
    assert reason is Reason.UNSUPPORTED_FORMAT
    assert f"it holds {name}; save the picture as JPEG" in detail


@pytest.mark.parametrize("brand", [b"mif1", b"1pic"])
def test_the_items_tell_the_codec_not_the_brands(brand: bytes) -> None:
    for data, name in ((heic(), "HEIC"), (avif(), "AVIF")):
        prepared, image = run(rebrand(data, brand))
        assert prepared.source_format == name
        assert_quarters(image, tolerance=16)


def test_a_wrong_brand_does_not_matter() -> None:
    assert run(rebrand(heic(), b"avif"))[0].source_format == "HEIC"
    assert run(rebrand(avif(), b"heic"))[0].source_format == "AVIF"


def test_transparency_of_another_size_is_unsupported_by_name() -> None:
    """Neither libavif nor Chromium scale it."""
    colours, same, half = (avif(Image.new(*drawn)) for drawn in _COLOURS_AND_ALPHA)
    prepared, image = run(avif_of_items(colours, same, ((160, 120), (160, 120))))
    assert "flattened" in prepared.steps
    assert close(colour_at(image, (80, 60)), (247, 187, 127), tolerance=6)
    reason, detail = refuse(avif_of_items(colours, half, ((160, 120), (80, 60))))
    assert reason is Reason.UNSUPPORTED_FORMAT
    assert "its transparency has other sides" in detail


def test_a_sequence_without_a_picture_is_unsupported() -> None:
    data = b"\0\0\0\x18ftyphevc\0\0\0\0msf1hevc" + b"\0\0\0\x10moov\0\0\0\x08mvhd" + bytes(100)
    reason, detail = refuse(data)
    assert reason is Reason.UNSUPPORTED_FORMAT
    assert "a sequence, and no picture" in detail


def test_a_file_without_a_list_of_pictures_is_corrupt() -> None:
    refuse_corrupt(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100))


def test_a_video_is_not_an_image() -> None:
    reason, _ = refuse(b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + b"\0\0\0\x10moov\0\0\0\x08mvhd")
    assert reason is Reason.NOT_AN_IMAGE


@pytest.mark.parametrize("make", [lambda: heic_grid(128, 128, 64), avif], ids=["grid", "avif"])
def test_damaged_boxes_are_refused_in_plain_words(make: type) -> None:
    """No word of a decoder reaches a user, and nothing but a refusal is raised."""
    data = make()
    start = data.index(b"meta")
    for at in range(start, find_data(data), 3):
        broken = data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]
        words = ""
        try:
            prepare(broken, POLICY)
        except IngestError as error:
            words = error.detail
        assert not any(word in words for word in ("libheif", "BMFF", "Invalid input", "Unspecified", "iloc")), words
