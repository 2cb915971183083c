"""A fax goes on behind a damaged line. Lines that are missing are damage."""

from functools import cache
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from imagesearch_ingest.model.reasons import Reason
from tests.support.tiffs import TiffPage, write_tiff
from tests.unit.images.pictures import encoded, refuse, run

WIDTH, HEIGHT = 432, 300
ONE_DIMENSION, TWO_DIMENSIONS = 0, 1  # tag 292
LINE_END = "0" * 11 + "1"


@cache
def fax() -> Image.Image:
    page = Image.new("1", (WIDTH, HEIGHT), 1)
    draw = ImageDraw.Draw(page)
    for y in range(10, HEIGHT - 10, 24):
        draw.text((20, y), "each line of this page has some words", fill=0)
    return page


def strip_of(compression: str, options: int) -> bytes:
    data = encoded(fax(), "TIFF", compression=compression, tiffinfo={292: options}, strip_size=1 << 30)
    tags = Image.open(BytesIO(data)).tag_v2  # type: ignore[attr-defined] # of a TIFF
    return data[tags[273][0] : tags[273][0] + tags[279][0]]


def write(strip: bytes, compression: int, options: int, **tags: Any) -> bytes:
    page = TiffPage(np.zeros((HEIGHT, WIDTH, 1), np.uint8), 1, 1, compression=compression, pieces=[strip])
    page.tags = {292: options, **{int(tag[1:]): value for tag, value in tags.items()}}
    return write_tiff(page)


def count_odd_lines(data: bytes) -> int:
    shown = np.asarray(run(data)[1].convert("L")) > 128
    return int((shown != np.asarray(fax())).any(axis=1).sum())


@pytest.mark.parametrize("options", [ONE_DIMENSION, TWO_DIMENSIONS])
def test_a_damaged_line_does_not_matter_if_all_are_there(options: int) -> None:
    """The code in the middle of a line has no meaning. In two dimensions, the next lines depend on the damaged one."""
    bits = "".join(f"{byte:08b}" for byte in strip_of("group3", options))
    lines = bits.split(LINE_END)
    longest = max(range(HEIGHT // 2, HEIGHT), key=lambda number: len(lines[number]))
    lines[longest] = lines[longest][:40] + "00000000011" + lines[longest][51:]
    damaged = LINE_END.join(lines)
    damaged += "0" * (-len(damaged) % 8)
    strip = int(damaged, 2).to_bytes(len(damaged) // 8, "big")
    data = write(strip, 3, options)
    assert 0 < count_odd_lines(data) < 10
    turned = bytes(int(f"{byte:08b}"[::-1], 2) for byte in strip)
    assert 0 < count_odd_lines(write(turned, 3, options, _266=2)) < 10


@pytest.mark.parametrize(("name", "number"), [("group3", 3), ("group4", 4), ("tiff_ccitt", 2)])
def test_zeros_in_place_of_lines_are_damage(name: str, number: int) -> None:
    strip = strip_of(name, ONE_DIMENSION)
    assert count_odd_lines(write(strip, number, ONE_DIMENSION)) == 0
    half = len(strip) // 2
    reason, detail = refuse(write(strip[:half] + bytes(len(strip) - half), number, ONE_DIMENSION))
    assert reason is Reason.CORRUPT_IMAGE
    assert detail.endswith("its strips or tiles are broken or cut off")


def test_zeros_behind_the_last_line_do_no_harm() -> None:
    for name, number in (("group3", 3), ("group4", 4)):
        assert count_odd_lines(write(strip_of(name, ONE_DIMENSION) + bytes(500), number, ONE_DIMENSION)) == 0


def test_an_order_of_bits_that_is_zero_counts_as_missing() -> None:
    assert count_odd_lines(write(strip_of("group4", 0), 4, 0, _266=0)) == 0
