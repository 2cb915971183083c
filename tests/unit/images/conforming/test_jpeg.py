"""A conforming JPEG keeps its pixel data byte for byte, and loses everything else."""

import struct
from collections.abc import Iterator
from io import BytesIO
from random import Random
from typing import Any

import pytest
from PIL import Image, JpegImagePlugin

from imagesearch_ingest.images import Policy
from imagesearch_ingest.images.conforming import jpeg
from imagesearch_ingest.images.conforming.pass_through import pass_through
from tests.unit.images.pictures import encoded, noise, quarters, srgb_profile

JFIF = b"\xff\xe0\x00\x10JFIF\0"


def segment(code: int, body: bytes) -> bytes:
    return bytes((0xFF, code)) + struct.pack(">H", len(body) + 2) + body


def with_segment(data: bytes, inserted: bytes) -> bytes:
    return data[:2] + inserted + data[2:]


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
def test_a_file_without_metadata_is_passed_on_as_it_is(options: dict[str, Any]) -> None:
    chosen = dict(options)
    data = encoded(quarters().convert(chosen.pop("mode", "RGB")), "JPEG", **chosen)
    bare = jpeg.parse(data)
    assert bare
    assert bare.data == data
    assert (bare.width, bare.height, bare.removed) == (320, 200, ())
    assert jpeg.decodes(bare)


def test_all_that_is_not_the_picture_is_cut_and_named() -> None:
    data = full_of_metadata()
    bare = jpeg.parse(data)
    assert bare
    assert b"secret" not in bare.data
    assert set(bare.removed) == {
        "EXIF",
        "XMP",
        "ICC profile",
        "IPTC",
        "thumbnail",
        "application data",
        "comment",
        "trailing data",
    }
    assert Image.open(BytesIO(bare.data)).tobytes() == Image.open(BytesIO(data)).tobytes()
    assert (bare.profile, (bare.exif or b"")[:2]) == (srgb_profile(), b"MM")
    again = jpeg.parse(bare.data)
    assert again
    assert (again.data, again.removed) == (bare.data, ())


def test_the_thumbnail_inside_jfif_s_own_segment_is_cut_and_its_density_stays() -> None:
    data = encoded(quarters(), "JPEG", dpi=(300, 300))
    jfif = data[2:20]
    assert jfif.startswith(JFIF)
    thumbnail = segment(0xE0, jfif[4:16] + b"\2\1" + bytes(6))
    bare = jpeg.parse(data[:2] + thumbnail + data[20:])
    assert bare
    assert bare.data == data


def test_adobe_s_segment_stays_since_it_says_how_colours_are_coded() -> None:
    adobe = segment(0xEE, b"Adobe\0\x64\0\0\0\0\1")
    bare = jpeg.parse(with_segment(encoded(quarters(), "JPEG"), adobe))
    assert bare
    assert adobe in bare.data


def test_a_profile_in_pieces_is_put_together_in_their_order() -> None:
    profile = srgb_profile()
    pieces = [b"ICC_PROFILE\0" + bytes((n + 1, 2)) + profile[n * 300 :][:300] for n in range(2)]
    data = with_segment(encoded(quarters(), "JPEG"), segment(0xE2, pieces[1]) + segment(0xE2, pieces[0]))
    assert getattr(jpeg.parse(data), "profile", None) == profile


def test_only_the_first_picture_of_several_is_kept() -> None:
    first, second = encoded(quarters(), "JPEG"), encoded(noise(), "JPEG")
    bare = jpeg.parse(first + second)
    assert bare
    assert (bare.data, bare.removed) == (first, ("trailing data",))


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


def without_its_end() -> bytes:
    return encoded(quarters(), "JPEG")[:-2]


def odd_components() -> bytes:
    data = encoded(quarters(), "JPEG")
    start = data.index(b"\xff\xc0")
    data = data.replace(b"\xff\xe0", b"\xff\xe1", 1)  # no JFIF that says what they are
    return data[: start + 10] + b"\0" + data[start + 11 :]


def of_countless_scans() -> bytes:
    data = encoded(quarters(), "JPEG", progressive=True)
    start, last = data.index(b"\xff\xda"), data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * 200 + data[start:]


@pytest.mark.parametrize(
    "make", [cmyk, rgb_inside, arithmetic, twelve_bits, without_its_end, odd_components, of_countless_scans]
)
def test_what_a_rule_touches_or_decoders_disagree_on_is_not_passed_on(make: Any) -> None:
    assert pass_through(make(), "JPEG", Policy()) is None


def damaged() -> Iterator[bytes]:
    random = Random(4)
    sources = [encoded(noise(160, 120), "JPEG", **options) for options in ({}, {"progressive": True})]
    for number in range(600):
        data = bytearray(sources[number % 2])
        for _ in range(random.randint(1, 4)):
            data[random.randrange(2, len(data))] = random.randrange(256)
        yield bytes(data) if number % 3 else bytes(data[: random.randrange(100, len(data))])


def test_the_cheap_proof_sees_whatever_a_whole_decode_sees() -> None:
    """Of damaged files both accept some and refuse some; and never does the proof accept what the decoder refuses."""
    verdicts = {True: 0, False: 0}
    for data in damaged():
        try:
            bare = jpeg.parse(data)
            accepted = bool(bare) and bare.width * bare.height < 1_000_000 and jpeg.decodes(bare)
        except Exception:  # noqa: BLE001 - as the door does
            accepted = False
        verdicts[accepted] += 1
        if accepted:
            JpegImagePlugin.JpegImageFile(BytesIO(bare.data)).load()
    assert min(verdicts.values()) > 50
