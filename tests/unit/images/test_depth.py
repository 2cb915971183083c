"""Samples of more than 8 bits are scaled, never clipped: a gradient stays a gradient."""

import struct
from array import array

import pytest
from PIL import Image

from tests.unit.images.pictures import PIXELS, close, colour_at, encoded, run, tiff

WIDTH, HEIGHT = 256, 128


def _gradient(highest: int) -> list[int]:
    return [round(column * highest / (WIDTH - 1)) for column in range(WIDTH)]


def assert_gradient(image: Image.Image, *, falling: bool = False) -> None:
    """Assert that the grey level equals the column, within JPEG's error and one level of rounding."""
    for column in range(0, WIDTH, 5):
        level = WIDTH - 1 - column if falling else column
        assert close(colour_at(image, (column, HEIGHT // 2)), (level, level, level), 4), column


def _sixteen() -> Image.Image:
    samples = array("H", _gradient(65535) * HEIGHT)
    return Image.frombytes("I;16", (WIDTH, HEIGHT), samples.tobytes(), "raw", "I;16N")


@pytest.mark.parametrize("file_format", ["PNG", "TIFF", "PPM"])
def test_grey_of_16_bits(file_format: str) -> None:
    prepared, image = run(encoded(_sixteen(), file_format))
    assert_gradient(image)
    assert prepared.steps[0] == "16 to 8 bits"


def test_compressed_big_endian_grey_of_16_bits() -> None:
    _, image = run(encoded(_sixteen(), "TIFF", compression="tiff_lzw"))
    assert_gradient(image)
    big = Image.frombytes("I;16B", (WIDTH, HEIGHT), struct.pack(f">{WIDTH}H", *_gradient(65535)) * HEIGHT)
    _, image = run(encoded(big, "TIFF"))
    assert_gradient(image)


def _grey_tiff(bits: int, photometric: int, pixels: bytes, sample_format: int = 1) -> bytes:
    tags = {256: WIDTH, 257: HEIGHT, 258: bits, 259: 1, 262: photometric}
    return tiff(tags | {273: PIXELS, 277: 1, 278: HEIGHT, 279: len(pixels), 339: sample_format}, pixels)


def test_white_is_zero_is_inverted() -> None:
    pixels = struct.pack(f"<{WIDTH}H", *_gradient(65535)) * HEIGHT
    _, image = run(_grey_tiff(16, 0, pixels))
    assert_gradient(image, falling=True)


def test_twelve_bits_are_white_at_4095() -> None:
    row = 0
    for sample in _gradient(4095):
        row = row << 12 | sample
    _, image = run(_grey_tiff(12, 1, row.to_bytes(WIDTH * 12 // 8, "big") * HEIGHT))
    assert_gradient(image)


def test_a_dark_16_bit_image_stays_dark() -> None:
    pixels = struct.pack(f"<{WIDTH}H", *_gradient(2570)) * HEIGHT
    _, image = run(_grey_tiff(16, 1, pixels))
    assert close(colour_at(image, (WIDTH - 1, 64)), (10, 10, 10), 3)


@pytest.mark.parametrize("highest", [65535, 2**31 - 1])
def test_32_bit_integers_use_16_bits_or_their_range(highest: int) -> None:
    pixels = struct.pack(f"<{WIDTH}i", *_gradient(highest)) * HEIGHT
    _, image = run(_grey_tiff(32, 1, pixels, sample_format=2))
    assert_gradient(image)


def test_signed_integers_are_stretched_over_their_range() -> None:
    pixels = struct.pack(f"<{WIDTH}h", *(level - 32768 for level in _gradient(65535))) * HEIGHT
    _, image = run(_grey_tiff(16, 1, pixels, sample_format=2))
    assert_gradient(image)


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (0.0, 255.0), (0.0, 65535.0), (-3.0, 9.0), (0.0, 1e30)])
def test_fractions_are_scaled_by_their_range(low: float, high: float) -> None:
    samples = [low + (high - low) * column / (WIDTH - 1) for column in range(WIDTH)]
    prepared, image = run(_grey_tiff(32, 1, struct.pack(f"<{WIDTH}f", *samples) * HEIGHT, sample_format=3))
    assert_gradient(image)
    assert prepared.steps[0] == "float to 8 bits"


def test_fractions_within_0_to_1_keep_their_brightness() -> None:
    samples = [0.25 + 0.25 * column / WIDTH for column in range(WIDTH)]
    _, image = run(_grey_tiff(32, 1, struct.pack(f"<{WIDTH}f", *samples) * HEIGHT, sample_format=3))
    assert close(colour_at(image, (0, 64)), (64, 64, 64), 3)


@pytest.mark.parametrize("highest", [10.0, 946.0, 4095.0])
def test_fractions_that_come_nowhere_near_white_are_stretched(highest: float) -> None:
    samples = [highest * column / (WIDTH - 1) for column in range(WIDTH)]
    _, image = run(_grey_tiff(32, 1, struct.pack(f"<{WIDTH}f", *samples) * HEIGHT, sample_format=3))
    assert_gradient(image)


@pytest.mark.parametrize("mark", [9999.0, 1e30])
def test_marks_of_missing_samples_do_not_darken_the_others(mark: float) -> None:
    samples = [column / (WIDTH - 1) for column in range(WIDTH)]
    rows = [samples] * (HEIGHT - 16) + [[mark] * WIDTH] * 16
    pixels = b"".join(struct.pack(f"<{WIDTH}f", *row) for row in rows)
    _, image = run(_grey_tiff(32, 1, pixels, sample_format=3))
    assert_gradient(image)
    assert close(colour_at(image, (0, HEIGHT - 4)), (255, 255, 255), 4)


def test_a_dark_picture_with_white_at_255_is_not_taken_for_lights() -> None:
    samples = [0.5] * (WIDTH // 2) + [200.0] * (WIDTH // 2)
    _, image = run(_grey_tiff(32, 1, struct.pack(f"<{WIDTH}f", *samples) * HEIGHT, sample_format=3))
    assert close(colour_at(image, (WIDTH - 10, 64)), (200, 200, 200), 3)
    assert close(colour_at(image, (10, 64)), (0, 0, 0), 3)


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), float("-inf")])
def test_samples_that_are_not_numbers_are_black(odd: float) -> None:
    data = _grey_tiff(32, 1, struct.pack(f"<{WIDTH}f", *[odd] * 16, *[0.5] * (WIDTH - 16)) * HEIGHT, sample_format=3)
    _, image = run(data)
    assert close(colour_at(image, (4, 64)), (0, 0, 0), 3)
    assert close(colour_at(image, (WIDTH - 4, 64)), (128, 128, 128), 3)


@pytest.mark.parametrize("level", [0.0, 1.0, 7.0, -5.0, 1e9])
def test_an_image_of_one_level_is_prepared(level: float) -> None:
    _, image = run(_grey_tiff(32, 1, struct.pack(f"<{WIDTH}f", *[level] * WIDTH) * HEIGHT, sample_format=3))
    assert image.size == (WIDTH, HEIGHT)
