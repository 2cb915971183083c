"""Pixels of a GIF."""

import struct

import pytest
from PIL import Image

from imagesearch_ingest.images import Policy, prepare
from tests.unit.images.formats.gif.gif_files import COLOURS, SIDE, control, image, screen, sub_blocks, table
from tests.unit.images.formats.gif.test_blocks import assert_tiles
from tests.unit.images.pictures import RED, close, colour_at, encoded, quarters, refuse, refuse_corrupt, run

BLUE_GROUND = Policy(background=(10, 20, 250))


def test_the_uncovered_gif_screen_is_transparent() -> None:
    """Browsers show it as transparent. Encoders set the background of the screen at random."""
    gif = bytearray(encoded(quarters(160, 200), "GIF"))
    gif[6:8] = struct.pack("<H", 320)
    _, image = run(bytes(gif), BLUE_GROUND)
    assert image.size == (320, 200)
    assert close(colour_at(image, (20, 20)), RED)
    assert close(colour_at(image, (250, 100)), (10, 20, 250))


def test_an_image_may_stand_anywhere_on_the_screen() -> None:
    _, shown = run(screen(200, 200) + image(box=(40, 60, 120, 120)) + b";", BLUE_GROUND)
    assert shown.size == (200, 200)
    assert close(colour_at(shown, (20, 100)), (10, 20, 250), 12)
    assert close(colour_at(shown, (100, 190)), (10, 20, 250), 12)
    flat = [shown.getpixel((x, 120)) for x in range(60, 150)]
    assert len({tuple(level // 64 for level in colour) for colour in flat if isinstance(colour, tuple)}) > 3


def test_a_gif_frame_may_enlarge_the_canvas() -> None:
    gif = bytearray(encoded(quarters(300, 200), "GIF"))
    gif[6:10] = struct.pack("<HH", 10, 10)  # the screen; the frame stays 300x200
    prepared, _ = run(bytes(gif))
    assert (prepared.width, prepared.height) == (300, 200)


def test_a_screen_without_sides_takes_those_of_the_image() -> None:
    assert_tiles(screen(0, 0) + image() + b";")
    assert_tiles(screen(0, SIDE) + image() + b";")


def test_an_image_without_sides_is_corrupt() -> None:
    whole = image()
    for sides in ((0, 0), (SIDE, 0), (0, SIDE)):
        detail = refuse_corrupt(screen() + whole[:5] + struct.pack("<HH", *sides) + whole[9:] + b";")
        assert detail == "the GIF data cannot be decoded: its first image is 0 pixels wide or high"


def test_the_image_may_have_its_own_palette() -> None:
    assert_tiles(screen(colours=b"", flags=0) + image(flags=0x81, colours=table()) + b";")
    assert_tiles(screen(colours=table(COLOURS[::-1])) + image(flags=0x81, colours=table()) + b";")


def test_a_palette_of_two_colours_for_more_is_shown() -> None:
    """Pixels beyond it are black, as in most displays."""
    _, shown = run(screen(colours=table(COLOURS[:2]), flags=0x80) + image() + b";")
    colours = {tuple(round(level / 85) for level in colour) for _, colour in shown.getcolors(100_000) or ()}  # type: ignore[union-attr] # RGB
    assert (0, 0, 0) in colours


def test_an_image_without_any_palette_is_grey() -> None:
    _, shown = run(screen(colours=b"", flags=0) + image() + b";")
    assert shown.size == (SIDE, SIDE)


def test_interlaced_rows_are_put_in_order() -> None:
    picture = quarters(200, 160).quantize(4)
    interlaced = encoded(picture, "GIF", interlace=1)
    with_comment = interlaced[:-1] + b"!\xf9\4\1\0\0\xff\0" + b";"  # a control that keeps it from passing through
    _, shown = run(with_comment)
    assert close(colour_at(shown, (20, 20)), RED, 12)
    assert close(colour_at(shown, (20, 75)), RED, 12)
    assert not close(colour_at(shown, (20, 85)), RED, 12)


def test_transparent_pixels_show_the_background() -> None:
    _, shown = run(screen() + control(transparent=0) + image() + b";", BLUE_GROUND)
    assert close(
        colour_at(shown.resize((1, 1), Image.Resampling.BOX), (0, 0)), (73, 118, 183), 6
    )  # the average of the tiles with the background for red


@pytest.mark.parametrize("code_size", [0, 9, 12, 255])
def test_impossible_codes_are_corrupt(code_size: int) -> None:
    refuse_corrupt(screen() + image(sub_blocks(bytes(range(1, 250))), code_size=code_size) + b";")


def test_sides_of_the_screen_are_limited() -> None:
    reason, _ = refuse(screen(65535, 65535) + image() + b";")
    assert reason.code == "too_many_pixels"


def test_an_image_beyond_any_screen_is_corrupt() -> None:
    detail = refuse_corrupt(screen() + image(box=(65500, 0, SIDE, SIDE)) + b";")
    assert detail.endswith("its first image reaches beyond 65535 pixels, where no screen ends")


def test_an_image_far_off_the_screen_counts_with_its_place() -> None:
    far = prepare(screen() + image(box=(0, 300, SIDE, SIDE)) + b";", BLUE_GROUND)
    assert (far.width, far.height) == (120, 420)
