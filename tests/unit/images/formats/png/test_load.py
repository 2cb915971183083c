"""Pixels of a PNG."""

import zlib
from io import BytesIO

import pytest
from PIL import Image, ImageStat

from imagesearch_ingest.images import Policy
from imagesearch_ingest.model.reasons import Reason
from tests.unit.images.formats.png.png_files import (
    END,
    chunk,
    header,
    pack_rows,
    png,
    png_of,
    row_starts,
    rows,
)
from tests.unit.images.pictures import (
    encoded,
    quarters,
    refuse,
    run,
)

SMALL = Policy(longest_side=160)


@pytest.mark.parametrize("share", [0.5, 0.99])
def test_a_png_without_its_last_rows_is_corrupt(share: float) -> None:
    data = pack_rows(quarters())
    whole = len(data) // 200
    stopped = zlib.compress(data[: int(200 * share) * whole])
    assert refuse(png_of(2, stopped)) == (
        Reason.CORRUPT_IMAGE,
        "the PNG data cannot be decoded: its last rows are missing",
    )


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("colour_type", [0, 2, 4, 6])
@pytest.mark.parametrize("limit", [50, 4096])
def test_an_interlaced_png_without_its_last_pass_is_corrupt(depth: int, colour_type: int, limit: int) -> None:
    data = rows(depth, colour_type, interlaced=1)
    stopped = zlib.compress(data[: row_starts(depth, colour_type, interlaced=1)[-20]])
    file = header(depth, colour_type, interlaced=1) + chunk(b"IDAT", stopped) + END
    assert refuse(file, Policy(longest_side=limit, min_side=20))[0] is Reason.CORRUPT_IMAGE


@pytest.mark.parametrize("interlaced", [0, 1])
@pytest.mark.parametrize(("depth", "colour_type"), [(8, 0), (16, 0), (8, 2), (16, 2), (8, 4), (16, 4), (8, 6), (16, 6)])
def test_scaling_while_decoding_keeps_the_mean(depth: int, colour_type: int, *, interlaced: int) -> None:
    """The image is noise with every filter. Its mean is computed from the rows, on white."""
    data = png(depth=depth, colour_type=colour_type, interlaced=interlaced)
    plain = Image.open(BytesIO(data)).convert("RGBA" if colour_type > 2 else "RGB") if depth == 8 else None
    _, image = run(data, Policy(longest_side=60, min_side=20, quality=95))
    assert image.size == (60, 54)
    if plain:
        ground = Image.new("RGBA", plain.size, (255, 255, 255, 255))
        ground.alpha_composite(plain.convert("RGBA"))
        expected = ImageStat.Stat(ground.convert("L")).mean[0]
        assert ImageStat.Stat(image.convert("L")).mean[0] == pytest.approx(expected, abs=2)


def test_a_png_that_ends_in_black_is_sound() -> None:
    image = quarters()
    image.paste((0, 0, 0), (0, 150, 320, 200))
    _, seen = run(encoded(image, "PNG"), SMALL)
    assert seen.size == (160, 100)
