"""Containers whose sizes and flags are wrong: the image counts."""

from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from imagesearch_ingest.images import Policy, prepare
from imagesearch_ingest.images.formats.webp.container import inspect
from imagesearch_ingest.images.policy import Animations
from imagesearch_ingest.model.reasons import Reason
from tests.unit.images.formats.stripping import pixels
from tests.unit.images.formats.webp.webp_files import canvas, chunk, riff, split
from tests.unit.images.pictures import POLICY, encoded, noise, refuse, refuse_corrupt, run, srgb_profile

IMAGE = noise(120, 110)
SEE_THROUGH = IMAGE.copy()
SEE_THROUGH.putalpha(Image.linear_gradient("L").resize(IMAGE.size))
WHOLE = {
    "lossy": encoded(IMAGE, "WEBP", quality=90),
    "lossless": encoded(IMAGE, "WEBP", lossless=True),
    "lossy with alpha": encoded(SEE_THROUGH, "WEBP", quality=90),
    "lossless with alpha": encoded(SEE_THROUGH, "WEBP", lossless=True),
}
KINDS = pytest.mark.parametrize("whole", WHOLE.values(), ids=WHOLE.keys())
PROFILE = srgb_profile()
EXIF = b"II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0"  # orientation 6: 90 degrees
LOSSY = WHOLE["lossy"][12:]
FRAMES = [noise(120, 110), noise(120, 110, spread=20), noise(120, 110, spread=40)]
ANIMATION = encoded(FRAMES[0], "WEBP", lossless=True, save_all=True, append_images=FRAMES[1:])


def _assert_same(damaged: bytes, whole: bytes) -> None:
    """The damaged file gives the same pixels, in a file that every reader takes."""
    rebuilt = inspect(damaged, POLICY).data
    assert int.from_bytes(rebuilt[4:8], "little") == len(rebuilt) - 8
    assert (
        Image.open(BytesIO(rebuilt)).convert("RGBA").tobytes() == Image.open(BytesIO(whole)).convert("RGBA").tobytes()
    )
    assert run(damaged)[1].size == (120, 110)


@KINDS
def test_sound_files_stay_as_they_are(whole: bytes) -> None:
    for data in (whole, whole + b"trailing data"):
        assert inspect(data, POLICY).data is data


@KINDS
@pytest.mark.parametrize("wrong", [-1000, -10, -2, -1, 1, 2, 10, 1000])
def test_the_size_in_the_header_may_be_wrong(whole: bytes, wrong: int) -> None:
    size = len(whole) - 8 + wrong
    _assert_same(whole[:4] + size.to_bytes(4, "little") + whole[8:], whole)


@KINDS
@pytest.mark.parametrize("size", [0, 4, 0xFFFFFFFF])
def test_the_size_in_the_header_may_be_missing(whole: bytes, size: int) -> None:
    _assert_same(whole[:4] + size.to_bytes(4, "little") + whole[8:], whole)


@pytest.mark.parametrize("extra", [b"", b"!"])
def test_padding_may_be_missing(extra: bytes) -> None:
    exif = chunk(b"EXIF", EXIF + extra, padding=False)
    prepared, _ = run(riff(canvas(8), exif, LOSSY))
    assert "rotated 90" in prepared.steps
    _, body = split(WHOLE["lossy"])[0]
    odd = body if len(body) % 2 else body + b"\0"
    _assert_same(riff(chunk(b"VP8 ", odd, padding=False)), WHOLE["lossy"])


@pytest.mark.parametrize(
    "damaged",
    [
        riff(canvas(), chunk(b"priv", b"?"), LOSSY, chunk(b"priv", b"?" * 99)[:50]),
        riff(chunk(b"priv", b"??"), LOSSY),
        riff(canvas(0, 121, 110), LOSSY),
        riff(canvas(0, 120, 109), LOSSY),
        riff(canvas(0x02), LOSSY),
        riff(canvas(0x3C), LOSSY),
        riff(canvas()[:-2], LOSSY, size=9999),
        riff(chunk(b"VP8X", bytes(6)), LOSSY),
        riff(canvas(8), chunk(b"EXIF", EXIF, size=999), LOSSY),
        riff(canvas(8), LOSSY, chunk(b"EXIF", EXIF, size=999)),
        riff(canvas(0x20), chunk(b"ICCP", PROFILE, size=0x7FFFFFFF), LOSSY),
        riff(canvas(0x20), chunk(b"ICCP", PROFILE, size=len(PROFILE) - 64), LOSSY),
        riff(chunk(b"VP8 ", LOSSY[8:], size=len(LOSSY) + 50)),
        riff(canvas(), canvas(), LOSSY),
    ],
)
def test_damage_beside_the_image_does_no_harm(damaged: bytes) -> None:
    _assert_same(damaged, WHOLE["lossy"])


