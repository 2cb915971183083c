"""Images that show nothing are noticed on both paths; images that show anything at all are not."""

from functools import cache
from random import Random
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFilter

from imagesearch_ingest.images import Policy
from imagesearch_ingest.images.blank import find_only_colour
from imagesearch_ingest.images.formats import FORMATS
from imagesearch_ingest.images.formats.format import StrippedImage
from imagesearch_ingest.images.formats.png.pass_through import has_contrast
from imagesearch_ingest.images.pillow import configure_pillow
from imagesearch_ingest.images.policy import BlankPictures, SmallPictures
from imagesearch_ingest.model.reasons import Reason
from tests.unit.images.pictures import POLICY, WHITE, encoded, quarters, refuse, run

REJECT = Policy(blank_pictures=BlankPictures.REJECT)
GREY = (200, 200, 200)
SIZES = [(100, 100), (333, 101), (1000, 1500), pytest.param((4096, 4096), marks=pytest.mark.slow)]
PASSING: list[tuple[str, dict[str, Any]]] = [
    ("JPEG", {}),
    ("JPEG", {"progressive": True}),
    ("PNG", {}),
    ("WEBP", {}),
    ("WEBP", {"lossless": True}),
    ("GIF", {}),
    ("BMP", {}),
    ("TIFF", {}),
    ("TIFF", {"compression": "tiff_lzw"}),
    ("PPM", {}),
]


def flat(colour: tuple[int, ...] = WHITE, size: tuple[int, int] = (320, 200), mode: str = "RGB") -> Image.Image:
    return Image.new(mode, size, colour)


def marked(box: tuple[int, int, int, int], mark: tuple[int, ...], size: tuple[int, int] = (320, 200)) -> Image.Image:
    image = flat(size=size)
    image.paste(mark, box)
    return image


@cache
def draw_deviations(count: int) -> list[float]:
    rng = Random(1)
    return [rng.gauss(0, 1) for _ in range(count)]


def noisy(deviation: float, colour: tuple[int, ...] = GREY, size: tuple[int, int] = (300, 300)) -> Image.Image:
    """Return an image with normally distributed noise, the same for each call."""
    drawn = iter(draw_deviations(size[0] * size[1] * len(colour)))
    levels = [round(level + deviation * next(drawn)) for _ in range(size[0] * size[1]) for level in colour]
    return Image.frombytes("RGB", size, bytes(min(255, max(0, level)) for level in levels))


@pytest.mark.parametrize(("file_format", "options"), PASSING, ids=str)
def test_one_colour_is_told_and_can_be_rejected(file_format: str, options: dict[str, Any]) -> None:
    data = encoded(flat(GREY), file_format, **options)
    prepared, _ = run(data)
    assert prepared.format == file_format
    assert prepared.is_blank
    assert prepared.steps[0] == "blank: it shows nothing but #c8c8c8"
    reason, detail = refuse(data, REJECT)
    assert reason is Reason.IMAGE_BLANK
    assert detail == ("it shows nothing but #c8c8c8, and the settings reject blank pictures (INGEST_BLANK_PICTURES)")


@pytest.mark.parametrize(("file_format", "options"), PASSING, ids=str)
def test_a_small_mark_passes_without_a_warning(file_format: str, options: dict[str, Any]) -> None:
    data = encoded(marked((150, 90, 156, 96), (60, 90, 60)), file_format, **options)
    prepared, _ = run(data, REJECT)
    assert prepared.format == file_format
    assert not prepared.is_blank
    assert prepared.steps in {(), ("resolution removed",)}  # Pillow writes a resolution into BMP


@pytest.mark.parametrize(("file_format", "scale"), [("JPEG", 8), ("WEBP", 1), ("GIF", 1), ("TIFF", 1)], ids=str)
def test_a_proof_that_decodes_hands_its_image_on(file_format: str, scale: int) -> None:
    """Otherwise each picture that passes through would be decoded twice."""
    configure_pillow(POLICY.max_pixels)
    proof = next(row.pass_through for row in FORMATS if row.name == file_format)
    assert proof is not None
    stripped = proof.strip(encoded(quarters(), file_format))
    assert stripped is not None
    image = proof.is_decodable(stripped)
    assert isinstance(image, Image.Image)
    assert image.size == (320 // scale, 200 // scale)


def test_a_png_is_decoded_no_further_than_to_its_contrast() -> None:
    """The last row of this one is beyond any decoder."""
    image = flat(size=(400, 400))
    image.paste((0, 0, 0), (0, 0, 400, 100))
    assert has_contrast(StrippedImage(encoded(image, "PNG", compress_level=0)[:300_000], 400, 400, ()))
    assert not has_contrast(StrippedImage(encoded(flat(size=(400, 400)), "PNG"), 400, 400, ()))
    assert not has_contrast(StrippedImage(encoded(flat(size=(400, 400)).quantize(4), "PNG"), 400, 400, ()))
    assert not has_contrast(StrippedImage(encoded(flat(size=(401, 403)).convert("L"), "PNG"), 401, 403, ()))


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_encoded_images_are_judged_as_well(file_format: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    blank = encoded(flat(), file_format, exif=exif.tobytes())
    prepared, image = run(blank)
    assert image.size == (200, 320)
    assert prepared.is_blank
    assert "blank: it shows nothing but #ffffff" in prepared.steps
    assert refuse(blank, REJECT)[0] is Reason.IMAGE_BLANK
    assert not run(encoded(marked((9, 9, 15, 15), (0, 0, 0)), file_format, exif=exif.tobytes()), REJECT)[0].is_blank


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "LA", "RGBA", "CMYK", "I;16"])
def test_every_mode_is_judged(mode: str) -> None:
    file_format = "TIFF" if mode == "CMYK" else "PNG"
    blank = flat((0, 0, 0)).convert(mode) if mode != "I;16" else Image.new("I;16", (320, 200), 9000)
    assert run(encoded(blank, file_format))[0].is_blank
    shown = marked((100, 100, 104, 104), (0, 0, 0)).convert("L" if mode == "I;16" else mode)
    assert not run(encoded(shown, file_format))[0].is_blank


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("file_format", ["JPEG", "PNG"])
def test_one_dark_pixel_of_many_shows_something(file_format: str, size: tuple[int, int]) -> None:
    at = size[0] * 2 // 3, size[1] // 3
    image = marked((*at, at[0] + 1, at[1] + 1), (0, 0, 0), size)
    assert not run(encoded(image, file_format, **{"quality": 95} if file_format == "JPEG" else {}))[0].is_blank
    assert run(encoded(flat(size=size), file_format))[0].is_blank


