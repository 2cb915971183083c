"""Pixels of AVIF and HEIC: transparency, odd sides, crops, depth, and memory."""

import json
import struct
import subprocess
import sys
from io import BytesIO

import numpy as np
import pillow_heif
import pytest
import pyvips
from PIL import Image

from imagesearch_ingest.images import Policy
from imagesearch_ingest.images.formats.heif import libavif
from imagesearch_ingest.model.reasons import Reason
from tests.decoders.patches import add_property, ramps, write_avif
from tests.decoders.sources import smooth, to_image
from tests.unit.images.formats.heif.heif_files import avif, avif_of_items, heic
from tests.unit.images.pictures import assert_quarters, close, colour_at, quarters, refuse, run, steps_of
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


@pytest.mark.parametrize("bits", [8, 10, 12])
def test_properties_in_two_lists_are_read(bits: int) -> None:
    """Libavif refuses them. Libvips, ImageMagick and Chromium read them, and whole collections have them."""
    side = (160, 120)
    parts = [_write_flat(_ORANGE, bits), _write_flat((128,), bits)]
    prepared, image = run(avif_of_items(*parts, (side, side), is_split=True))
    assert prepared.source_format == "AVIF"
    assert "flattened" in prepared.steps
    assert image.size == side
    assert close(colour_at(image, (80, 60)), (247, 187, 127), tolerance=6)


def test_broken_exif_does_not_matter() -> None:
    exif = Image.Exif()
    exif[0x010E] = "a description"
    data = avif(exif=exif.tobytes())
    at = data.rindex(b"MM\0*") if b"MM\0*" in data else data.rindex(b"II*\0")
    _, image = run(data[:at] + b"????" + data[at + 4 :])
    assert_quarters(image, tolerance=16)


def test_a_crop_that_is_not_marked_as_essential_is_followed_in_hdr() -> None:
    """Libavif refuses it. The colours are those of the same file with the mark."""
    whole = write_avif(ramps(), 9, 16)
    crop = b"clap" + struct.pack(">8i", 256, 1, 128, 1, 0, 1, 0, 1)
    prepared, image = run(add_property(whole, crop))
    assert "bt.2020 pq to srgb, tone-mapped" in prepared.steps
    _, marked = run(add_property(whole, crop, is_essential=True))
    assert image.size == marked.size == (256, 128)
    for point in ((16, 16), (80, 48), (240, 112), (208, 80)):
        assert close(colour_at(image, point), colour_at(marked, point), tolerance=3)


def test_damage_behind_sloppy_boxes_is_corrupt() -> None:
    side = (320, 200)
    data = avif_of_items(avif(), avif(), (side, side), is_split=True)
    at = data.index(b"mdat") + 4
    reason, detail = refuse(data[:at] + b"\xff" * (len(data) - at))
    assert reason is Reason.CORRUPT_IMAGE
    assert "the boxes that describe its picture break the rules" in detail


@pytest.mark.parametrize("transfer", [16, 18])
def test_a_large_hdr_picture_is_scaled_before_its_colours_are_converted(transfer: int) -> None:
    """Its flat patches keep the colours that they have at full size."""
    data = add_property(
        write_avif(ramps(), 9, transfer),
        b"clap" + struct.pack(">8i", 320, 1, 160, 1, 0, 1, 0, 1),
        is_essential=True,
    )
    prepared, image = run(data, Policy(max_side=160, min_side=50, quality=95))
    assert prepared.steps[0] == "320x160 to 160x80"
    assert "tone-mapped" in prepared.steps[1]
    assert (prepared.source_width, prepared.source_height) == (320, 160)
    _, whole = run(data, Policy(quality=95))
    for x in range(16, 320, 32):
        for y in range(16, 160, 32):
            assert close(colour_at(image, (x // 2, y // 2)), colour_at(whole, (x, y)), tolerance=5), (x, y)


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


def _write_flat(colour: tuple[int, ...], bits: int) -> bytes:
    image = pyvips.Image.black(160, 120, bands=len(colour)) + [level * 257 for level in colour]
    deep = image.cast("ushort").copy(interpretation="rgb16" if len(colour) > 1 else "grey16")
    return bytes(deep.heifsave_buffer(compression="av1", bitdepth=bits, Q=95, effort=0, keep="none"))


def _set_matrix(data: bytes, matrix: int) -> bytes:
    at = data.index(b"colrnclx") + 12
    return data[:at] + struct.pack(">H", matrix) + data[at + 2 :]
