"""A JPEG that passes through keeps its pixel data byte for byte, and loses everything else."""

from collections.abc import Iterator
from io import BytesIO
from random import Random
from typing import Any

import pytest
from PIL import Image, JpegImagePlugin

from imagesearch_ingest.images import Policy
from imagesearch_ingest.images.formats.jpeg import JPEG
from imagesearch_ingest.images.formats.jpeg import pass_through as jpeg
from imagesearch_ingest.images.pass_through import pass_through
from tests.unit.images.formats.jpeg.parts import segment, with_segment
from tests.unit.images.pictures import encoded, noise, quarters, srgb_profile

JFIF = b"\xff\xe0\x00\x10JFIF\0"


def full_of_metadata() -> bytes:
    exif = Image.Exif()
    exif[0x010E] = "secret"
    data = encoded(
        quarters(),
        "JPEG",
        exif=exif.tobytes(),
        xmp=b"<x:xmpmeta>secret</x:xmpmeta>",
        icc_profile=srgb_profile(),
        comment=b"secret",
    )
    iptc, thumbnail = segment(0xED, b"Photoshop 3.0\0secret"), segment(0xE0, b"JFXX\0\x10secret")
    odd = segment(0xEB, b"HDR secret") + segment(0xDC, b"secret, where a number of lines should be")
    return with_segment(data, iptc + thumbnail + odd) + b"PK\x03\x04secret"


VARIANTS: list[dict[str, Any]] = [
    {},
    {"progressive": True},
    {"subsampling": 0},
    {"restart_marker_blocks": 7},
    {"quality": 100, "optimize": True},
    {"mode": "L"},
    {"mode": "L", "progressive": True},
]


@pytest.mark.parametrize("options", VARIANTS, ids=str)
def test_a_plain_file_stays_bit_for_bit(options: dict[str, Any]) -> None:
    chosen = dict(options)
    data = encoded(quarters().convert(chosen.pop("mode", "RGB")), "JPEG", **chosen)
    stripped = jpeg.strip(data)
    assert stripped
    assert stripped.data == data
    assert (stripped.width, stripped.height, stripped.removed) == (320, 200, ())
    assert jpeg.is_decodable(stripped)


def test_everything_but_the_image_is_removed_and_named() -> None:
    data = full_of_metadata()
    stripped = jpeg.strip(data)
    assert stripped
    assert b"secret" not in stripped.data
    assert set(stripped.removed) == {
        "EXIF",
        "XMP",
        "ICC profile",
        "IPTC",
        "thumbnail",
        "application data",
        "comment",
        "trailing data",
    }
    assert Image.open(BytesIO(stripped.data)).tobytes() == Image.open(BytesIO(data)).tobytes()
    assert (stripped.profile, (stripped.exif or b"")[:2]) == (srgb_profile(), b"MM")
    again = jpeg.strip(stripped.data)
    assert again
    assert (again.data, again.removed) == (stripped.data, ())


def test_the_jfif_thumbnail_is_removed_and_the_density_stays() -> None:
    data = encoded(quarters(), "JPEG", dpi=(300, 300))
    jfif = data[2:20]
    assert jfif.startswith(JFIF)
    thumbnail = segment(0xE0, jfif[4:16] + b"\2\1" + bytes(6))
    stripped = jpeg.strip(data[:2] + thumbnail + data[20:])
    assert stripped
    assert stripped.data == data


def test_the_adobe_segment_stays() -> None:
    adobe = segment(0xEE, b"Adobe\0\x64\0\0\0\0\1")
    stripped = jpeg.strip(with_segment(encoded(quarters(), "JPEG"), adobe))
    assert stripped
    assert adobe in stripped.data


def test_pieces_of_a_profile_are_joined_in_order() -> None:
    profile = srgb_profile()
    pieces = [b"ICC_PROFILE\0" + bytes((n + 1, 2)) + profile[n * 300 :][:300] for n in range(2)]
    data = with_segment(encoded(quarters(), "JPEG"), segment(0xE2, pieces[1]) + segment(0xE2, pieces[0]))
    assert getattr(jpeg.strip(data), "profile", None) == profile


def test_only_the_first_of_several_images_is_kept() -> None:
    first, second = encoded(quarters(), "JPEG"), encoded(noise(), "JPEG")
    stripped = jpeg.strip(first + second)
    assert stripped
    assert (stripped.data, stripped.removed) == (first, ("trailing data",))


def cmyk() -> bytes:
    return encoded(quarters().convert("CMYK"), "JPEG")


def rgb_inside() -> bytes:
    return encoded(quarters(), "JPEG", keep_rgb=True)


def arithmetic() -> bytes:
    return encoded(quarters(), "JPEG").replace(b"\xff\xc0", b"\xff\xc9", 1)


def twelve_bits() -> bytes:
    data = encoded(quarters(), "JPEG")
    at = data.index(b"\xff\xc0") + 4
    return data[:at] + b"\x0c" + data[at + 1 :]


def odd_components() -> bytes:
    data = encoded(quarters(), "JPEG")
    start = data.index(b"\xff\xc0")
    data = data.replace(b"\xff\xe0", b"\xff\xe1", 1)  # without JFIF, which defines the components
    return data[: start + 10] + b"\0" + data[start + 11 :]


def of_many_scans() -> bytes:
    data = encoded(quarters(), "JPEG", progressive=True)
    start, last = data.index(b"\xff\xda"), data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * 200 + data[start:]


@pytest.mark.parametrize("make", [cmyk, rgb_inside, arithmetic, twelve_bits, odd_components, of_many_scans])
def test_disputed_and_rule_breaking_kinds_need_decoding(make: Any) -> None:
    assert pass_through(make(), JPEG, Policy()) is None


def damaged() -> Iterator[bytes]:
    random = Random(4)
    sources = [encoded(noise(160, 120), "JPEG", **options) for options in ({}, {"progressive": True})]
    for number in range(600):
        data = bytearray(sources[number % 2])
        for _ in range(random.randint(1, 4)):
            data[random.randrange(2, len(data))] = random.randrange(256)
        yield bytes(data) if number % 3 else bytes(data[: random.randrange(100, len(data))])


def test_the_small_decode_finds_what_a_full_decode_finds() -> None:
    """Both accept some damaged files and refuse some. A file that the small decode accepts always decodes."""
    counts = {True: 0, False: 0}
    for data in damaged():
        try:
            stripped = jpeg.strip(data)
            is_small = bool(stripped) and stripped.width * stripped.height < 1_000_000
            accepted = is_small and bool(jpeg.is_decodable(stripped))
        except Exception:  # noqa: BLE001 (as pass_through does)
            accepted = False
        counts[accepted] += 1
        if accepted:
            JpegImagePlugin.JpegImageFile(BytesIO(stripped.data)).load()
    assert min(counts.values()) > 50