@pytest.mark.parametrize(
    ("contrast", "side", "is_blank"),
    [
        (2, 300, True),
        (3, 160, True),
        (5, 160, False),  # more than 3 levels, over whole squares of 16 pixels
        (10, 3, True),
        (10, 16, False),
        (11, 1, False),  # more than 10 levels between two pixels
        (24, 1, False),
    ],
)
@pytest.mark.parametrize("size", [(400, 400), (1601, 403)])
def test_both_sides_of_each_limit(contrast: int, side: int, size: tuple[int, int], is_blank: bool) -> None:  # noqa: FBT001 (a parameter of the test)
    level = 240 - contrast
    image = flat((240, 240, 240), size)
    image.paste((level, 240, 240), (48, 48, 48 + side, 48 + side))
    assert (find_only_colour(image) is not None) is is_blank


@pytest.mark.parametrize("colour", [WHITE, GREY, (250, 248, 246), (12, 10, 90)], ids=str)
@pytest.mark.parametrize("deviation", [0.5, 1, 2])
def test_noise_shows_nothing(deviation: float, colour: tuple[int, ...]) -> None:
    image = noisy(deviation, colour)
    assert run(encoded(image, "PNG"))[0].is_blank
    for quality in (75, 90, 95, 100):
        assert run(encoded(image, "JPEG", quality=quality))[0].is_blank, quality


def test_strong_noise_shows_something() -> None:
    assert not run(encoded(noisy(8), "PNG"))[0].is_blank


def test_dithering_shows_nothing() -> None:
    """A colour between two of 8 bits, as an image of 16 bits becomes one of 8."""
    image = flat((241, 241, 241), (400, 400))
    for x in range(0, 400, 2):
        for y in range(x // 2 % 2, 400, 2):
            image.putpixel((x, y), (242, 241, 242))
    assert run(encoded(image, "PNG"))[0].is_blank
    assert run(encoded(image.quantize(8), "GIF"))[0].is_blank


def _shadow() -> Image.Image:
    image = flat((255, 255, 255), (800, 800))
    ImageDraw.Draw(image).ellipse((200, 560, 600, 640), fill=(243, 243, 243))
    return image.filter(ImageFilter.GaussianBlur(20))


def _line(width: int, level: int) -> Image.Image:
    image = flat(size=(1500, 1500))
    ImageDraw.Draw(image).line((300, 300, 1200, 900), fill=(level, level, level), width=width)
    return image


def _text() -> Image.Image:
    image = flat(size=(2000, 2000))
    ImageDraw.Draw(image).text((900, 1000), "size 42", fill=(230, 230, 230))
    return image


def _gradient() -> Image.Image:
    return Image.linear_gradient("L").point(lambda level: 240 + level // 16).convert("RGB").resize((600, 400))


SHOWN = {
    "a faint shadow": _shadow(),
    "a thin line": _line(1, 0),
    "a thin, light line": _line(1, 235),
    "light text": _text(),
    "a faint gradient": _gradient(),
    "a mark in blue alone": marked((50, 50, 70, 70), (255, 255, 230)),
    "a mark in the last column": marked((319, 50, 320, 52), (200, 200, 200)),
    "a frame": marked((0, 0, 320, 1), (200, 200, 200)),
}


@pytest.mark.parametrize("image", SHOWN.values(), ids=SHOWN.keys())
def test_whatever_a_person_can_see_is_no_blank(image: Image.Image) -> None:
    assert not run(encoded(image, "PNG"), REJECT)[0].is_blank
    assert not run(encoded(image, "JPEG", quality=95, subsampling=0), REJECT)[0].is_blank


def test_a_transparent_image_is_blank_if_nothing_of_it_is_opaque() -> None:
    hidden = marked((50, 50, 150, 150), (0, 0, 0)).convert("RGBA")
    hidden.putalpha(0)
    prepared, _ = run(encoded(hidden, "PNG"))
    assert prepared.steps[:2] == ("flattened", "blank: it shows nothing but #ffffff")
    assert refuse(encoded(hidden, "WEBP", lossless=True), REJECT)[0] is Reason.IMAGE_BLANK


def test_a_padded_image_is_judged_without_its_padding() -> None:
    prepared, _ = run(encoded(flat(GREY, (60, 60)), "PNG"), Policy(small_pictures=SmallPictures.PAD))
    assert prepared.steps[:2] == ("blank: it shows nothing but #c8c8c8", "padded to 100x100")


def test_the_image_that_is_sent_is_judged() -> None:
    """A dot that scaling has washed out is not there any more."""
    dot = marked((1000, 1000, 1001, 1001), (0, 0, 0), (2000, 2000))
    assert not run(encoded(dot, "PNG"))[0].is_blank
    assert run(encoded(dot, "PNG"), Policy(longest_side=125))[0].is_blank
