import struct
from typing import Any

import pytest
from PIL import TiffImagePlugin

from imagesearch_ingest.images.formats.tiff import pass_through as module
from tests.unit.images.formats.stripping import (
    SECRET,
    accepted,
    assert_cut_anywhere_is_refused,
    assert_damage_never_passes,
    assert_needs_decoding,
    assert_no_archive_is_left,
    assert_stripped,
    pixels,
)
from tests.unit.images.pictures import PIXELS, encoded, noise, srgb_profile, tiff

RGB = noise(120, 110)
IMAGES = {"RGB": RGB, "L": RGB.convert("L"), "1": RGB.convert("1"), "P": RGB.quantize(256)}
COMPRESSIONS = ["raw", "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "packbits"]
RAW: dict[int, int | tuple[int, ...]] = {
    256: 120,
    257: 110,
    258: (8, 8, 8),
    259: 1,
    262: 2,
    273: PIXELS,
    277: 3,
    278: 110,
    279: 39600,
}
PROFILE = srgb_profile()  # made once, since it contains its time of creation
SAMPLES = RGB.tobytes()


def written(mode: str = "RGB", **options: Any) -> bytes:
    return encoded(IMAGES[mode], "TIFF", **options)


def raw(changes: dict[int, int | tuple[int, ...]], samples: bytes = SAMPLES, *, without: int = 0) -> bytes:
    return tiff({tag: value for tag, value in (RAW | changes).items() if tag != without}, samples)


def tags_of(data: bytes) -> set[int]:
    (start,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, start)
    return {struct.unpack_from("<H", data, start + 2 + 12 * number)[0] for number in range(count)}


def big_endian(data: bytes) -> bytes:
    """Return the same TIFF in the other byte order. Samples of one byte do not change."""
    start, swapped = struct.unpack_from("<I", data, 4)[0], bytearray(data)
    count = struct.unpack_from("<H", data, start)[0]
    places = [(2, "H"), (4, "I"), (start, "H")]
    for at in range(start + 2, start + 2 + 12 * count, 12):
        _, kind, values, offset = struct.unpack_from("<HHII", data, at)
        size = 2 if kind == 3 else 4
        first = at + 8 if size * values <= 4 else offset
        places += [(at, "H"), (at + 2, "H"), (at + 4, "I")] + ([(at + 8, "I")] if first == offset else [])
        places += [(first + size * number, "H" if kind == 3 else "I") for number in range(values)]
    for at, form in places:
        struct.pack_into(">" + form, swapped, at, *struct.unpack_from("<" + form, data, at))
    return b"MM" + bytes(swapped[2:])


@pytest.mark.parametrize("mode", IMAGES)
@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_each_kind_is_kept_in_its_byte_order(mode: str, compression: str) -> None:
    data = written(mode, compression=compression, strip_size=4000)
    stripped = assert_stripped(module, data)
    other_order = assert_stripped(module, big_endian(stripped.data))
    assert other_order.data == big_endian(stripped.data)


def test_only_tags_of_the_image_stay() -> None:
    info = TiffImagePlugin.ImageFileDirectory_v2()
    info[270], info[306], info[700], info[33723] = SECRET.decode(), "2026:11:22 19:00:00", SECRET, SECRET
    data = written(tiffinfo=info, icc_profile=PROFILE, dpi=(300, 300), software="a program")
    stripped = assert_stripped(module, data, "text", "resolution", "time", "XMP", "IPTC", "ICC profile")
    assert stripped.profile == PROFILE
    assert tags_of(stripped.data) == {256, 257, 258, 259, 262, 273, 277, 278, 279}


def test_exif_and_gps_are_removed_with_their_directories() -> None:
    behind = PIXELS + len(SAMPLES)
    data = raw({34665: behind, 34853: behind}, SAMPLES + SECRET)
    assert assert_stripped(module, data, "EXIF", "GPS").data == assert_stripped(module, raw({})).data


def test_bytes_without_a_tag_are_removed() -> None:
    for mode in IMAGES:
        assert_no_archive_is_left(module, written(mode, compression="tiff_lzw"))
    hidden = raw({279: 39600 + len(SECRET)}, SAMPLES + SECRET)
    assert assert_stripped(module, hidden).data == assert_stripped(module, raw({})).data


def test_predictors_stay() -> None:
    info = TiffImagePlugin.ImageFileDirectory_v2()
    info[317] = 2
    for mode in ("RGB", "L"):
        stripped = assert_stripped(module, written(mode, compression="tiff_lzw", tiffinfo=info))
        assert 317 in tags_of(stripped.data)


def test_tiles_stay() -> None:
    def tile(left: int, top: int) -> bytes:
        return RGB.crop((left, top, left + 64, top + 64)).tobytes()

    tiles = [tile(left, top) for top in (0, 64) for left in (0, 64)]
    size = 64 * 64 * 3
    changes = {322: 64, 323: 64, 324: tuple(8 + size * number for number in range(4)), 325: (size,) * 4}
    tags = {tag: value for tag, value in (RAW | changes).items() if tag not in {273, 278, 279}}
    stripped = assert_stripped(module, tiff(tags, b"".join(tiles)))
    assert {322, 323, 324, 325} < tags_of(stripped.data)
    assert pixels(stripped.data)[1] == SAMPLES


def test_white_may_be_zero() -> None:
    for mode, bits in (("L", 8), ("1", 1)):
        grey = IMAGES[mode]
        data = tiff(RAW | {258: bits, 262: 0, 277: 1, 279: len(grey.tobytes())}, grey.tobytes())
        stripped = assert_stripped(module, data)
        assert pixels(stripped.data)[1] == grey.convert("L").point(lambda level: 255 - level).convert("RGB").tobytes()


FOUR = SAMPLES + bytes(120 * 110)
RAMP = tuple(level * 257 for level in range(256)) * 3
UNSUITABLE = {
    "alpha": raw({258: (8, 8, 8, 8), 277: 4, 338: 2, 279: 52800}, FOUR),
    "a sample too many": raw({258: (8, 8, 8, 8), 277: 4, 279: 52800}, FOUR),
    "CMYK": raw({258: (8, 8, 8, 8), 262: 5, 277: 4, 279: 52800}, FOUR),
    "YCbCr": raw({262: 6}),
    "Lab": raw({262: 8}),
    "16 bits": raw({258: (16, 16, 16), 279: 79200}, SAMPLES * 2),
    "grey of 4 bits": raw({258: 4, 262: 1, 277: 1}),
    "signed samples": raw({258: 8, 262: 1, 277: 1, 339: 2}),
    "planes": raw({284: 2}),
    "reversed bits": raw({266: 2}),
    "rotation": raw({274: 6}),
    "a thumbnail": raw({254: 1}),
    "a preview of a DNG": raw({50706: 0x00000401}),
    "a giant tile": raw({322: 1024, 323: 1024, 324: PIXELS, 325: 3 << 20}, SAMPLES * 80, without=273),
    "further pages below": raw({330: 8}),
    "further pages": encoded(RGB, "TIFF", save_all=True, append_images=[RGB]),
    "JPEG inside": written(compression="jpeg"),
    "fax": written("1", compression="group4"),
    "an unknown compression": raw({259: 99}),
    "a predictor without compression": raw({317: 2}),
    "a predictor of fractions": raw({259: 5, 317: 3}),
    "colours of 8 bits": raw({258: 8, 262: 3, 277: 1, 320: tuple(range(256)) * 3}),
    "a palette cut short": raw({258: 8, 262: 3, 277: 1, 320: RAMP[:-1]}),
    "no palette": raw({258: 8, 262: 3, 277: 1}),
    "a strip too short": raw({279: 39599}),
    "an empty strip": raw({259: 5, 279: 0}),
    "a missing strip": raw({278: 55}),
    "a strip too many": raw({273: (8, 8), 279: (39600, 39600)}),
    "shared strips": raw({259: 32773, 273: (8,) * 110, 278: 1, 279: (39600,) * 110}),
    "strips outside the file": raw({273: 100_000}),
    "no rows in a strip": raw({278: 0}),
    "strips and tiles": raw({322: 16, 323: 16, 324: PIXELS, 325: 768}),
    "tiles of an illegal size": raw({322: 120, 323: 110, 324: PIXELS, 325: 39600}, without=273),
    "giant tiles": raw({322: 65536, 323: 65536, 324: PIXELS, 325: 39600}, without=273),
    "no lengths": raw({}, without=279),
    "no photometric": raw({}, without=262),
    "no width": raw({256: 0}),
    "old LZW": raw({259: 5}, b"\0\1" + SAMPLES[2:]),
    "a million strips": raw({257: 1_000_000, 278: 1}),
    "a value outside the file": raw({700: (1, 2)})[:-8],
    "a profile too long": encoded(RGB, "TIFF", icc_profile=bytes(5 * 1024 * 1024)),
    "BigTIFF": written(big_tiff=True),
}


@pytest.mark.parametrize("data", UNSUITABLE.values(), ids=UNSUITABLE.keys())
def test_other_files_need_decoding(data: bytes) -> None:
    assert accepted(module, raw({}))
    assert_needs_decoding(module, data)


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_damage_never_passes(compression: str) -> None:
    assert_cut_anywhere_is_refused(module, written(compression=compression))
    assert_damage_never_passes(module, written(compression=compression, strip_size=4000), 100)


@pytest.mark.parametrize("mode", IMAGES)
def test_damage_never_passes_in_any_mode(mode: str) -> None:
    assert_damage_never_passes(module, written(mode, compression="tiff_lzw", description=SECRET.decode()), 100)


def test_types_of_big_tiff_need_decoding() -> None:
    plain = raw({})
    at = plain.index(struct.pack("<HHI", 259, 4, 1))
    assert accepted(module, plain)
    assert accepted(module, plain[: at + 2] + struct.pack("<H", 16) + plain[at + 4 :]) is None
    unknown = raw({65000: 1})
    at = unknown.index(struct.pack("<HHI", 65000, 4, 1))
    assert accepted(module, unknown)
    assert accepted(module, unknown[: at + 2] + struct.pack("<HI", 16, 2) + unknown[at + 8 :]) is None
