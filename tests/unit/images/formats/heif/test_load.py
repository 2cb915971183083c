"""Pixels of AVIF and HEIC: transparency, odd sides, crops, depth, and memory."""

import json
import struct
import subprocess
import sys
from io import BytesIO

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from imagesearch_ingest.images.formats.heif import libavif
from imagesearch_ingest.model.reasons import Reason
from tests.decoders.patches import add_property, ramps, write_avif
from tests.decoders.sources import smooth, to_image
from tests.unit.images.formats.heif.heif_files import avif, heic
from tests.unit.images.pictures import close, colour_at, quarters, refuse, run, steps_of
from tests.unit.images.test_prepare_bombs import PROGRAM

_ORANGE = (240, 120, 0)


def _half_clear() -> Image.Image:
    return Image.new("RGBA", (160, 120), (*_ORANGE, 128))


def _premultiplied_heic() -> bytes:
    buffer = BytesIO()
    pixels = _half_clear().convert("RGBa").tobytes()
    pillow_heif.from_bytes("RGBa", (160, 120), pixels).save(buffer, quality=90)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        avif(_half_clear()),
        avif(_half_clear(), alpha_premultiplied=True),
        heic(_half_clear()),
        _premultiplied_heic(),
    ],
    ids=["avif", "avif premultiplied", "heic", "heic premultiplied"],
)
def test_transparency_lets_the_background_through(data: bytes) -> None:
    """Half of orange and half of white."""
    prepared, image = run(data)
    assert close(colour_at(image, (80, 60)), (247, 187, 127), tolerance=6)
    assert "flattened" in prepared.steps


@pytest.mark.parametrize("side", [(101, 133), (133, 101), (255, 129)])
def test_odd_sides_keep_their_last_row_and_column(side: tuple[int, int]) -> None:
    drawn = Image.new("RGB", side, (200, 40, 40))
    drawn.paste((40, 40, 200), (side[0] - 20, 0, *side))
    drawn.paste((40, 200, 40), (0, side[1] - 20, *side))
    for data in (avif(drawn), heic(drawn)):
        _, image = run(data)
        assert image.size == side
        assert close(colour_at(image, (side[0] - 1, 5)), (40, 40, 200), tolerance=12)
        assert close(colour_at(image, (5, side[1] - 1)), (40, 200, 40), tolerance=12)


@pytest.mark.parametrize("subsampling", ["4:2:0", "4:2:2", "4:4:4", "4:0:0"])
def test_every_subsampling_is_read(subsampling: str) -> None:
    drawn = quarters().convert("L") if subsampling == "4:0:0" else quarters()
    _, image = run(avif(drawn, subsampling=subsampling))
    expected = drawn.convert("RGB")
    for point in ((40, 40), (280, 40), (40, 160), (280, 160)):
        assert close(colour_at(image, point), colour_at(expected, point), tolerance=6)


def test_grey_heic_is_read() -> None:
    _, image = run(heic(quarters().convert("L")))
    assert close(colour_at(image, (40, 40)), (87, 87, 87), tolerance=6)


def test_tiles_join_without_seams() -> None:
    drawn = smooth(384, 256)
    prepared, image = run(heic(to_image(drawn), tile_size=128))
    assert np.abs(np.asarray(image, dtype=float) - drawn).max() < 16
    assert (prepared.source_width, prepared.source_height) == (384, 256)


def test_a_crop_is_followed() -> None:
    """The middle 256 x 128 pixels of 384 x 224 (ISO/IEC 23008-12, section 6.5.9)."""
    samples = ramps()
    whole = write_avif(samples, 1, 13)
    crop = b"clap" + struct.pack(">8i", 256, 1, 128, 1, 0, 1, 0, 1)
    prepared, image = run(add_property(whole, crop, is_essential=True))
    assert (prepared.source_width, prepared.source_height) == (256, 128)
    _, uncropped = run(whole)
    for point in ((5, 5), (250, 120), (128, 64)):
        assert close(colour_at(image, point), colour_at(uncropped, (point[0] + 64, point[1] + 48)), tolerance=4)


def test_bands_join_without_seams() -> None:
    """Deep images are converted in bands of 64 rows. Chroma is mixed across their edges."""
    rows = np.arange(256)[:, None, None]
    samples = np.where(rows // 3 % 2, np.array([0.9, 0.1, 0.2]), np.array([0.2, 0.3, 0.9])).repeat(4, axis=1)
    library = libavif.find_libavif()
    assert library is not None
    data = write_avif(samples[:8], 9, 13, subsampled=True)
    with libavif.open_avif(library, data) as image:
        image.decode()
        whole = bytearray(image.width * image.height * image.bands * 2)
        image.convert(whole)
        assert b"".join(image.convert_band(top, top + 64) for top in range(0, image.height, 64)) == whole


@pytest.mark.parametrize(("matrix", "name"), [(14, "ICtCp"), (11, "SMPTE 2085")])
def test_a_matrix_without_formula_is_unsupported_by_name(matrix: int, name: str) -> None:
    reason, detail = refuse(_set_matrix(write_avif(ramps(), 9, 16), matrix))
    assert reason is Reason.UNSUPPORTED_FORMAT
    assert f"the matrix {name}" in detail


@pytest.mark.parametrize("matrix", [10, 13])
def test_constant_luminance_is_read_like_its_twin(matrix: int) -> None:
    """Libavif refuses it. Other decoders read it, with the formula of the matrix before it."""
    data = _set_matrix(write_avif(ramps(), 9, 16), matrix)
    assert "bt.2020 pq to srgb, tone-mapped" in run(data)[0].steps


def test_without_libavif_pillow_decodes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imagesearch_ingest.images.formats.heif.avif.find_libavif", lambda: None)
    prepared, image = run(avif())
    assert steps_of(prepared) == ("encoded at q90",)
    assert close(colour_at(image, (40, 40)), (220, 30, 30), tolerance=16)


@pytest.mark.slow
@pytest.mark.parametrize("make", [avif, lambda image: heic(image, enc_params={"preset": "ultrafast"})])
def test_64_megapixels_take_less_than_512_megabytes(make: type) -> None:
    data = make(Image.new("RGB", (9248, 6936), _ORANGE))
    program = PROGRAM.replace("Policy()", "Policy(max_megapixels=65)")
    result = subprocess.run(  # noqa: S603 - this very interpreter
        [sys.executable, "-c", program], input=data, capture_output=True, check=True, timeout=120
    )
    said = json.loads(result.stdout)
    assert said["said"] == "JPEG"
    assert said["megabytes"] < 450
    assert said["seconds"] < 10
    assert result.stderr == b""


def _set_matrix(data: bytes, matrix: int) -> bytes:
    at = data.index(b"colrnclx") + 12
    return data[:at] + struct.pack(">H", matrix) + data[at + 2 :]
