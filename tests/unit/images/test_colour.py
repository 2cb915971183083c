"""Colour spaces become sRGB, transparency becomes white."""

import struct
import zlib

import pytest
from PIL import Image, ImageCms

from imagesearch_ingest.images import Policy
from tests.unit.images.pictures import (
    BLUE,
    GREEN,
    RED,
    WHITE,
    assert_quarters,
    close,
    colour_at,
    encoded,
    quarters,
    run,
    srgb_profile,
    steps_of,
    swapped_profile,
)

MIDDLE = (160, 100)


def _flat(colour: tuple[int, ...], mode: str = "RGB") -> Image.Image:
    return Image.new(mode, (320, 200), colour)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_an_embedded_profile_is_applied(file_format: str) -> None:
    stored = _flat((200, 0, 0))
    stored.paste(WHITE, (0, 0, 40, 40))
    data = encoded(stored, file_format, icc_profile=swapped_profile(), quality=95)
    prepared, image = run(data)
    assert close(colour_at(image, MIDDLE), (0, 0, 200), 12)
    assert steps_of(prepared) == ("rgb to srgb by its profile", "encoded at q90")


@pytest.mark.parametrize("mode", ["RGBA", "P"])
def test_a_profile_applies_to_palettes_and_transparent_images(mode: str) -> None:
    stored = _flat((200, 0, 0, 255), "RGBA") if mode == "RGBA" else _flat((200, 0, 0)).quantize(4)
    prepared, image = run(encoded(stored, "PNG", icc_profile=swapped_profile()))
    assert close(colour_at(image, MIDDLE), (0, 0, 200), 12)
    assert "rgb to srgb by its profile" in prepared.steps


@pytest.mark.parametrize("profile", [b"no profile", srgb_profile()[:200], bytes(4000)])
@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_the_step_names_an_ignored_broken_profile(profile: bytes, file_format: str) -> None:
    prepared, image = run(encoded(quarters(), file_format, icc_profile=profile, quality=95))
    assert_quarters(image, tolerance=12)
    assert prepared.steps[0] == "rgb to srgb without its profile, which does not fit"


def test_a_profile_of_another_colour_space_is_ignored() -> None:
    prepared, image = run(encoded(_flat((0, 255, 255, 0), "CMYK"), "JPEG", icc_profile=srgb_profile(), quality=95))
    assert close(colour_at(image, MIDDLE), (255, 0, 0), 12)
    assert prepared.steps[0] == "cmyk to srgb without its profile, which does not fit"
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    prepared, image = run(encoded(quarters(), "PNG", icc_profile=lab))
    assert_quarters(image)
    assert "without its profile" in prepared.steps[0]


@pytest.mark.parametrize("deflated", [zlib.compress(srgb_profile())[:-60] + bytes(60), b"\xff" * 90])
def test_a_png_profile_that_does_not_inflate_is_ignored(deflated: bytes) -> None:
    png = encoded(quarters(), "PNG")
    body = b"iCCPname\0\0" + deflated
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    prepared, image = run(png[:33] + chunk + png[33:])
    assert_quarters(image)
    assert "without its profile" in prepared.steps[0]


@pytest.mark.parametrize("file_format", ["JPEG", "TIFF"])
@pytest.mark.parametrize(
    ("ink", "colour"), [((0, 0, 0, 0), WHITE), ((0, 255, 255, 0), (255, 0, 0)), ((0, 0, 0, 255), (0, 0, 0))]
)
def test_inks_become_rgb(file_format: str, ink: tuple[int, ...], colour: tuple[int, ...]) -> None:
    """Pillow writes CMYK JPEGs inverted, as Adobe does."""
    prepared, image = run(encoded(_flat(ink, "CMYK"), file_format, quality=95))
    assert close(colour_at(image, MIDDLE), colour)
    assert prepared.steps[0] == "cmyk to srgb"


def test_lab_becomes_srgb() -> None:
    lab = ImageCms.applyTransform(
        quarters(),
        ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB"),
    )
    assert lab is not None
    prepared, image = run(encoded(lab, "TIFF"))
    assert_quarters(image, tolerance=12)
    assert prepared.steps[0].startswith("lab to srgb")


