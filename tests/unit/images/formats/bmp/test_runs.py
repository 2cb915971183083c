"""Run-length encoding, in both depths of the palette and in 24 bits."""

from random import Random

import pytest

from imagesearch_ingest.images import Policy, prepare
from imagesearch_ingest.images.formats.bmp.header import read_header
from imagesearch_ingest.images.formats.bmp.runs import decode_runs
from imagesearch_ingest.model.reasons import Reason
from tests.unit.images.formats.bmp.bmp_files import bmp
from tests.unit.images.pictures import BLUE, GREEN, RED, WHITE, close, colour_at, refuse, refuse_corrupt, run

END_OF_ROW, END = b"\0\0", b"\0\1"
PALETTE = b"".join(bytes((*colour[::-1], 0)) for colour in (WHITE, RED, GREEN, BLUE))
SMALL = Policy(min_side=1)


def runs(codes: bytes, *, depth: int = 8, sides: tuple[int, int] = (320, 200)) -> bytes:
    compression = {4: 2, 8: 1, 24: 4}[depth]
    palette, size = (PALETTE, 40) if depth < 24 else (b"", 64)
    return bmp(
        depth, codes, compression=compression, palette=palette, colours=len(palette) // 4, sides=sides, size=size
    )


def decoded(codes: bytes, *, depth: int = 8, sides: tuple[int, int]) -> tuple[list[bytes], list[bytes] | None]:
    """Return the rows from the bottom up, and which of their pixels are set."""
    data = runs(codes, depth=depth, sides=sides)
    samples, opacity = decode_runs(data, read_header(data))
    width = sides[0] * max(1, depth // 8)
    rows = [samples[at : at + width] for at in range(0, len(samples), width)]
    return rows, opacity and [opacity[at : at + sides[0]] for at in range(0, len(opacity), sides[0])]


def test_runs_of_eight_bits() -> None:
    rows, opacity = decoded(b"\3\7\2\x08" + END_OF_ROW + b"\0\5abcde\0" + END_OF_ROW + END, sides=(5, 2))
    assert rows == [b"\7\7\7\x08\x08", b"abcde"]
    assert opacity is None


def test_runs_of_four_bits_alternate() -> None:
    rows, _ = decoded(b"\5\x12" + END_OF_ROW + b"\0\5\x34\x56\x70\0" + END_OF_ROW + END, depth=4, sides=(5, 2))
    assert rows == [b"\1\2\1\2\1", b"\3\4\5\6\7"]


def test_runs_of_24_bits() -> None:
    rows, _ = decoded(b"\3abc\1xyz\0\0" + b"\0\3abcdefghi\0\1uvw" + END, depth=24, sides=(4, 2))
    assert rows == [b"abcabcabcxyz", b"abcdefghiuvw"]


@pytest.mark.parametrize("depth", [4, 8])
def test_a_run_that_reaches_past_its_row_is_cut_off(depth: int) -> None:
    codes = (b"\4\x11\4\x22" + END_OF_ROW) * 2 + b"\4\x11\0\4\x22\x22" + b"\x22\x22" * (depth == 8)
    rows, opacity = decoded(codes + END_OF_ROW + END, depth=depth, sides=(7, 3))
    one, two = (1, 2) if depth == 4 else (0x11, 0x22)
    assert rows == [bytes((one, one, one, one, two, two, two))] * 3
    assert opacity is None


def test_many_runs_past_the_row_take_no_memory() -> None:
    rows, _ = decoded(b"\xff\1" * 100_000 + END_OF_ROW + b"\5\2" + END, sides=(5, 2))
    assert rows == [b"\1" * 5, b"\2" * 5]


def test_pixels_without_a_code_are_not_set() -> None:
    codes = b"\2\1" + END_OF_ROW + b"\1\2\0\2\1\1" + b"\1\3" + END
    rows, opacity = decoded(codes, sides=(4, 4))
    assert rows == [b"\1\1\0\0", b"\2\0\0\0", b"\0\0\3\0", b"\0\0\0\0"]
    assert opacity == [b"\xff\xff\0\0", b"\xff\0\0\0", b"\0\0\xff\0", b"\0\0\0\0"]


def test_pixels_that_are_not_set_show_the_background() -> None:
    codes = (b"\xff\1\x41\1" + END_OF_ROW) * 100 + b"\xa0\1" + END
    prepared, image = run(runs(codes), Policy(background=BLUE))
    assert close(colour_at(image, (20, 150)), RED)  # stored from the bottom up
    assert close(colour_at(image, (300, 50)), BLUE)
    assert "flattened" in prepared.steps


def test_images_from_the_top_down_are_read() -> None:
    codes = (b"\xff\1\x41\1" + END_OF_ROW) * 100 + (b"\xff\2\x41\2" + END_OF_ROW) * 100
    _, image = run(runs(codes, sides=(320, -200)))
    assert close(colour_at(image, (20, 50)), RED)
    assert close(colour_at(image, (20, 150)), GREEN)


@pytest.mark.parametrize("end", [END_OF_ROW + END, END_OF_ROW, b"", END, END_OF_ROW * 3, END_OF_ROW + b"\5\1" + END])
def test_the_end_code_may_be_missing_or_late(end: bytes) -> None:
    rows, opacity = decoded(b"\5\1" + END_OF_ROW + b"\5\2" + end, sides=(5, 2))
    assert rows == [b"\1" * 5, b"\2" * 5]
    assert opacity is None


def test_missing_rows_without_an_end_code_are_corrupt() -> None:
    row = b"\xa0\1\xa0\2" + END_OF_ROW
    whole = runs(row * 200)
    assert prepare(whole, SMALL).width == 320
    for end in (len(whole) - 3, len(whole) - 5, len(whole) // 2, 14 + 40 + 16):
        assert "before its last row" in refuse_corrupt(whole[:end])


@pytest.mark.parametrize("codes", [b"\0\2\6\0", b"\0\2\0\2", b"\5\1\0\2\1\0", b"\0\2\xff\xff"])
def test_codes_that_leave_the_picture_are_corrupt(codes: bytes) -> None:
    reason, detail = refuse(runs(codes + END, sides=(5, 2)), SMALL)
    assert reason is Reason.CORRUPT_IMAGE
    assert "lead out of the picture" in detail


@pytest.mark.slow
def test_too_many_codes_are_refused_soon() -> None:
    """Literal pixels are among the bombs (test_prepare_bombs)."""
    reason, detail = refuse(runs(b"\0\2\0\0" * 810_000 + END))
    assert reason is Reason.TOO_MANY_PIXELS
    assert "800 thousand" in detail


@pytest.mark.parametrize("depth", [4, 8, 24])
def test_noise_survives(depth: int) -> None:
    """Write noise with codes of every kind, chosen at random, and read it."""
    rng = Random(depth)
    width, height = 77, 31
    levels = 16 if depth == 4 else 256
    codes, expected = b"", []
    for _ in range(height):
        row: list[bytes] = []
        while len(row) < width:
            room = width - len(row)
            colour = rng.randbytes(3)
            values = [rng.randrange(levels) for _ in range(min(rng.randrange(3, 20), room))]
            if rng.random() < 0.5 and len(values) > 2 and depth < 24:
                row += [bytes((value,)) for value in values]
                packed = bytes(values)
                if depth == 4:
                    even = [*values, 0][: len(values) + len(values) % 2]
                    packed = bytes(a << 4 | b for a, b in zip(even[::2], even[1::2], strict=True))
                codes += bytes((0, len(values))) + packed + bytes(len(packed) % 2)
            elif depth == 24:
                row += [colour] * len(values)
                codes += bytes((len(values),)) + colour
            else:
                one, two = values[0], values[0] if depth == 8 else values[-1]
                row += [bytes((one if at % 2 == 0 else two,)) for at in range(len(values))]
                codes += bytes((len(values), one << 4 | two if depth == 4 else one))
        expected.append(b"".join(row))
        codes += END_OF_ROW
    rows, opacity = decoded(codes + END, depth=depth, sides=(width, height))
    assert rows == expected
    assert opacity is None
