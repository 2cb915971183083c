"""Pixels of a TIFF, and the memory that they take."""

import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from imagesearch_ingest.images import prepare
from imagesearch_ingest.model.reasons import Reason
from tests.unit.images.pictures import PIXELS, POLICY, close, colour_at, encoded, refuse, run, tiff

GREY_TAGS: dict[int, Any] = {256: 320, 257: 200, 259: 1, 262: 1, 273: PIXELS, 277: 1, 278: 200}


def test_unsigned_32_bit_samples_do_not_wrap() -> None:
    levels = struct.pack("<320I", *(level * (0xFFFFFFFF // 319) for level in range(320))) * 200
    _, image = run(tiff(GREY_TAGS | {258: 32, 279: len(levels), 339: 1}, levels))
    shades = [colour_at(image, (x, 100))[0] for x in (2, 80, 160, 240, 317)]
    assert shades == sorted(shades)
    assert (shades[0] < 8, shades[-1] > 247) == (True, True)


def test_a_palette_of_bytes_is_not_black() -> None:
    colours = (*(220,) * 256, *(30,) * 512)
    data = tiff(GREY_TAGS | {258: 8, 262: 3, 279: 64_000, 320: colours}, bytes(64_000))
    assert close(colour_at(run(data)[1], (160, 100)), (220, 30, 30))


@pytest.mark.slow
def test_memory_counts_one_tile_at_a_time() -> None:
    data = encoded(Image.new("RGB", (7600, 7600)), "TIFF", compression="tiff_adobe_deflate", tile=(256, 256))
    assert run(data)[0].width == 4096


def test_giant_tiff_tiles_are_refused() -> None:
    tile = zlib.compress(bytes(1_000_000))
    tags = {256: 320, 257: 200, 258: 8, 259: 8, 262: 1, 277: 1, 322: 40000, 323: 40000, 324: PIXELS, 325: len(tile)}
    assert refuse(tiff(tags, tile))[0] is Reason.TOO_MANY_PIXELS


@pytest.mark.slow
def test_a_giant_strip_is_read_row_by_row() -> None:
    image = Image.new("CMYK", (7900, 8000))
    assert run(encoded(image, "TIFF", compression="tiff_adobe_deflate", strip_size=1 << 30))[0].width == 4045


def test_a_tiff_without_all_strips_is_corrupt() -> None:
    tags = {256: 320, 257: 200, 258: 8, 259: 1, 262: 1, 277: 1, 278: 100, 273: PIXELS, 279: 32000}
    assert refuse(tiff(tags, bytes(32000)))[0] is Reason.CORRUPT_IMAGE
    both = {273: (PIXELS, PIXELS + 32000), 279: (32000, 32000)}
    assert prepare(tiff({**tags, **both}, bytes(64000)), POLICY).height == 200
