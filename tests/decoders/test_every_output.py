"""For every input and output format: the service and other libraries accept the output, and no metadata is left."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from imagesearch_ingest.images import Policy, prepare
from imagesearch_ingest.images.policy import Animations, Service, SmallPictures, sides_of
from imagesearch_ingest.model.images import PreparedImage
from local_cloud.image_search.pictures import inspect
from tests.decoders.comparing import assert_alike, prepared_and_displayed
from tests.decoders.leftovers import leftovers
from tests.decoders.planted import PLANTED, WORD
from tests.decoders.renderers import NOT_IN_VIPS, by_opencv, by_vips, size_in_vips
from tests.decoders.sources import encoded, smooth, to_image

_FABRIC, _TRADEMARK = sides_of(Service.FABRIC), sides_of(Service.TRADEMARK)
POLICIES: dict[str, Policy] = {
    "padded": Policy(small_pictures=SmallPictures.PAD),
    "upscaled": Policy(small_pictures=SmallPictures.UPSCALE),
    "stills only": Policy(animations=Animations.REJECT),
    "on red": Policy(background=(255, 0, 0)),
    "low quality": Policy(quality=30, min_quality=10),
    "few bytes": Policy(max_bytes=8_000),
    "fabric": Policy(min_side=_FABRIC[0], max_side=_FABRIC[1]),
    "trademark": Policy(min_side=_TRADEMARK[0], max_side=_TRADEMARK[1]),
    "service of 500": Policy(max_side=500),
    "no more than 500": Policy(longest_side=500),
    "few pixels": Policy(max_megapixels=1),
}
# libvips uses its own press profile for CMYK without one, and has no HEIC decoder: other modules compare these.
_SHOWN_OTHERWISE = {"tiff cmyk", "heic"}


def _assert_sound(prepared: PreparedImage, policy: Policy) -> None:
    data, size = prepared.data, (prepared.width, prepared.height)
    seen = inspect(data)
    assert (seen.format, (seen.width, seen.height)) == (prepared.format, size)
    assert by_opencv(data).shape[1::-1] == size
    if prepared.format not in NOT_IN_VIPS:
        assert size_in_vips(data) == size
    assert leftovers(data, prepared.format) == []
    assert WORD not in data
    assert len(data) <= policy.max_bytes
    assert policy.min_side <= min(size) <= max(size) <= policy.max_side


@pytest.mark.parametrize("name", PLANTED)
def test_every_output_decodes_and_has_no_metadata(name: str) -> None:
    policy = Policy()
    _assert_sound(prepare(PLANTED[name], policy), policy)


@pytest.mark.parametrize("name", [name for name in PLANTED if name not in _SHOWN_OTHERWISE])
def test_every_output_looks_like_its_source(name: str) -> None:
    """Removing metadata must not damage the image, or the data that defines its colours and orientation."""
    data = PLANTED[name]
    prepared, shown = prepared_and_displayed(data)
    original = by_vips if prepared.source_format not in NOT_IN_VIPS else by_opencv
    assert_alike(shown, original(data))


@pytest.mark.parametrize("name", POLICIES)
def test_every_policy_gives_sound_output(name: str) -> None:
    policy = POLICIES[name]
    size = (90, 60) if name in {"padded", "upscaled"} else (1200, 800)
    source = to_image(smooth(*size))
    for data in (encoded(source, "JPEG", quality=95), encoded(source.convert("RGBA"), "PNG")):
        _assert_sound(prepare(data, policy), policy)


def test_repeats_and_threads_give_the_same_bytes() -> None:
    policy = Policy()
    expected = [prepare(data, policy) for data in PLANTED.values()]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda data: prepare(data, policy), [*PLANTED.values()] * 2))
    assert found == expected * 2


@pytest.mark.parametrize("name", ["jpeg", "png", "webp", "gif", "tiff", "bmp", "ppm"])
def test_the_check_finds_planted_metadata(name: str) -> None:
    """Without this, the tests above could not fail."""
    assert WORD in PLANTED[name]
    assert leftovers(PLANTED[name], name.upper())