def test_a_profile_is_found_by_its_own_size() -> None:
    for size in (len(PROFILE) + 64, 0x7FFFFFFF):
        rebuilt = inspect(riff(canvas(0x20), chunk(b"ICCP", PROFILE, size=size), LOSSY), POLICY).data
        assert Image.open(BytesIO(rebuilt)).info["icc_profile"] == PROFILE


def test_alpha_is_found_behind_a_wrong_size() -> None:
    _, alpha, image = split(WHOLE["lossy with alpha"])
    damaged = riff(canvas(0x30), chunk(b"ICCP", PROFILE, size=0x7FFFFFFF), chunk(*alpha), chunk(*image))
    _assert_same(damaged, WHOLE["lossy with alpha"])


def test_a_missing_flag_of_transparency_is_set() -> None:
    """Some decoders show hidden colours without it."""
    image = split(WHOLE["lossless with alpha"])[-1]
    damaged = riff(canvas(), chunk(*image))
    assert inspect(damaged, POLICY).data[20] & 0x10
    _assert_same(damaged, WHOLE["lossless with alpha"])


@KINDS
def test_missing_pixels_are_corrupt(whole: bytes) -> None:
    end = len(whole) - 1  # the last byte may be padding
    for cut in (whole[: end - 4], whole[: end - 50], whole[: end // 2]):
        refuse_corrupt(cut)


@pytest.mark.parametrize("options", [{"quality": 80}, {"lossless": True}, {"lossless": True, "has_alpha": True}])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_file_that_ends_too_early_is_called_cut_short(options: dict[str, Any], share: float) -> None:
    image = noise()
    if options.get("has_alpha"):
        image.putalpha(Image.linear_gradient("L").resize(image.size))
    data = encoded(image, "WEBP", **options)
    assert "cut short" in refuse_corrupt(data[: int(len(data) * share)])


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_lossy_file_with_alpha_that_ends_too_early_is_called_cut_short(share: float) -> None:
    image = noise()
    image.putalpha(noise().convert("L"))
    data = encoded(image, "WEBP", quality=80)
    assert b"ALPH" in data
    assert "cut short" in refuse_corrupt(data[: int(len(data) * share)])


def test_an_image_without_a_header_is_corrupt() -> None:
    assert "header of its image" in refuse_corrupt(riff(chunk(b"VP8 ", bytes(50))))
    assert "no image" in refuse_corrupt(riff(canvas(), chunk(b"EXIF", EXIF)))
    for whole in WHOLE.values():
        refuse_corrupt(whole[:40])


@pytest.mark.parametrize("quality", [60, 80, 95])
@pytest.mark.parametrize("share", [0.3, 0.5, 0.8])
def test_an_end_of_zeros_is_corrupt(quality: int, share: float) -> None:
    """An interrupted copy leaves them. Zeros decode, into a flat colour."""
    whole = encoded(noise(400, 300), "WEBP", quality=quality)
    damaged = whole[: int(len(whole) * share)].ljust(len(whole), b"\0")
    assert "overwritten with zeros" in refuse_corrupt(damaged)


@pytest.mark.parametrize("method", [0, 4])
@pytest.mark.parametrize("colour", ["white", "black", (200, 30, 60)])
def test_a_flat_end_is_whole(method: int, colour: str) -> None:
    """Its data ends with zeros, too."""
    image = Image.new("RGB", (1000, 1000), colour)
    image.paste(noise(300, 200), (100, 0))
    for quality in (20, 80, 100):
        assert prepare(encoded(image, "WEBP", quality=quality, method=method), POLICY).format == "WEBP"


def _first_frame() -> tuple[int, int]:
    """Return where the first frame ends, and where the second does."""
    ends, at = [], 12
    for kind, body in split(ANIMATION):
        at += 8 + len(body) + len(body) % 2
        ends += [at] if kind == b"ANMF" else []
    return ends[0], ends[1]


def test_an_animation_cut_in_a_later_frame_gives_its_first() -> None:
    first, second = _first_frame()
    for end in (first + 8, first + 100, second - 1, second + 30, len(ANIMATION) - 40):
        assert pixels(inspect(ANIMATION[:end], POLICY).data) == pixels(ANIMATION)
        assert run(ANIMATION[:end])[0].steps[0] == "first frame"
        assert refuse(ANIMATION[:end], Policy(animations=Animations.REJECT))[0] is Reason.TOO_MANY_FRAMES
    assert run(ANIMATION[:first])[1].size == (120, 110)


def test_an_animation_cut_in_its_first_frame_is_corrupt() -> None:
    first, _ = _first_frame()
    for end in (first - 2, first // 2, 60):
        assert "first frame is cut short" in refuse_corrupt(ANIMATION[:end])


def test_an_animation_without_its_header_is_corrupt() -> None:
    frames = [chunk(kind, body) for kind, body in split(ANIMATION) if kind == b"ANMF"]
    assert "header of its animation" in refuse_corrupt(riff(*frames))
    _assert_same_frame = inspect(riff(canvas(), *frames), POLICY)
    assert pixels(_assert_same_frame.data) == pixels(ANIMATION)
