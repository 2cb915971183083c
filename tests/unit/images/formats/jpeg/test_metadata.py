"""Profiles and EXIF blocks as encoders write them, on both paths."""

from collections.abc import Callable

import pytest
from PIL import Image

from imagesearch_ingest.images.formats.jpeg.metadata import read_profile
from imagesearch_ingest.images.formats.jpeg.structure import read_structure
from tests.unit.images.formats.jpeg.parts import behind_frame, exif_of, profile_segment, with_segment
from tests.unit.images.pictures import (
    assert_quarters,
    colour_at,
    encoded,
    quarters,
    run,
    srgb_profile,
    steps_of,
    swapped_profile,
)

Embed = Callable[[bytes, bytes], bytes]


def halves(profile: bytes) -> tuple[bytes, bytes]:
    return profile[:300], profile[300:]


EMBEDDED: dict[str, Embed] = {
    "plainly": lambda data, profile: with_segment(data, profile_segment(profile)),
    "behind the frame header": lambda data, profile: behind_frame(data, profile_segment(profile)),
    "twice, each as 1 of 1": lambda data, profile: with_segment(data, profile_segment(profile) * 2),
    "as 1 of 2": lambda data, profile: with_segment(data, profile_segment(profile, 1, 2)),
    "as 0 of 0": lambda data, profile: with_segment(data, profile_segment(profile, 0, 0)),
    "as 1 of 255": lambda data, profile: with_segment(data, profile_segment(profile, 1, 255)),
    "in pieces from 0 on": lambda data, profile: with_segment(
        data, b"".join(profile_segment(piece, n, 2) for n, piece in enumerate(halves(profile)))
    ),
    "in pieces of equal numbers": lambda data, profile: with_segment(
        data, b"".join(profile_segment(piece, 1, 1) for piece in halves(profile))
    ),
    "in pieces, the last first": lambda data, profile: with_segment(
        data, b"".join(profile_segment(piece, 2 - n, 2) for n, piece in enumerate(reversed(halves(profile))))
    ),
    "in pieces, twice": lambda data, profile: with_segment(
        data, b"".join(profile_segment(piece, n, 2) for n, piece in enumerate(halves(profile), 1)) * 2
    ),
    "before and behind the frame header": lambda data, profile: behind_frame(
        with_segment(data, profile_segment(halves(profile)[0], 1, 2)), profile_segment(halves(profile)[1], 2, 2)
    ),
    "with bytes behind it": lambda data, profile: with_segment(data, profile_segment(profile + b"more")),
}


@pytest.mark.parametrize("embed", EMBEDDED.values(), ids=EMBEDDED)
def test_a_profile_is_used_however_it_is_embedded(embed: Embed) -> None:
    drawn = Image.new("RGB", (320, 200), (220, 30, 30))
    drawn.paste((30, 220, 30), (200, 100, 320, 200))
    prepared, image = run(embed(encoded(drawn, "JPEG", quality=95), swapped_profile()))
    assert steps_of(prepared) == ("rgb to srgb by its profile", "encoded at q90")
    red, _, blue = colour_at(image, (100, 100))
    assert blue > red + 100


@pytest.mark.parametrize("embed", EMBEDDED.values(), ids=EMBEDDED)
def test_an_srgb_profile_lets_the_image_pass(embed: Embed) -> None:
    data = encoded(quarters(), "JPEG", quality=95)
    prepared, _ = run(embed(data, srgb_profile()))
    assert (prepared.data, prepared.steps) == (data, ("ICC profile removed",))


def test_a_profile_that_is_cut_short_is_told() -> None:
    data = with_segment(encoded(quarters(), "JPEG"), profile_segment(swapped_profile()[:200]))
    assert read_profile(read_structure(data)) == swapped_profile()[:200]
    prepared, image = run(data)
    assert steps_of(prepared)[0] == "rgb to srgb without its profile, which does not fit"
    assert_quarters(image, tolerance=12)


@pytest.mark.parametrize("kind", [1, 3, 4], ids=["byte", "short", "long"])
@pytest.mark.parametrize("place", [with_segment, behind_frame])
def test_an_orientation_counts_in_any_whole_number(kind: int, place: Embed) -> None:
    prepared, image = run(place(encoded(quarters(), "JPEG", quality=95), exif_of(8, kind)))
    assert steps_of(prepared) == ("rotated 270", "encoded at q90")
    assert_quarters(image.rotate(-90, expand=True), tolerance=12)


def test_a_value_that_is_no_orientation_is_ignored() -> None:
    for value in (0, 9):
        assert run(with_segment(encoded(quarters(), "JPEG"), exif_of(value, 4)))[0].steps == ("EXIF removed",)


def test_the_first_exif_block_counts() -> None:
    data = with_segment(encoded(quarters(), "JPEG"), exif_of(1) + exif_of(6))
    assert run(data)[1].size == (320, 200)
