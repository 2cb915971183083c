"""What is encoded while it is decoded looks like what is decoded first, and everything else is left alone."""

import sys
from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageCms, ImageStat

from imagesearch_ingest.images.formats import Format
from imagesearch_ingest.images.policy import Policy, SmallPictures
from imagesearch_ingest.images.prepare import prepare
from imagesearch_ingest.images.sniff import sniff
from imagesearch_ingest.images.stream import stream
from imagesearch_ingest.model.images import PreparedImage
from tests.unit.images.formats.jpeg.parts import profile_segment, with_segment
from tests.unit.images.pictures import POLICY, encoded, quarters, swapped_profile

HALF = replace(POLICY, longest_side=160)


def streamed(data: bytes, policy: Policy) -> bool:
    return stream(data, sniff(data), policy) is not None


def decoded_first(data: bytes, policy: Policy, monkeypatch: pytest.MonkeyPatch) -> PreparedImage:
    def nothing(_data: bytes, _format: Format, _policy: Policy) -> None:
        return None

    with monkeypatch.context() as patch:
        patch.setattr(sys.modules["imagesearch_ingest.images.prepare"], "stream", nothing)
        return prepare(data, policy)


def cut_out() -> Image.Image:
    image = quarters().convert("RGBA")
    image.putalpha(Image.radial_gradient("L").resize(image.size))
    return image


def oriented(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(quarters(), "JPEG", quality=95, exif=exif)


KINDS = {
    "PNG": lambda: encoded(quarters(), "PNG"),
    "grey PNG": lambda: encoded(quarters().convert("L"), "PNG"),
    "PNG with a palette": lambda: encoded(quarters().quantize(16), "PNG"),
    "PNG with alpha": lambda: encoded(cut_out(), "PNG"),
    "JPEG": lambda: encoded(quarters(), "JPEG", quality=95),
    "progressive JPEG": lambda: encoded(quarters(), "JPEG", quality=95, progressive=True),
    "grey JPEG": lambda: encoded(quarters().convert("L"), "JPEG", quality=95),
    "JPEG with a profile": lambda: with_segment(
        encoded(quarters(), "JPEG", quality=95), profile_segment(swapped_profile())
    ),
    "PNG with a profile": lambda: encoded(quarters(), "PNG", icc_profile=swapped_profile()),
    "TIFF": lambda: encoded(quarters(), "TIFF", compression="tiff_lzw"),
    "TIFF with a profile": lambda: encoded(quarters(), "TIFF", icc_profile=swapped_profile()),
    **{f"JPEG, orientation {n}": lambda n=n: oriented(n) for n in range(2, 9)},
}


@pytest.mark.parametrize("kind", KINDS)
def test_it_looks_like_what_is_decoded_first(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = KINDS[kind]()
    policy = replace(HALF, longest_side=250)  # no fraction of libjpeg
    assert streamed(data, policy)
    ours, first = prepare(data, policy), decoded_first(data, policy, monkeypatch)
    assert replace(ours, data=b"", steps=ours.steps[:-1]) == replace(first, data=b"", steps=first.steps[:-1])
    images = [Image.open(BytesIO(one.data)).convert("RGB") for one in (ours, first)]
    assert max(ImageStat.Stat(ImageChops.difference(*images)).mean) < 1.5


def test_the_output_begins_as_a_jfif_file() -> None:
    assert prepare(encoded(quarters(), "PNG"), HALF).data[:11] == b"\xff\xd8\xff\xe0\0\x10JFIF\0"


def test_what_may_be_blank_is_decoded_first() -> None:
    assert not streamed(encoded(Image.new("RGB", (320, 200), "white"), "PNG"), HALF)
    assert not streamed(encoded(Image.new("RGBA", (320, 200), (255, 255, 255, 0)), "PNG"), HALF)
    hardly = Image.new("RGB", (320, 200), "white")
    hardly.paste((230, 230, 230), (100, 50, 200, 150))
    assert not streamed(encoded(hardly, "PNG"), HALF)


def test_a_white_picture_on_a_clear_ground_is_decoded_first() -> None:
    image = Image.new("RGBA", (320, 200), (255, 255, 255, 0))
    image.paste((255, 255, 255, 255), (80, 50, 240, 150))
    assert not streamed(encoded(image, "PNG"), HALF)
    assert "#808080" in " ".join(prepare(encoded(image, "PNG"), HALF).steps)


def test_a_cut_jpeg_is_not_streamed() -> None:
    whole = encoded(quarters(), "JPEG", quality=95)
    for size in (len(whole) // 2, len(whole) - 40, len(whole) - 2):
        assert not streamed(whole[:size], HALF)
        assert not streamed(whole[:size] + b"\xff\xd9", HALF) or size == len(whole) - 2


def test_a_damaged_png_is_not_streamed() -> None:
    whole = encoded(quarters(), "PNG")
    assert not streamed(whole[:-20], HALF)
    assert not streamed(whole[: len(whole) // 2] + bytes(8) + whole[len(whole) // 2 + 8 :], HALF)


def test_what_needs_other_steps_is_not_streamed() -> None:
    assert not streamed(encoded(quarters(90, 90), "PNG"), replace(HALF, small_pictures=SmallPictures.PAD))
    assert not streamed(encoded(quarters(90, 90), "PNG"), replace(HALF, small_pictures=SmallPictures.UPSCALE))
    assert not streamed(encoded(quarters().convert("CMYK"), "JPEG"), HALF)
    assert not streamed(encoded(quarters().convert("I;16"), "PNG"), HALF)
    assert not streamed(encoded(quarters(), "PNG"), replace(HALF, max_bytes=500))


def test_a_profile_that_does_not_fit_is_told() -> None:
    data = encoded(quarters(), "PNG", icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes())
    assert not streamed(data, HALF)
    assert "rgb to srgb without its profile, which does not fit" in prepare(data, HALF).steps
