"""Blocks of a GIF: whatever is not needed for the first image may be missing or broken."""

import random
from io import BytesIO

import pytest
from PIL import Image

from imagesearch_ingest.images import Policy, prepare
from imagesearch_ingest.images.policy import Animations
from imagesearch_ingest.model.reasons import Reason
from tests.unit.images.formats.gif.gif_files import (
    CLEAR,
    SIDE,
    code,
    control,
    draw,
    image,
    pack,
    screen,
    sub_blocks,
    tiles,
)
from tests.unit.images.pictures import POLICY, close, colour_at, encoded, noise, refuse, refuse_corrupt

WHOLE = screen() + image() + b";"


def assert_tiles(data: bytes) -> tuple[str, ...]:
    """Assert that the tiles are prepared, and return the steps."""
    prepared = prepare(data, POLICY)
    shown, expected = Image.open(BytesIO(prepared.data)).convert("RGB"), tiles()
    assert shown.size == expected.size
    for x in range(12, SIDE, 24):
        for y in range(10, SIDE, 20):
            assert close(colour_at(shown, (x, y)), colour_at(expected, (x, y)), 12), (x, y)
    return prepared.steps


def test_the_plain_file_shows_the_tiles() -> None:
    assert assert_tiles(WHOLE) == ()


@pytest.mark.parametrize("missing", [1, 2, 3])
def test_a_gif_may_lack_whatever_follows_its_pixels(missing: int) -> None:
    """That is the trailer, the end of the sub-blocks, and the last byte, which holds only the code of the end."""
    pixels = sub_blocks(pack(code(draw())))
    assert (SIDE * SIDE * 3 // 2 * 3) % 8 == 0  # bits of all pixels: the code of the end has a byte of its own
    assert pixels[-2:] == b"\5\0"
    assert_tiles(WHOLE[:-missing])
    assert prepare(encoded(noise(), "GIF")[:-1], POLICY).width == 320


def test_a_missing_pixel_is_refused() -> None:
    assert refuse_corrupt(WHOLE[:-4]) == "the GIF data cannot be decoded: its pixels are damaged, or end early"
    for share in (0.3, 0.6, 0.99):
        refuse_corrupt(WHOLE[: int(len(WHOLE) * share)])
    for end in range(6, 60):
        refuse_corrupt(WHOLE[:end])


@pytest.mark.parametrize("rows", [0, 1, 60, 119])
@pytest.mark.parametrize("end", [True, False])
def test_missing_rows_are_never_filled(rows: int, end: bool) -> None:  # noqa: FBT001 (a parameter of the test)
    codes = code(draw()[: rows * SIDE], end=end) or [CLEAR]
    refuse_corrupt(screen() + image(sub_blocks(pack(codes))) + b";")
    refuse_corrupt(screen() + image(sub_blocks(pack(codes)) + b"\0\0") + image() + b";")


PIXELS = {
    "no code of the end": sub_blocks(pack(code(draw(), end=False))),
    "codes after the end": sub_blocks(pack(code(draw()) + code(draw()))),
    "pixels after the last": sub_blocks(pack(code(draw() + draw()))),
    "bytes after the end": sub_blocks(pack(code(draw())) + bytes(range(200))),
    "no first clear code": sub_blocks(pack(code(draw())[1:])),
    "tiny sub-blocks": sub_blocks(pack(code(draw())), length=3),
}


@pytest.mark.parametrize("pixels", PIXELS.values(), ids=PIXELS.keys())
def test_whole_pixel_data_is_taken(pixels: bytes) -> None:
    assert_tiles(screen() + image(pixels) + b";")


BEFORE = {
    "zeros": bytes(3),
    "a text": b"made by hand",
    "a comment": b"!\xfe" + sub_blocks(b"words"),
    "an empty comment": b"!\xfe\0",
    "an unknown extension": b"!\x77" + sub_blocks(b"words"),
    "an application without its name": b"!\xff\3\1\0\0\0",
    "a loop of the wrong length": b"!\xff\x0bNETSCAPE2.0\1\1\0",
    "an empty control": b"!\xf9\0",
    "a short control": b"!\xf9\1\1\0",
    "a long control": b"!\xf9\6\0\0\0\0\0\0\0",
    "two controls": control(transparent=3) + control(),
    "a transparent colour past the palette": control(transparent=200),
}


@pytest.mark.parametrize("block", BEFORE.values(), ids=BEFORE.keys())
def test_odd_blocks_before_the_image_do_no_harm(block: bytes) -> None:
    assert_tiles(screen() + block + image() + b";")
    assert_tiles(screen(version=b"GIF87a") + block + image() + b";")


AFTER = {
    "nothing": b"",
    "zeros": bytes(5),
    "a text": b"made by hand!",
    "a broken comment": b"!\xfe\xffwords",
    "half an extension": b"!",
    "half a descriptor": b",\0\0\0",
    "an archive": b"PK\3\4" + bytes(range(256)),
}


@pytest.mark.parametrize("block", AFTER.values(), ids=AFTER.keys())
def test_damage_behind_the_image_does_no_harm(block: bytes) -> None:
    assert_tiles(screen() + image() + block)


@pytest.mark.parametrize("share", [0.05, 0.3, 0.7, 0.999])
def test_a_later_frame_may_be_cut_short(share: float) -> None:
    second = control(disposal=1) + image(box=(10, 10, 100, 100))
    data = screen() + control(disposal=1) + image() + second[: max(20, int(len(second) * share))]
    assert "first frame" in assert_tiles(data)
    assert refuse(data, Policy(animations=Animations.REJECT))[0] is Reason.TOO_MANY_FRAMES


def test_damage_in_a_later_frame_does_no_harm() -> None:
    broken = sub_blocks(random.Random(0).randbytes(900))
    assert "first frame" in assert_tiles(screen() + image() + image(broken) + image() + b";")


def test_a_file_without_an_image_is_corrupt() -> None:
    for data in (screen(), screen() + b";", screen() + b"!\xfe\3abc\0;", screen()[:10], screen() + b"garbage"):
        assert refuse_corrupt(data).endswith("the file ends before its first image")


def test_too_many_parts_are_an_attack() -> None:
    refuse_corrupt(screen() + b"!\xfe\0" * 310_000 + image() + b";")
