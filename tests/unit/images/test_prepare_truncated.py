"""A file that is cut short is refused: nobody would notice half an image in the index."""

from typing import Any

import pytest
from PIL import Image, ImageDraw

from imagesearch_ingest.images import prepare
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from tests.unit.images.pictures import POLICY, assert_quarters, encoded, noise, quarters, run

CUT: list[tuple[str, dict[str, Any]]] = [
    ("PNG", {}),
    ("JPEG", {}),
    ("JPEG", {"progressive": True}),
    ("BMP", {}),
    ("GIF", {}),
    ("WEBP", {}),
    ("WEBP", {"lossless": True}),
    ("TIFF", {}),
    ("TIFF", {"compression": "tiff_lzw"}),
    ("TIFF", {"compression": "jpeg"}),
    ("TIFF", {"compression": "packbits"}),
    ("PPM", {}),
]
SHARES = [0.1, 0.2, 1 / 3, 0.5, 2 / 3, 0.8, 0.9, 0.95, 0.99]


def _refused(data: bytes) -> IngestError:
    with pytest.raises(IngestError) as caught:
        prepare(data, POLICY)
    assert caught.value.reason is Reason.CORRUPT_IMAGE, caught.value.detail
    assert "0x" not in caught.value.detail
    assert "<" not in caught.value.detail
    return caught.value


@pytest.mark.parametrize(("file_format", "options"), CUT)
def test_a_file_cut_anywhere_is_refused(file_format: str, options: dict[str, Any]) -> None:
    data = encoded(noise(), file_format, **options)
    assert prepare(data, POLICY).width == 320
    for share in SHARES:
        _refused(data[: int(len(data) * share)])
    _refused(data[:-64])


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "BMP", "WEBP", "PPM"])
def test_a_missing_last_byte_is_corrupt(file_format: str) -> None:
    _refused(encoded(noise(), file_format)[:-1])


def test_a_gif_may_lack_its_trailer() -> None:
    data = encoded(noise(), "GIF")
    assert prepare(data[:-1], POLICY).width == 320
    _refused(data[:-2])


@pytest.mark.parametrize("file_format", ["GIF", "WEBP", "PNG"])
def test_an_animation_cut_after_its_first_frame_is_refused(file_format: str) -> None:
    data = encoded(noise(), file_format, save_all=True, append_images=[noise(), noise()])
    _refused(data[: len(data) * 9 // 10])


@pytest.mark.parametrize("options", [{}, {"restart_marker_blocks": 4}, {"restart_marker_rows": 1}])
@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
def test_a_jpeg_without_its_last_rows_is_corrupt(options: dict[str, int], mode: str, share: float) -> None:
    data = encoded(noise(spread=90).convert(mode), "JPEG", **options)
    error = _refused(data[: int(len(data) * share)] + b"\xff\xd9")
    assert "its last rows are missing" in error.detail


def test_a_jpeg_cut_at_a_restart_is_corrupt() -> None:
    data = encoded(noise(), "JPEG", restart_marker_rows=1)
    for restart in (b"\xff\xd1", b"\xff\xd2", b"\xff\xd3"):
        _refused(data[: data.index(restart)] + b"\xff\xd9")


@pytest.mark.parametrize("options", [{}, {"restart_marker_rows": 1}, {"progressive": True}])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_complete_jpeg_may_end_in_grey(options: dict[str, Any], mode: str) -> None:
    grey = quarters()
    ImageDraw.Draw(grey).rectangle((0, 120, 320, 200), fill=(128, 128, 128))
    assert prepare(encoded(grey.convert(mode), "JPEG", **options), POLICY).height == 200
    flat = Image.new(mode, (320, 200), 128 if mode == "L" else (128,) * len(mode))
    assert prepare(encoded(flat, "JPEG", **options), POLICY).height == 200


def test_trailing_data_does_no_harm() -> None:
    for file_format in ("PNG", "JPEG", "GIF", "WEBP", "BMP", "PPM"):
        options = {"quality": 95} if file_format == "JPEG" else {}
        _, picture = run(encoded(quarters(), file_format, **options) + b"more" * 100)
        if file_format != "WEBP":
            assert_quarters(picture, tolerance=12)


def test_a_run_length_bmp_without_end_is_refused() -> None:
    head = encoded(quarters().convert("P"), "BMP")
    pixels = b"".join(bytes((160, row % 250, 160, row % 250, 0, 0)) for row in range(200)) + b"\0\1"
    offset = int.from_bytes(head[10:14], "little")
    data = head[:30] + (1).to_bytes(4, "little") + head[34:offset] + pixels
    assert prepare(data, POLICY).width == 320
    for share in (0.2, 0.5, 0.9):
        _refused(data[: offset + int(len(pixels) * share)])
