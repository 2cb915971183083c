"""The walk along the markers: what it steps over, and where it stops."""

import pytest

from imagesearch_ingest.images import prepare
from imagesearch_ingest.images.formats.jpeg import pass_through as jpeg
from imagesearch_ingest.images.formats.jpeg.structure import read_structure
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from tests.unit.images.formats.jpeg.parts import behind_frame, exif_of, segment, with_segment
from tests.unit.images.pictures import (
    POLICY,
    assert_quarters,
    encoded,
    noise,
    quarters,
    refuse_corrupt,
    run,
    steps_of,
)

JFIF_BYTES = 18


def test_the_parts_of_an_image_are_found() -> None:
    data = encoded(quarters(), "JPEG", quality=90)
    structure = read_structure(data + b"more")
    assert (structure.frame.width, structure.frame.height, structure.frame.bits) == (320, 200, 8)
    assert [component[:3] for component in structure.frame.components] == [(1, 2, 2), (2, 1, 1), (3, 1, 1)]
    assert structure.end == len(data) - 2
    assert [scan.end for scan in structure.scans] == [len(data) - 2]


@pytest.mark.parametrize("stray", [b"\0", b"stray bytes", b"\xff\xff\xff", b"\xff\0\xff\0", b"\xff\x01\xff\x7f"])
def test_bytes_between_segments_are_stepped_over(stray: bytes) -> None:
    """Both paths step over them, and neither sends them."""
    data = encoded(quarters(), "JPEG", quality=95)
    for broken in (data[: JFIF_BYTES + 2] + stray + data[JFIF_BYTES + 2 :], behind_frame(data, stray)):
        prepared, image = run(broken)
        assert prepared.data == data
        turned, upright = run(with_segment(broken, exif_of(3)))
        assert steps_of(turned) == ("rotated 180", "encoded at q90")
        assert_quarters(upright.rotate(180), tolerance=12)
        assert image.size == upright.size


@pytest.mark.parametrize("short", [b"JFIF\0", b"JFIF", b"", b"JFIF\0\1\1"])
def test_a_short_jfif_segment_is_taken_on_both_paths(short: bytes) -> None:
    data = encoded(quarters(), "JPEG", quality=95)
    broken = data[:2] + segment(0xE0, short) + data[JFIF_BYTES + 2 :]
    assert_quarters(run(broken)[1], tolerance=12)
    prepared, image = run(with_segment(broken, exif_of(6)))
    assert image.size == (200, 320)
    assert "rotated 90" in prepared.steps


def test_a_thumbnail_behind_a_segment_that_is_too_short_is_stepped_over() -> None:
    """The length in front of the EXIF block is wrong, so that its thumbnail seems to stand between the segments."""
    block = exif_of(6)[4:] + encoded(noise(160, 120), "JPEG")
    wrong = b"\xff\xe1" + (len(exif_of(6)) - 2).to_bytes(2, "big") + block
    _, image = run(with_segment(encoded(quarters(), "JPEG", quality=95), wrong))
    assert image.size == (200, 320)
    assert_quarters(image.rotate(90, expand=True), tolerance=12)


def test_a_length_of_zero_is_an_empty_segment() -> None:
    data = encoded(quarters(), "JPEG")
    assert run(with_segment(data, b"\xff\xe5\0\0"))[0].data == data


def test_a_second_image_is_never_a_part_of_the_first() -> None:
    first, second = encoded(quarters(), "JPEG"), encoded(noise(), "JPEG")
    stripped = jpeg.strip(first[:-2] + second)
    assert stripped
    assert stripped.data == first


def test_damage_that_looks_like_a_marker_does_not_end_the_pixel_data() -> None:
    """libjpeg goes on at the next restart, and so do browsers."""
    data = encoded(noise(), "JPEG", restart_marker_blocks=5)
    at = data.index(b"\xff\xd2") + 40
    assert prepare(data[:at] + b"\xff\x4f" + data[at + 2 :], POLICY).height == 200


@pytest.mark.parametrize(
    ("data", "finding"),
    [
        (b"\xff\xd8\xff\xd9", "its frame header is missing"),
        (b"\xff\xd8" + segment(0xC0, b"\x08\0\x10\0\x10\3\1\x11"), "its frame header is cut short"),
        (b"\xff\xd8" + segment(0xC0, b"\x08\0\x10\0\x10\1\1\x11\0"), "it has no pixel data"),
        (b"\xff\xd8" + segment(0xC0, b"\x08\0\x10\0\0\1\1\x11\0"), "its width is 0 and its height 16"),
    ],
)
def test_a_file_without_an_image_is_corrupt(data: bytes, finding: str) -> None:
    assert finding in refuse_corrupt(data)


def test_a_jpeg_of_many_scans_is_not_decoded() -> None:
    data = encoded(quarters(2000, 2000), "JPEG", progressive=True)
    scan = data.rindex(b"\xff\xda")
    with pytest.raises(IngestError, match="more than 100 scans") as caught:
        prepare(data[:-2] + data[scan:-2] * 200 + b"\xff\xd9", POLICY)
    assert caught.value.reason is Reason.CORRUPT_IMAGE
