"""The first frame of an animation that shows something is taken."""

import time
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from imagesearch_ingest.images import Policy
from imagesearch_ingest.images.policy import BlankPictures
from imagesearch_ingest.model.reasons import Reason
from tests.unit.images.pictures import GREEN, WHITE, assert_quarters, close, colour_at, encoded, quarters, refuse, run

FORMATS = ["GIF", "PNG", "WEBP", "AVIF"]
REJECT = Policy(blank_pictures=BlankPictures.REJECT)


def animation(file_format: str, *frames: Image.Image, **options: Any) -> bytes:
    if file_format == "WEBP":
        options["lossless"] = True
    return encoded(frames[0], file_format, save_all=True, append_images=frames[1:], duration=40, **options)


def white(level: int = 255, size: tuple[int, int] = (320, 200)) -> Image.Image:
    return Image.new("RGB", size, (level, level, level))


def faded(share: float) -> Image.Image:
    return Image.blend(white(), quarters(), share)


@pytest.mark.parametrize("file_format", FORMATS)
def test_blank_frames_are_passed_over(file_format: str) -> None:
    data = animation(file_format, white(), white(0), white(), quarters(), faded(0.5))
    assert Image.open(BytesIO(data)).n_frames == 5
    for policy in (Policy(), REJECT):
        prepared, image = run(data, policy)
        assert_quarters(image, tolerance=12)
        assert "frame 4: the first 3 show nothing" in prepared.steps
        assert "first frame" not in prepared.steps
        assert not prepared.is_blank


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_first_frame_that_shows_something_is_taken(file_format: str) -> None:
    prepared, image = run(animation(file_format, faded(0.2), white(), quarters()))
    assert "first frame" in prepared.steps
    assert close(colour_at(image, (20, 20)), faded(0.2).getpixel((20, 20)), 12)  # type: ignore[arg-type] # a colour


@pytest.mark.parametrize("file_format", FORMATS)
def test_of_blank_frames_the_first_is_taken_and_told(file_format: str) -> None:
    data = animation(file_format, white(), white(40), white(200))
    prepared, image = run(data)
    assert prepared.steps[0] == "first frame"
    assert "blank: it shows nothing but #ffffff" in prepared.steps
    assert close(colour_at(image, (160, 100)), WHITE)
    assert refuse(data, REJECT)[0] is Reason.IMAGE_BLANK


def test_the_second_frame_is_named() -> None:
    assert "frame 2: the first shows nothing" in run(animation("PNG", white(), quarters()))[0].steps


@pytest.mark.parametrize("file_format", ["GIF", "PNG", "WEBP"])
def test_frames_out_of_transparency(file_format: str) -> None:
    clear = Image.new("RGBA", (320, 200), (0, 0, 0, 0))
    shape = clear.copy()
    shape.paste((*GREEN, 255), (40, 40, 120, 120))
    prepared, image = run(
        animation(file_format, clear, clear.copy(), shape, disposal=2)
        if file_format == "GIF"
        else animation(file_format, clear, Image.new("RGBA", (320, 200), (9, 9, 9, 0)), shape)
    )
    assert close(colour_at(image, (80, 80)), GREEN, 12)
    assert close(colour_at(image, (250, 150)), WHITE)
    assert any(step.startswith("frame ") for step in prepared.steps)


def test_a_later_frame_is_scaled_and_converted_like_the_first() -> None:
    data = animation("PNG", white(size=(2000, 1000)), quarters(2000, 1000))
    prepared, image = run(data, Policy(longest_side=500))
    assert image.size == (500, 250)
    assert prepared.steps[:2] == ("frame 2: the first shows nothing", "2000x1000 to 500x250")
    assert_quarters(image, tolerance=12)


@pytest.mark.parametrize("file_format", ["GIF", "PNG", "WEBP"])
def test_a_hundred_frames_are_looked_at(file_format: str) -> None:
    def late(blanks: int) -> bytes:
        frames = [white(255 - n % 2 * 9, (100, 100)) for n in range(blanks)]
        return animation(file_format, *frames, quarters(100, 100))

    assert "frame 101: the first 100 show nothing" in run(late(100))[0].steps
    assert run(late(101))[0].is_blank


@pytest.mark.slow
def test_large_frames_are_looked_at_within_two_seconds() -> None:
    frames = [white(255 - n % 2 * 9, (2000, 2000)) for n in range(8)]
    data = animation("GIF", *frames)
    begun = time.process_time()
    assert run(data)[0].is_blank
    assert time.process_time() - begun < 2


@pytest.mark.parametrize("file_format", ["GIF", "PNG"])
def test_a_broken_later_frame_ends_the_search(file_format: str) -> None:
    data = bytearray(animation(file_format, white(), white(90), quarters(), quarters()))
    whole, _ = run(bytes(data))
    assert "frame 3: the first 2 show nothing" in whole.steps
    if file_format == "GIF":
        cut = bytes(data[: len(data) * 3 // 4])
        assert "frame 3: the first 2 show nothing" in run(cut)[0].steps or run(cut)[0].is_blank
    else:
        at = data.index(b"fdAT", data.index(b"fdAT") + 4)
        data[at + 20 : at + 60] = bytes(40)
        assert run(bytes(data))[0].is_blank


def test_pages_of_a_tiff_are_no_frames() -> None:
    prepared, _ = run(encoded(white(), "TIFF", save_all=True, append_images=[quarters()]))
    assert prepared.is_blank
