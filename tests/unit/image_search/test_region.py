"""People give a region in pixels of the displayed picture; the service gets it in pixels of the prepared one."""

from dataclasses import replace
from fractions import Fraction
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from imagesearch_ingest.attributes import Attributes, collect
from imagesearch_ingest.image_search import build_add_request
from imagesearch_ingest.image_search.region import scale_outwards
from imagesearch_ingest.images import Policy, prepare
from imagesearch_ingest.images.policy import SmallPictures
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import ImageIdentity, PreparedImage
from imagesearch_ingest.model.reasons import Reason
from tests.unit.images.pictures import YELLOW, close, colour_at, encoded, quarters

UNTOUCHED = prepare(encoded(quarters(), "PNG"), Policy())


def prepared(width: int, height: int, *, orientation: int = 1, max_side: int = 4096) -> PreparedImage:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return prepare(encoded(quarters(width, height), "JPEG", exif=exif.tobytes()), Policy(longest_side=max_side))


def sent(region: str, image: PreparedImage) -> str | None:
    return build_add_request("demo", ImageIdentity("p", "n"), image, Attributes(region=region)).region


def test_without_scaling_a_region_is_unchanged() -> None:
    assert sent("280,286,132,151", prepared(320, 200)) == "280,286,132,151"
    assert sent("0,320,0,200", prepared(320, 200)) == "0,320,0,200"


def test_a_region_is_scaled_with_the_picture() -> None:
    assert sent("200,400,0,200", prepared(800, 400, max_side=400)) == "100,200,0,100"


def test_a_region_is_not_rotated() -> None:
    """People measure the displayed picture: the stored 320x200 is displayed, and sent, as 200x320."""
    image = prepared(320, 200, orientation=6)
    assert sent("0,200,300,320", image) == "0,200,300,320"


def test_a_region_keeps_its_part_of_the_picture() -> None:
    image = prepared(400, 800, orientation=6, max_side=400)
    x1, x2, y1, y2 = map(int, (sent("0,400,200,400", image) or "").split(","))
    part = Image.open(BytesIO(image.data)).crop((x1, y1, x2, y2))
    # After a clockwise rotation, the yellow lower right quarter is at the lower left.
    assert part.size == (200, 100)
    assert all(close(colour_at(part, point), YELLOW) for point in ((5, 5), (195, 5), (5, 95), (195, 95)))


def test_a_region_moves_with_the_padding() -> None:
    image = prepare(encoded(quarters(60, 320), "PNG"), Policy(small_pictures=SmallPictures.PAD))
    assert (image.width, image.height, image.content) == (100, 320, (20, 0, 60, 320))
    x1, x2, y1, y2 = map(int, (sent("30,60,160,320", image) or "").split(","))
    assert (x1, x2, y1, y2) == (50, 80, 160, 320)
    part = Image.open(BytesIO(image.data)).crop((x1, y1, x2, y2))
    assert all(close(colour_at(part, point), YELLOW) for point in ((3, 3), (26, 3), (3, 156), (26, 156)))


def test_a_region_grows_with_an_upscaled_picture() -> None:
    image = prepare(encoded(quarters(50, 80), "PNG"), Policy(small_pictures=SmallPictures.UPSCALE))
    assert (image.width, image.height) == (100, 160)
    assert sent("25,50,40,80", image) == "50,100,80,160"


def test_a_region_follows_scaling_in_the_decoder() -> None:
    image = prepared(2000, 3600, orientation=6, max_side=1000)
    assert (image.width, image.height) == (900, 500)  # a quarter: within an eighth of the requested size
    x1, x2, y1, y2 = map(int, (sent("0,1800,1000,2000", image) or "").split(","))
    assert (x1, x2, y1, y2) == (0, 450, 250, 500)
    part = Image.open(BytesIO(image.data)).crop((x1, y1, x2, y2))
    assert all(close(colour_at(part, point), YELLOW) for point in ((5, 5), (440, 5), (5, 240), (440, 240)))


@given(st.data())
def test_a_region_stays_on_the_content(data: st.DataObject) -> None:
    displayed = data.draw(st.tuples(st.integers(1, 20_000), st.integers(1, 20_000)))
    content = data.draw(st.tuples(*(st.integers(low, 4096) for low in (0, 0, 1, 1))))
    image = replace(UNTOUCHED, displayed_width=displayed[0], displayed_height=displayed[1], content=content)
    low = [data.draw(st.integers(0, side - 1)) for side in displayed]
    high = [data.draw(st.integers(start + 1, side)) for start, side in zip(low, displayed, strict=True)]
    x1, x2, y1, y2 = map(int, (sent(f"{low[0]},{high[0]},{low[1]},{high[1]}", image) or "").split(","))
    for axis, (new_low, new_high) in enumerate(((x1, x2), (y1, y2))):
        start, length = content[axis], content[axis + 2]
        assert start <= new_low < new_high <= start + length
        for new, old in ((new_low, low[axis]), (new_high, high[axis])):
            assert abs(new - start - Fraction(old * length, displayed[axis])) < 1


@pytest.mark.parametrize("region", ["0,321,0,200", "0,320,0,201", "400,500,0,100"])
def test_a_region_outside_the_picture_is_refused(region: str) -> None:
    attributes = collect({"imagesearch-region": region}, {}, {})
    with pytest.raises(IngestError) as error:
        build_add_request("demo", ImageIdentity("p", "n"), prepared(320, 200), attributes)
    assert error.value.reason is Reason.ATTRIBUTE_INVALID
    assert error.value.detail == (
        f"region (from metadata) is '{region}': it must lie within the picture, which is displayed at 320x200 pixels"
    )


@given(st.data())
def test_scaling_is_off_by_less_than_a_pixel(data: st.DataObject) -> None:
    displayed = data.draw(st.integers(1, 60_000))
    prepared_side = data.draw(st.integers(1, displayed))
    low = data.draw(st.integers(0, displayed - 1))
    high = data.draw(st.integers(low + 1, displayed))
    new_low, new_high = scale_outwards(low, high, prepared_side, displayed)
    assert 0 <= new_low < new_high <= prepared_side
    for new, old in ((new_low, low), (new_high, high)):
        assert abs(new - Fraction(old * prepared_side, displayed)) < 1
