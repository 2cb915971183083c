"""A JPEG is whole if its pixel data is, whatever its markers say."""

from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageDraw

from imagesearch_ingest.images import prepare
from imagesearch_ingest.images.formats.jpeg import JPEG
from imagesearch_ingest.images.pass_through import pass_through
from tests.unit.images.formats.jpeg.parts import EOI, data_of_scan, exif_of, with_segment
from tests.unit.images.pictures import POLICY, encoded, noise, quarters, refuse_corrupt, run

KINDS: list[dict[str, Any]] = [
    {},
    {"subsampling": 0},
    {"subsampling": 1, "quality": 98},
    {"restart_marker_blocks": 4},
    {"restart_marker_rows": 1},
    {"optimize": True},
    {"progressive": True},
]


@pytest.mark.parametrize("options", KINDS, ids=str)
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.98])
def test_a_jpeg_without_its_last_rows_is_corrupt(options: dict[str, Any], mode: str, share: float) -> None:
    data = encoded(noise(spread=90).convert(mode), "JPEG", **options)
    for end in (EOI, b""):
        refuse_corrupt(data[: int(len(data) * share)] + end)


@pytest.mark.parametrize("lost", range(3, 12))
def test_a_file_whose_last_block_is_cut_never_passes(lost: int) -> None:
    """Without an end it is corrupt. With one, a corner of a single block may be painted, in a new file."""
    data = encoded(noise(), "JPEG", quality=95)
    refuse_corrupt(data[:-lost])
    assert pass_through(data[:-lost] + EOI, JPEG, POLICY) is None


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_file_cut_behind_a_stuffed_byte_is_corrupt(mode: str) -> None:
    """0xFF is followed by a zero byte in pixel data. Cut between the two, it seems to begin a marker."""
    data = encoded(noise(160, 120).convert(mode), "JPEG")
    start, end = data_of_scan(data)
    stuffed = [at for at in range(start, end - 400) if data[at] == 0xFF]
    assert len(stuffed) > 5
    for at in stuffed:
        for tail in (b"", EOI, b"\xff", b"\xff" + EOI):
            refuse_corrupt(data[: at + 1] + tail)
    refuse_corrupt(data[: end // 2] + b"\xff")


def test_a_jpeg_cut_at_a_restart_is_corrupt() -> None:
    data = encoded(noise(), "JPEG", restart_marker_rows=1)
    for restart in (b"\xff\xd1", b"\xff\xd2", b"\xff\xd3"):
        refuse_corrupt(data[: data.index(restart)] + EOI)


@pytest.mark.parametrize("options", KINDS, ids=str)
@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("lost", [1, 2])
def test_a_file_that_lacks_only_its_end_gets_one(options: dict[str, Any], mode: str, lost: int) -> None:
    data = encoded(noise(spread=90).convert(mode), "JPEG", **options)
    prepared = prepare(data[:-lost], POLICY)
    assert prepared.data == (data if lost == 2 else data[:-2] + b"\xff" + EOI)
    assert Image.open(BytesIO(prepared.data)).tobytes() == Image.open(BytesIO(data)).tobytes()
    turned, image = run(with_segment(data[:-lost], exif_of(3)))
    assert turned.steps[0] == "rotated 180"
    assert image.size == (320, 200)


def test_a_file_of_four_colours_may_lack_its_end() -> None:
    for options in ({}, {"progressive": True}):
        data = encoded(noise().convert("CMYK"), "JPEG", **options)
        assert prepare(data[:-2], POLICY).height == 200


@pytest.mark.parametrize("options", KINDS, ids=str)
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("size", [(320, 200), (317, 203), (9, 7)], ids=str)
def test_a_complete_jpeg_may_end_in_grey(options: dict[str, Any], mode: str, size: tuple[int, int]) -> None:
    """libjpeg paints missing rows in this colour."""
    grey = quarters(*size)
    ImageDraw.Draw(grey).rectangle((0, size[1] * 2 // 3, *size), fill=(128, 128, 128))
    flat = Image.new(mode, size, 128 if mode == "L" else (128,) * len(mode))
    for image in (grey.convert(mode), flat):
        data = encoded(image, "JPEG", **options)
        limits = type(POLICY)(min_side=1)
        assert prepare(data, limits).height == size[1]
        assert prepare(data[:-2], limits).height == size[1]


@pytest.mark.parametrize("lost", [12, 20, 40])
def test_grey_rows_that_are_missing_are_noticed(lost: int) -> None:
    """The missing rows would look like the filling."""
    data = encoded(Image.new("L", (320, 200), 128), "JPEG")
    refuse_corrupt(data[: -2 - lost] + EOI)
    refuse_corrupt(data[: -2 - lost])


def test_a_scan_that_ends_early_is_corrupt() -> None:
    data = encoded(noise(), "JPEG", progressive=True)
    for number in range(10):
        start, end = data_of_scan(data, number)
        refuse_corrupt(data[: (start + end) // 2] + data[end:])


def test_a_few_bytes_left_over_are_encoded_anew() -> None:
    for options in ({}, {"progressive": True}):
        data = encoded(noise(), "JPEG", **options)
        _, end = data_of_scan(data)
        prepared = prepare(data[:end] + b"abc" + data[end:], POLICY)
        assert prepared.height == 200
