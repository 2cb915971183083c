"""The door: who breaks a rule does not pass, and rubbish neither passes nor raises."""

import zlib
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from imagesearch_ingest.images import Policy, prepare
from imagesearch_ingest.images.conforming.pass_through import pass_through
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
WITH_PROFILES = ["JPEG", "PNG", "WEBP", "TIFF"]


@pytest.mark.parametrize(("file_format", "options"), FORMATS, ids=str)
def test_a_conforming_picture_is_sent_as_it_is(file_format: str, options: dict[str, Any]) -> None:
    data = encoded(quarters(), file_format, **options)
    prepared, picture = run(data)
    assert (prepared.format, prepared.source_format) == (file_format, file_format)
    assert picture.tobytes() == Image.open(BytesIO(data)).convert("RGB").tobytes()
    assert prepared.content == (0, 0, 320, 200)


@pytest.mark.parametrize(("file_format", "options"), FORMATS, ids=str)
def test_prepared_once_more_it_is_the_same(file_format: str, options: dict[str, Any]) -> None:
    once = prepare(encoded(quarters(), file_format, **options), Policy())
    twice = prepare(once.data, Policy())
    assert (twice.data, twice.steps) == (once.data, ())


@pytest.mark.parametrize(("file_format", "options"), FORMATS, ids=str)
def test_at_its_limits_it_passes_and_one_beyond_it_does_not(file_format: str, options: dict[str, Any]) -> None:
    data = encoded(quarters(), file_format, **options)
    bare = pass_through(data, file_format, Policy())
    assert bare
    size = len(bare.data)
    kept = Policy(max_bytes=size), Policy(min_side=200), Policy(longest_side=320), Policy(max_megapixels=0.064)
    refused = Policy(max_bytes=size - 1), Policy(min_side=201), Policy(longest_side=319), Policy(max_megapixels=0.063)
    assert all(pass_through(data, file_format, policy) == bare for policy in kept)
    assert not any(pass_through(data, file_format, policy) for policy in refused)


@pytest.mark.parametrize("file_format", WITH_PROFILES)
def test_srgb_s_profile_is_missed_and_another_s_is_not(file_format: str) -> None:
    plain, other = (
        encoded(quarters(), file_format, icc_profile=profile) for profile in (srgb_profile(), swapped_profile())
    )
    bare = pass_through(plain, file_format, Policy())
    assert bare
    assert "ICC profile" in bare.removed
    assert pass_through(other, file_format, Policy()) is None


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_what_asks_for_a_rotation_does_not_pass(file_format: str) -> None:
    for orientation, passes in ((1, True), (6, False)):
        exif = Image.Exif()
        exif[0x0112] = orientation
        data = encoded(quarters(), file_format, exif=exif.tobytes())
        assert bool(pass_through(data, file_format, Policy())) is passes


@pytest.mark.parametrize(("file_format", "options"), FORMATS, ids=str)
def test_a_second_file_hidden_behind_the_picture_is_cut(file_format: str, options: dict[str, Any]) -> None:
    data = encoded(quarters(), file_format, **options)
    hidden = b"PK\x03\x04" + b"secret" * 40
    prepared = prepare(data + hidden, Policy())
    assert prepared.format == file_format
    assert b"secret" not in prepared.data


@pytest.mark.parametrize(("file_format", "options"), FORMATS, ids=str)
def test_rubbish_neither_passes_nor_raises(file_format: str, options: dict[str, Any]) -> None:
    data = encoded(noise(), file_format, **options)
    for end in range(0, 400, 7):
        assert pass_through(data[:end], file_format, Policy()) is None
        assert pass_through(data[:end] + b"\xff" * 400, file_format, Policy()) is None


def test_a_header_that_announces_a_giant_takes_no_memory() -> None:
    data = bytearray(encoded(noise(), "PNG"))
    data[16:24] = b"\0\0\xff\xff\0\0\xff\xff"
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    assert pass_through(bytes(data), "PNG", Policy()) is None