def test_transparent_pixels_become_white() -> None:
    holed = quarters().convert("RGBA")
    holed.paste((0, 0, 0, 0), (0, 0, 160, 100))
    holed.paste((*BLUE, 128), (0, 100, 160, 200))
    for file_format in ("PNG", "WEBP", "TIFF"):
        options = {"lossless": True} if file_format == "WEBP" else {}
        prepared, image = run(encoded(holed, file_format, **options))
        assert close(colour_at(image, (80, 50)), WHITE)
        assert close(colour_at(image, (80, 150)), (142, 142, 237))
        assert close(colour_at(image, (240, 50)), GREEN)
        assert "flattened" in prepared.steps


def test_transparent_grey_becomes_white() -> None:
    holed = Image.new("LA", (320, 200), (0, 255))
    holed.paste((0, 0), (0, 0, 160, 200))
    _, image = run(encoded(holed, "PNG"))
    assert close(colour_at(image, (80, 100)), WHITE)
    assert close(colour_at(image, (240, 100)), (0, 0, 0))


@pytest.mark.parametrize("file_format", ["PNG", "GIF"])
def test_a_transparent_palette_entry_becomes_white(file_format: str) -> None:
    palette = Image.new("P", (320, 200), 0)
    palette.putpalette([*RED, *GREEN])
    palette.paste(1, (160, 0, 320, 200))
    _, image = run(encoded(palette, file_format, transparency=0))
    assert close(colour_at(image, (80, 100)), WHITE)
    assert close(colour_at(image, (240, 100)), GREEN)


def test_palette_entries_may_be_half_transparent() -> None:
    palette = Image.new("P", (320, 200), 0)
    palette.putpalette([*BLUE, *GREEN])
    palette.paste(1, (160, 0, 320, 200))
    _, image = run(encoded(palette, "PNG", transparency=b"\x80\xff"))
    assert close(colour_at(image, (80, 100)), (142, 142, 237))
    assert close(colour_at(image, (240, 100)), GREEN)


def _keyed_png(depth: int, colour_type: int, row: bytes, key: bytes) -> bytes:
    """Return 320x200 pixels, all rows the same, with one transparent colour (PNG, section 11.3.1.1)."""
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", 320, 200, depth, colour_type, 0, 0, 0)),
        (b"tRNS", key),
        (b"IDAT", zlib.compress((b"\0" + row) * 200)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )


@pytest.mark.parametrize(
    ("depth", "left", "right", "key"),
    [
        (1, b"\x00", b"\xff", 0),
        (2, b"\x55", b"\x00", 1),  # samples of 1, then of 0
        (4, b"\x77", b"\x00", 7),
        (8, b"\x40", b"\x00", 0x40),
        (16, b"\x40\x01", b"\x00\x00", 0x4001),
    ],
)
def test_a_grey_colour_key_works_at_every_depth(depth: int, left: bytes, right: bytes, key: int) -> None:
    half = 160 * depth // 8 // len(left)
    data = _keyed_png(depth, 0, left * half + right * half, struct.pack(">H", key))
    _, image = run(data, Policy(background_if_unseen=None))
    assert close(colour_at(image, (80, 100)), WHITE)
    assert close(colour_at(image, (240, 100)), WHITE if depth == 1 else (0, 0, 0))


def test_a_16_bit_colour_key_spares_its_neighbours() -> None:
    row = b"\x40\x01" * 160 + b"\x40\x02" * 160
    _, image = run(_keyed_png(16, 0, row, b"\x40\x01"))
    assert close(colour_at(image, (80, 100)), WHITE)
    assert close(colour_at(image, (240, 100)), (64, 64, 64))


@pytest.mark.parametrize("depth", [8, 16])
def test_a_colour_key_works_in_colour(depth: int) -> None:
    wide = depth // 8
    red, green = (b"".join(bytes([level] * wide) for level in colour) for colour in (RED, GREEN))
    key = b"".join(bytes([level] * 2) if wide == 2 else bytes([0, level]) for level in RED)
    _, image = run(_keyed_png(depth, 2, red * 160 + green * 160, key))
    assert close(colour_at(image, (80, 100)), WHITE)
    assert close(colour_at(image, (240, 100)), GREEN)
