"""A transparent image gets a ground on which it can be seen."""

import pytest
from PIL import Image, ImageDraw

from imagesearch_ingest.images import Policy
from imagesearch_ingest.images.flatten import flatten
from imagesearch_ingest.images.policy import SmallPictures
from tests.unit.images.pictures import WHITE, close, colour_at, encoded, run

GREY, BLACK = (128, 128, 128), (0, 0, 0)
MIDDLE, CORNER = (160, 100), (5, 5)
OTHER = "flattened on #808080: it would not be seen on #ffffff"


def product(colour: tuple[int, int, int], clear: int = 0, size: tuple[int, int] = (320, 200)) -> Image.Image:
    """Return an opaque square on a ground with this alpha, below which black is hidden."""
    image = Image.new("RGBA", size, (0, 0, 0, clear))
    image.paste((*colour, 255), (size[0] // 3, size[1] // 4, size[0] * 2 // 3, size[1] * 3 // 4))
    return image


@pytest.mark.parametrize("file_format", ["PNG", "WEBP", "TIFF"])
def test_a_white_product_stands_on_grey(file_format: str) -> None:
    options = {"lossless": True} if file_format == "WEBP" else {}
    prepared, image = run(encoded(product(WHITE), file_format, **options))
    assert close(colour_at(image, CORNER), GREY)
    assert close(colour_at(image, MIDDLE), WHITE)
    assert OTHER in prepared.steps
    assert not prepared.is_blank


def test_a_palette_with_transparency_is_seen_as_well() -> None:
    image = Image.new("P", (320, 200), 0)
    image.putpalette([255, 255, 255, 255, 255, 255])
    image.paste(1, (100, 50, 200, 150))
    for file_format in ("GIF", "PNG"):
        prepared, shown = run(encoded(image, file_format, transparency=0))
        assert OTHER in prepared.steps
        assert close(colour_at(shown, CORNER), GREY)


@pytest.mark.parametrize(
    ("colour", "ground"),
    [((239, 255, 255), GREY), ((238, 255, 255), WHITE), ((255, 255, 238), WHITE), ((30, 30, 30), WHITE)],
)
def test_sixteen_levels_are_the_limit(colour: tuple[int, int, int], ground: tuple[int, int, int]) -> None:
    flat = flatten(product(colour), Policy())
    assert flat.image.getpixel(CORNER) == ground == flat.ground
    assert flat.image.getpixel(MIDDLE) == colour


def test_a_thin_outline_is_enough() -> None:
    image = product(WHITE)
    ImageDraw.Draw(image).rectangle((106, 50, 212, 149), outline=(60, 60, 60, 255))
    prepared, shown = run(encoded(image, "PNG"))
    assert "flattened" in prepared.steps
    assert close(colour_at(shown, CORNER), WHITE)


def test_hidden_colours_do_not_count() -> None:
    """The difference from the background is weighted with alpha: nothing of the black under it is seen."""
    assert flatten(product(WHITE, clear=16), Policy()).ground == GREY
    assert flatten(product(WHITE, clear=17), Policy()).ground == WHITE  # 17 levels of shadow


def test_an_opaque_image_keeps_its_ground() -> None:
    light = product((250, 250, 250), clear=255)
    light.paste((255, 255, 255, 255), (0, 0, 100, 200))
    assert flatten(light, Policy()).note == "flattened"
    light.paste((245, 245, 245, 255), (0, 0, 320, 200))
    assert flatten(light, Policy()).ground == WHITE


def test_the_settings_choose_both_grounds() -> None:
    policy = Policy(background=BLACK, background_if_unseen=(0, 120, 60))
    assert flatten(product((9, 9, 9)), policy).ground == (0, 120, 60)
    assert flatten(product((9, 9, 9)), policy).note == "flattened on #00783c: it would not be seen on #000000"
    assert flatten(product(WHITE), policy).ground == BLACK
    assert flatten(product((9, 9, 9)), Policy(background=BLACK, background_if_unseen=None)).ground == BLACK


def test_a_second_ground_that_does_not_help_is_not_used() -> None:
    same = Policy(background=(120, 120, 120))
    assert flatten(product((125, 125, 125)), same).ground == (120, 120, 120)
    nothing = flatten(Image.new("RGBA", (320, 200), (255, 255, 255, 0)), Policy())
    assert (nothing.ground, nothing.note) == (WHITE, "flattened")
    veil = flatten(Image.new("RGBA", (320, 200), (255, 255, 255, 60)), Policy())
    assert (veil.ground, veil.note) == (WHITE, "flattened")


def test_without_a_second_ground_the_image_is_told_as_blank() -> None:
    prepared, _ = run(encoded(product(WHITE), "PNG"), Policy(background_if_unseen=None))
    assert prepared.is_blank
    assert prepared.steps[:2] == ("flattened", "blank: it shows nothing but #ffffff")


def test_the_padding_continues_the_ground() -> None:
    policy = Policy(small_pictures=SmallPictures.PAD)
    _, image = run(encoded(product(WHITE, size=(300, 60)), "PNG"), policy)
    assert image.size == (300, 100)
    assert close(colour_at(image, (150, 3)), GREY)
    assert close(colour_at(image, (3, 50)), GREY)
