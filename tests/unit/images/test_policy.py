"""The policy decides about images that the service does not accept as they are."""

from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from imagesearch_ingest.images import Policy, prepare
from imagesearch_ingest.images.encode import encode
from imagesearch_ingest.images.policy import Animations, Service, SmallPictures, sides_of
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from tests.unit.images.pictures import RED, assert_quarters, close, colour_at, encoded, noise, quarters, run

PAD, UPSCALE = Policy(small_pictures=SmallPictures.PAD), Policy(small_pictures=SmallPictures.UPSCALE)


def refusal(data: bytes, policy: Policy) -> Reason:
    with pytest.raises(IngestError) as caught:
        prepare(data, policy)
    return caught.value.reason


@pytest.mark.parametrize("size", [(60, 320), (320, 60), (60, 40), (16, 16), (99, 100)])
def test_a_small_image_is_padded_evenly(size: tuple[int, int]) -> None:
    prepared, image = run(encoded(Image.new("RGB", size, RED), "PNG"), PAD)
    width, height = (max(side, 100) for side in size)
    assert image.size == (width, height)
    assert prepared.content == ((width - size[0]) // 2, (height - size[1]) // 2, *size)
    assert close(colour_at(image, (width // 2, height // 2)), RED, 20)
    assert f"padded to {width}x{height}" in prepared.steps


def test_a_long_image_is_scaled_down_and_padded() -> None:
    prepared, image = run(encoded(quarters(5000, 40), "PNG"), PAD)
    assert image.size == (4096, 100)
    assert prepared.content == (0, 33, 4096, 33)
    assert prepared.steps[:2] == ("5000x40 to 4096x33", "padded to 4096x100")


def test_padding_has_the_background_colour() -> None:
    policy = Policy(small_pictures=SmallPictures.PAD, background=(10, 60, 200))
    _, image = run(encoded(Image.new("L", (20, 300), 255), "PNG"), policy)
    assert close(colour_at(image, (5, 150)), (10, 60, 200), 12)


@pytest.mark.parametrize(
    ("size", "enlarged"), [((50, 80), (100, 160)), ((99, 4000), (100, 4040)), ((1, 1), (100, 100))]
)
def test_a_small_image_is_enlarged_to_the_shortest_side(size: tuple[int, int], enlarged: tuple[int, int]) -> None:
    prepared, image = run(encoded(quarters(*size), "PNG"), UPSCALE)
    assert image.size == enlarged
    assert f"{size[0]}x{size[1]} to {enlarged[0]}x{enlarged[1]}" in prepared.steps


def test_an_image_that_would_grow_too_long_is_refused() -> None:
    assert refusal(encoded(quarters(40, 4000), "PNG"), UPSCALE) is Reason.IMAGE_TOO_LONG


def test_small_images_are_refused_by_default() -> None:
    assert refusal(encoded(quarters(99, 320), "PNG"), Policy()) is Reason.IMAGE_TOO_SMALL


@pytest.mark.parametrize(
    ("service", "sides"),
    [
        (Service.PRODUCT, (100, 4096)),
        (Service.GENERIC, (100, 4096)),
        (Service.FABRIC, (448, 4096)),
        (Service.TRADEMARK, (200, 4095)),
    ],
)
def test_each_service_has_its_sides(service: Service, sides: tuple[int, int]) -> None:
    policy = Policy(min_side=sides_of(service)[0], max_side=sides_of(service)[1])
    shortest, longest = sides
    assert run(encoded(quarters(shortest, shortest), "PNG"), policy)[0].steps == ()
    assert refusal(encoded(quarters(shortest - 1, shortest), "PNG"), policy) is Reason.IMAGE_TOO_SMALL
    assert run(encoded(quarters(longest, 500), "PNG"), policy)[0].width == longest
    assert run(encoded(quarters(longest + 1, 500), "PNG"), policy)[0].width == longest


@pytest.mark.parametrize(
    ("size", "fitted"),
    [
        ((1200, 600), (1000, 500)),
        ((1000, 500), (1000, 500)),
        ((4000, 200), (2000, 100)),  # long enough for its shorter side
    ],
)
def test_the_shortest_side_overrides_the_longest(size: tuple[int, int], fitted: tuple[int, int]) -> None:
    assert run(encoded(quarters(*size), "PNG"), Policy(longest_side=1000))[1].size == fitted


def animation(file_format: str) -> bytes:
    options: dict[str, Any] = {"save_all": True, "append_images": [Image.new("RGB", (320, 200))], "duration": 100}
    if file_format == "WEBP":
        options["lossless"] = True
    return encoded(quarters(), file_format, **options)


@pytest.mark.parametrize("file_format", ["GIF", "WEBP", "PNG", "AVIF", "TIFF"])
def test_animations_follow_the_policy(file_format: str) -> None:
    data = animation(file_format)
    prepared, image = run(data)
    assert "first frame" in prepared.steps
    assert_quarters(image, tolerance=12)
    assert getattr(Image.open(BytesIO(prepared.data)), "n_frames", 1) == 1
    assert refusal(data, Policy(animations=Animations.REJECT)) is Reason.TOO_MANY_FRAMES


def test_padding_keeps_the_longest_side() -> None:
    policy = Policy(small_pictures=SmallPictures.PAD, longest_side=1000)
    assert run(encoded(quarters(2000, 10), "PNG"), policy)[1].size == (1000, 100)


def test_transparency_shows_the_background() -> None:
    clear = Image.new("RGBA", (320, 200), (255, 0, 0, 0))
    _, image = run(encoded(clear, "PNG"), Policy(background=(0, 128, 255)))
    assert close(colour_at(image, (160, 100)), (0, 128, 255))


@pytest.mark.parametrize("quality", [95, 75, 30])
def test_the_quality_is_from_the_policy(quality: int) -> None:
    data = encoded(quarters(4200, 300), "PNG")
    prepared, _ = run(data, Policy(quality=quality, min_quality=min(quality, 60)))
    assert prepared.steps[-1].endswith(f"at q{quality}")


def test_quality_stops_at_its_minimum() -> None:
    image = noise(800, 600)
    budget = len(encode(image, Policy(quality=50, min_quality=50), 0).data)
    data = encoded(image, "TIFF")

    def quality_above(floor: int) -> int:
        policy = Policy(quality=90, min_quality=floor, max_bytes=budget)
        return int(run(data, policy)[0].steps[-1].rpartition("q")[2])

    assert quality_above(30) == 50
    assert quality_above(60) == 75  # and fewer pixels
