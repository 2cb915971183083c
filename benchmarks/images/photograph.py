"""Draw images that cost a codec as much as photographs do, without anybody's copyright.

They have light over large areas, clouds of detail at several scales, a few hundred edges, and the grain of a sensor.
Without the grain, a PNG would have a tenth of the bytes of a photograph; without the clouds, a JPEG would.
"""

from collections.abc import Iterator
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

# The side of a cloud's cell in pixels, and how many of 255 levels it may add or take. Grain is a cell of one pixel.
_CLOUDS = ((640, 90), (160, 60), (40, 36), (12, 24), (4, 26))
_GRAIN = 7
_GRAIN_TILE = 997  # a prime, so that its repetition matches no other grid
_SHAPES = 300


def photograph(width: int, height: int, seed: int) -> Image.Image:
    """Return an RGB image. Equal arguments give equal pixels."""
    random = Random(seed)
    image = _make_noise(random, 4, 3, "RGB").resize((width, height), Image.Resampling.BICUBIC)
    for cell, levels in _CLOUDS:
        cloud = _make_noise(random, width // cell + 2, height // cell + 2, "RGB" if cell > 100 else "L")  # noqa: PLR2004 (large areas differ in colour, detail in light)
        image = _add(image, _weaken(cloud, levels).resize((width, height), Image.Resampling.BICUBIC))
        if cell == _CLOUDS[1][0]:
            _draw_shapes(image, random)
    return _add(image.filter(ImageFilter.BoxBlur(0.6)), _make_grain(random, width, height))


def soft_mask(width: int, height: int) -> Image.Image:
    """Return an alpha band of a cut-out object: opaque inside, a soft edge, transparent outside."""
    mask = Image.new("L", (width, height))
    margin = width // 12
    ImageDraw.Draw(mask).ellipse((margin, margin, width - margin, height - margin), fill=255)
    return mask.filter(ImageFilter.BoxBlur(width / 200))


def _make_noise(random: Random, width: int, height: int, mode: str) -> Image.Image:
    return Image.frombytes(mode, (width, height), random.randbytes(width * height * len(mode)))


def _weaken(noise: Image.Image, levels: int) -> Image.Image:
    """Scale the noise to ``128 - levels / 2 .. 128 + levels / 2``."""
    return noise.point([128 + (value - 128) * levels // 256 for value in range(256)] * len(noise.getbands()))


def _add(image: Image.Image, light: Image.Image) -> Image.Image:
    return ImageChops.add(image, light.convert("RGB"), offset=-128)


def _make_grain(random: Random, width: int, height: int) -> Image.Image:
    """Return the noise of a sensor as a camera leaves it."""
    tile = _weaken(_make_noise(random, _GRAIN_TILE, _GRAIN_TILE, "L"), _GRAIN)
    grain = Image.new("L", (width, height))
    for left in range(0, width, _GRAIN_TILE):
        for top in range(0, height, _GRAIN_TILE):
            grain.paste(tile, (left, top))
    return grain


def _draw_shapes(image: Image.Image, random: Random) -> None:
    draw = ImageDraw.Draw(image)
    for colour, box in _choose_shapes(image.size, random):
        (draw.ellipse if sum(colour) % 2 else draw.rectangle)(box, fill=colour)


def _choose_shapes(size: tuple[int, int], random: Random) -> Iterator[tuple[tuple[int, int, int], tuple[int, ...]]]:
    width, height = size
    for _ in range(_SHAPES):
        side = int(width * random.uniform(0.003, 0.06))
        left, top = random.randrange(width), random.randrange(height)
        colour = (random.randrange(30, 230), random.randrange(30, 230), random.randrange(30, 230))
        yield colour, (left, top, left + side, top + int(side * random.uniform(0.3, 2)))
