"""Only images that break no rule pass; garbage neither passes nor raises."""

import zlib
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from imagesearch_ingest.images import Policy, prepare
from imagesearch_ingest.images.formats import FORMATS as ROWS
from imagesearch_ingest.images.pass_through import pass_through
from tests.unit.images.pictures import encoded, noise, quarters, run, srgb_profile
from tests.unit.images.test_colour import swapped_profile

FORMATS: list[tuple[str, dict[str, Any]]] = [
    ("JPEG", {}),
    ("PNG", {}),
    ("WEBP", {}),
    ("WEBP", {"lossless": True}),
    ("GIF", {}),
    ("BMP", {}),
    ("TIFF", {}),
    ("TIFF", {"compression": "tiff_lzw"}),
    ("PPM", {}),
]
FORMAT_OF = {row.name: row for row in ROWS}
WITH_PROFILES = ["JPEG", "PNG", "WEBP", "TIFF"]


@pytest.mark.parametrize(("file_format", "options"), FORMATS, ids=str)
def test_an_image_within_all_limits_is_unchanged(file_format: str, options: dict[str, Any]) -> None:
    data = encoded(quarters(), file_format, **options)
    prepared, image = run(data)
    assert (prepared.format, prepared.source_format) == (file_format, file_format)
    assert image.tobytes() == Image.open(BytesIO(data)).convert("RGB").tobytes()
    assert prepared.content == (0, 0, 320, 200)


@pytest.mark.parametrize(("file_format", "options"), FORMATS, ids=str)
def test_preparing_twice_changes_nothing(file_format: str, options: dict[str, Any]) -> None:
    once = prepare(encoded(quarters(), file_format, **options), Policy())
    twice = prepare(once.data, Policy())
    assert (twice.data, twice.steps) == (once.data, ())


@pytest.mark.parametrize(("file_format", "options"), FORMATS, ids=str)
def test_an_image_passes_up_to_each_limit(file_format: str, options: dict[str, Any]) -> None:
    data = encoded(quarters(), file_format, **options)
    stripped = pass_through(data, FORMAT_OF[file_format], Policy())
    assert stripped
    size = len(stripped.data)
    kept = Policy(max_bytes=size), Policy(min_side=200), Policy(longest_side=320), Policy(max_megapixels=0.064)
    refused = Policy(max_bytes=size - 1), Policy(min_side=201), Policy(longest_side=319), Policy(max_megapixels=0.063)
    assert all(pass_through(data, FORMAT_OF[file_format], policy) == stripped for policy in kept)
    assert not any(pass_through(data, FORMAT_OF[file_format], policy) for policy in refused)


@pytest.mark.parametrize("file_format", WITH_PROFILES)
def test_only_srgb_profiles_are_removed(file_format: str) -> None:
    plain, other = (
        encoded(quarters(), file_format, icc_profile=profile) for profile in (srgb_profile(), swapped_profile())
    )
    stripped = pass_through(plain, FORMAT_OF[file_format], Policy())
    assert stripped
    assert "ICC profile" in stripped.removed
    assert pass_through(other, FORMAT_OF[file_format], Policy()) is None


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_rotated_image_does_not_pass(file_format: str) -> None:
    for orientation, passes in ((1, True), (6, False)):
        exif = Image.Exif()
        exif[0x0112] = orientation
        data = encoded(quarters(), file_format, exif=exif.tobytes())
        assert bool(pass_through(data, FORMAT_OF[file_format], Policy())) is passes


@pytest.mark.parametrize(("file_format", "options"), FORMATS, ids=str)
def test_a_hidden_second_file_is_removed(file_format: str, options: dict[str, Any]) -> None:
    data = encoded(quarters(), file_format, **options)
    hidden = b"PK\x03\x04" + b"secret" * 40
    prepared = prepare(data + hidden, Policy())
    assert prepared.format == file_format
    assert b"secret" not in prepared.data


@pytest.mark.parametrize(("file_format", "options"), FORMATS, ids=str)
def test_garbage_neither_passes_nor_raises(file_format: str, options: dict[str, Any]) -> None:
    data = encoded(noise(), file_format, **options)
    for end in range(0, 400, 7):
        assert pass_through(data[:end], FORMAT_OF[file_format], Policy()) is None
        assert pass_through(data[:end] + b"\xff" * 400, FORMAT_OF[file_format], Policy()) is None


def test_a_giant_header_takes_no_memory() -> None:
    data = bytearray(encoded(noise(), "PNG"))
    data[16:24] = b"\0\0\xff\xff\0\0\xff\xff"
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    assert pass_through(bytes(data), FORMAT_OF["PNG"], Policy()) is None
