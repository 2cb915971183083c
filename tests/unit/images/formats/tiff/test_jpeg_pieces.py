"""Strips and tiles of JPEG are whole, or refused: libtiff shows zeros as flat colour."""

from io import BytesIO

import numpy as np
import pytest
import pyvips  # type: ignore[import-untyped] # published without type information
from PIL import Image

from tests.decoders.sources import smooth
from tests.support import tiffs
from tests.support.tiffs import TiffPage, write_tiff
from tests.unit.images.formats.jpeg.parts import EOI, data_of_scan
from tests.unit.images.pictures import encoded, noise, refuse_corrupt, run

ROWS, HEIGHT = 64, 150
COLOURS = smooth(200, HEIGHT)
JPEG, YCBCR = 7, 6


def write(samples: np.ndarray, pieces: list[bytes], rows: int) -> bytes:
    sampling = {262: YCBCR, 530: [1, 1]} if samples.shape[2] == 3 else {}
    photometric = tiffs.RGB if sampling else tiffs.GREY
    return write_tiff(TiffPage(samples, photometric, compression=JPEG, rows=rows, pieces=pieces, tags=sampling))


@pytest.mark.parametrize("is_filled", [True, False])
@pytest.mark.parametrize("bands", [1, 3])
def test_the_last_strip_may_have_the_rows_of_the_others(bands: int, is_filled: bool) -> None:  # noqa: FBT001
    samples = COLOURS[:, :, :bands]
    filled = np.pad(samples, ((0, -HEIGHT % ROWS if is_filled else 0), (0, 0), (0, 0)), mode="edge")
    strips = [filled[top : top + ROWS] for top in range(0, HEIGHT, ROWS)]
    images = [Image.fromarray(strip[:, :, 0] if bands == 1 else strip) for strip in strips]
    pieces = [encoded(image, "JPEG", quality=95, subsampling=0) for image in images]
    shown = np.asarray(run(write(samples, pieces, ROWS))[1]).astype(int)
    assert shown.shape[:2] == (HEIGHT, 200)
    assert np.abs(shown[:, :, :bands] - samples).mean() < 2


def test_zeros_that_end_cleanly_are_a_hole() -> None:
    """As many zeros as the missing blocks need leave nothing over, so that libjpeg gives no warning."""
    image = noise(160, 112)
    whole = encoded(image, "JPEG", quality=95, subsampling=0)
    half = whole[: (data_of_scan(whole)[0] + len(whole)) // 2]
    samples = np.asarray(image)
    assert run(write(samples, [whole], 112))[1].size == (160, 112)
    holed = (write(samples, [half + bytes(zeros) + EOI], 112) for zeros in range(3000, 4000, 2))
    broken = next(data for data in holed if is_read_without_a_warning(data))
    assert "zero bytes in their place" in refuse_corrupt(broken)


def is_read_without_a_warning(data: bytes) -> bool:
    try:
        pyvips.Image.tiffload_buffer(data, fail_on="warning").avg()
    except pyvips.Error:
        return False
    return True


def test_a_flat_strip_is_no_hole() -> None:
    image = Image.new("RGB", (640, 480), "white")
    image.paste(noise(60, 60), (20, 20))
    piece = encoded(image, "JPEG", quality=90, optimize=True)
    assert bytes(64) in piece
    assert run(write_tiff(TiffPage(np.asarray(image), YCBCR, compression=JPEG, pieces=[piece], tags={530: [2, 2]})))
    tagged = BytesIO()
    image.save(tagged, "TIFF", compression="jpeg", quality=90, strip_size=1 << 30)
    assert run(tagged.getvalue())[1].size == (640, 480)
