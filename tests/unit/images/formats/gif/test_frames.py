"""Later frames are composed as browsers and libvips show them."""

from random import Random

import pytest
import pyvips
from PIL import Image, ImageChops

from imagesearch_ingest.images.formats.gif.frames import read_later_frames
from imagesearch_ingest.images.formats.gif.pass_through import PLUGIN
from tests.unit.images.formats.gif.gif_files import COLOURS, SIDE, code, control, image, pack, screen, sub_blocks

CLEAR = (0, 0, 0, 0)


def square(index: int, box: tuple[int, int, int, int]) -> bytes:
    """Return an image of one colour of the palette."""
    return image(sub_blocks(pack(code([index] * (box[2] * box[3])))), box)


def frames_of(*blocks: bytes, sides: tuple[int, int] = (SIDE, SIDE)) -> list[Image.Image]:
    return [frame.convert("RGBA") for frame in read_later_frames(screen(*sides) + b"".join(blocks) + b";", PLUGIN)]


def colours(frame: Image.Image) -> list[int | str]:
    """Return the palette indexes at four points: in the first square, in both, in the second, and in neither."""
    found = []
    for point in ((15, 15), (35, 35), (55, 55), (100, 100)):
        colour = frame.getpixel(point)
        assert isinstance(colour, tuple)
        found.append("clear" if colour[3] == 0 else COLOURS.index(colour[:3]))  # type: ignore[arg-type] # three levels
    return found


FIRST, SECOND, THIRD = (10, 10, 30, 30), (30, 30, 30, 30), (0, 0, 5, 5)


@pytest.mark.parametrize(
    ("disposal", "after"),
    [
        (0, [0, 1, 1, 2]),
        (1, [0, 1, 1, 2]),
        (2, [0, "clear", "clear", 2]),
        (3, [0, 0, 2, 2]),
    ],
)
def test_each_disposal(disposal: int, after: list[int | str]) -> None:
    whole = square(2, (0, 0, SIDE, SIDE))
    shown = frames_of(whole, square(0, FIRST), control(disposal=disposal), square(1, SECOND), square(3, THIRD))
    assert colours(shown[0]) == [0, 0, 2, 2]
    assert colours(shown[1]) == [0, 1, 1, 2]
    assert colours(shown[2]) == after


def test_transparent_pixels_keep_what_is_below() -> None:
    shown = frames_of(square(2, (0, 0, SIDE, SIDE)), control(transparent=1), square(1, SECOND))
    assert colours(shown[0]) == [2, 2, 2, 2]


def test_the_screen_is_clear_at_first() -> None:
    shown = frames_of(square(0, FIRST), square(1, SECOND))
    assert colours(shown[0]) == [0, 1, 1, "clear"]


def test_a_frame_beyond_the_edge_is_cut() -> None:
    shown = frames_of(square(2, (0, 0, SIDE, SIDE)), square(1, (90, 90, 60, 60)))
    assert shown[0].size == (SIDE, SIDE)
    assert colours(shown[0]) == [2, 2, 2, 1]


def test_a_frame_larger_than_the_screen_is_refused() -> None:
    with pytest.raises(ValueError, match="larger than the screen"):
        frames_of(square(2, (0, 0, SIDE, SIDE)), square(1, (0, 0, SIDE + 1, 10)))


@pytest.mark.parametrize("seed", range(12))
def test_frames_agree_with_libvips(seed: int) -> None:
    """An opaque frame is not disposed of to the background: libvips then fills in a colour, browsers none."""
    rng = Random(seed)
    blocks = [square(2, (0, 0, SIDE, SIDE))]
    for _ in range(5):
        width, height = rng.randrange(1, 60), rng.randrange(1, 60)
        box = (rng.randrange(SIDE - width), rng.randrange(SIDE - height), width, height)
        transparent = rng.choice([None, 0, 1])
        disposals = [0, 1, 3] if transparent is None else [0, 1, 2, 3]
        blocks += [control(transparent=transparent, disposal=rng.choice(disposals)), image(box=box)]
    data = screen() + b"".join(blocks) + b";"
    for number, frame in enumerate(read_later_frames(data, PLUGIN), start=1):
        page = pyvips.Image.gifload_buffer(data, page=number)
        page = page if page.hasalpha() else page.bandjoin(255)
        expected = Image.frombytes("RGBA", (SIDE, SIDE), page.write_to_memory())
        ground = Image.new("RGBA", (SIDE, SIDE), (9, 9, 9, 255))
        one, other = (Image.alpha_composite(ground, drawn.convert("RGBA")) for drawn in (frame, expected))
        assert ImageChops.difference(one, other).getbbox(alpha_only=False) is None, number
    assert number == 5
