"""An image is turned upright once, wherever its orientation is stored (EXIF 2.32, tag 0x0112)."""

import struct
import zlib

import pytest
from PIL import Image

from imagesearch_ingest.images import Policy
from tests.unit.images.pictures import assert_quarters, encoded, quarters, run, steps_of

# How an upright image is stored for each orientation. EXIF defines it by the sides of the display at which the stored
# row 0 and column 0 are.
STORED: dict[int, list[Image.Transpose]] = {
    1: [],
    2: [Image.Transpose.FLIP_LEFT_RIGHT],  # row 0 is the top, column 0 the right side
    3: [Image.Transpose.ROTATE_180],  # bottom, right
    4: [Image.Transpose.FLIP_TOP_BOTTOM],  # bottom, left
    5: [Image.Transpose.TRANSPOSE],  # left side, top
    6: [Image.Transpose.ROTATE_90],  # right side, top
    7: [Image.Transpose.TRANSVERSE],  # right side, bottom
    8: [Image.Transpose.ROTATE_270],  # left side, bottom
}
CARRIERS = ["JPEG", "PNG", "WEBP", "TIFF", "TIFF, deflated"]


def _exif(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()


def _stored(orientation: int, carrier: str) -> bytes:
    image = quarters()
    for turn in STORED[orientation]:
        image = image.transpose(turn)
    if carrier.startswith("TIFF"):
        compression = "tiff_adobe_deflate" if carrier != "TIFF" else None
        return encoded(image, "TIFF", tiffinfo={0x0112: orientation}, compression=compression)
    return encoded(image, carrier, exif=_exif(orientation), quality=95)


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_upright(orientation: int, carrier: str) -> None:
    prepared, image = run(_stored(orientation, carrier))
    assert image.size == (320, 200)
    assert_quarters(image, tolerance=12)  # JPEG twice
    assert (prepared.source_width, prepared.source_height) == ((320, 200) if orientation < 5 else (200, 320))
    assert (prepared.displayed_width, prepared.displayed_height) == (320, 200)
    assert len(prepared.steps) == (2 if orientation > 1 else 0 if "TIFF" in carrier else 1)  # turned; EXIF removed
    assert image.getexif().get(0x0112) is None


def test_the_displayed_size_is_before_scaling() -> None:
    for carrier in CARRIERS:
        prepared, image = run(_stored(6, carrier), Policy(longest_side=160))
        assert (prepared.displayed_width, prepared.displayed_height) == (320, 200)
        assert image.size == (160, 100)


def test_the_turn_is_named_clockwise() -> None:
    for carrier in CARRIERS:
        assert steps_of(run(_stored(6, carrier))[0]) == ("rotated 90", "encoded at q90")


@pytest.mark.parametrize("orientation", [0, 9, 65535])
@pytest.mark.parametrize("carrier", ["JPEG", "TIFF"])
def test_an_invalid_orientation_is_ignored(orientation: int, carrier: str) -> None:
    options = {"tiffinfo": {0x0112: orientation}} if carrier == "TIFF" else {"exif": _exif(orientation)}
    prepared, image = run(encoded(quarters(), carrier, **options))
    assert_quarters(image, tolerance=12)
    assert not [step for step in prepared.steps if "rotated" in step or "flipped" in step]


@pytest.mark.parametrize(
    "block",
    [
        b"Exif\0\0",
        b"Exif\0\0garbage",
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\x12\x01" * 40,
        b"Exif\0\0" + _exif(6)[6:20],
    ],
)
@pytest.mark.parametrize("carrier", ["JPEG", "PNG", "WEBP"])
def test_a_broken_exif_block_is_ignored(block: bytes, carrier: str) -> None:
    _, image = run(encoded(quarters(), carrier, exif=block, quality=95))
    assert_quarters(image, tolerance=12)


def test_broken_further_tiff_directories_do_no_harm() -> None:
    pointers = {0x8769: 0xFFFFFF00, 0x8825: 3}
    _, image = run(encoded(quarters(), "TIFF", tiffinfo=pointers))
    assert_quarters(image)


@pytest.mark.parametrize("carrier", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_xmp_alone_turns_nothing(carrier: str) -> None:
    xmp = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    if carrier == "TIFF":
        data = encoded(quarters(), carrier, tiffinfo={700: xmp})
    elif carrier == "PNG":
        png = encoded(quarters(), "PNG")
        body = b"iTXtXML:com.adobe.xmp\0\0\0\0\0" + xmp
        data = png[:33] + struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body)) + png[33:]
    else:
        data = encoded(quarters(), carrier, xmp=xmp, quality=95)
    _, image = run(data)
    assert_quarters(image, tolerance=12)


def test_png_exif_may_follow_the_pixels() -> None:
    png = encoded(quarters().transpose(Image.Transpose.ROTATE_90), "PNG")
    body = b"eXIf" + _exif(6)[6:]
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    _, image = run(png[:-12] + chunk + png[-12:])
    assert_quarters(image)
