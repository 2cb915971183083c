import zlib

import pytest

from imagesearch_ingest.images.formats.format import StrippedImage
from imagesearch_ingest.images.formats.png import PNG
from imagesearch_ingest.images.formats.png import pass_through as module
from imagesearch_ingest.images.pass_through import pass_through
from tests.unit.images.formats.png.png_files import END, chunk, header, pack_rows, palette, png, png_of, rows
from tests.unit.images.formats.stripping import (
    SECRET,
    accepted,
    assert_cut_anywhere_is_refused,
    assert_damage_never_passes,
    assert_needs_decoding,
    assert_no_archive_is_left,
    assert_stripped,
)
from tests.unit.images.pictures import POLICY, encoded, noise, run, srgb_profile

PROFILE = srgb_profile()  # made once, since it contains its time of creation
PLAIN = png()
DEEPEST = [(depth, colour_type) for colour_type in (0, 3) for depth in (1, 2, 4, 8)] + [(8, 2)]


def _profile(profile: bytes) -> bytes:
    return chunk(b"iCCP", b"a name\0\0" + zlib.compress(profile))


def _palette_for(depth: int, colour_type: int) -> bytes:
    return palette(1 << depth) if colour_type == 3 else b""


@pytest.mark.parametrize(("depth", "colour_type"), DEEPEST)
@pytest.mark.parametrize("interlaced", [0, 1])
def test_a_plain_file_stays_bit_for_bit(depth: int, colour_type: int, interlaced: int) -> None:
    plain = png(_palette_for(depth, colour_type), b"", depth, colour_type, interlaced=interlaced, pieces=3)
    assert assert_stripped(module, plain).data == plain


@pytest.mark.parametrize(
    ("kind", "body", "name"),
    [
        (b"tEXt", b"Comment\0" + SECRET, "text"),
        (b"zTXt", b"Comment\0\0" + zlib.compress(SECRET), "text"),
        (b"iTXt", b"Comment\0\0\0\0\0" + SECRET, "text"),
        (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + SECRET, "XMP"),
        (b"tIME", bytes(7), "time"),
        (b"pHYs", bytes(9), "resolution"),
        (b"gAMA", (45455).to_bytes(4, "big"), "colour space"),
        (b"sRGB", b"\0", "colour space"),
        (b"PLTE", b"\1\2\3", "suggested palette"),
        (b"bKGD", bytes(6), "other chunks"),
        (b"prVt", SECRET, "other chunks"),
    ],
    ids=["tEXt", "zTXt", "iTXt", "XMP", "tIME", "pHYs", "gAMA", "sRGB", "PLTE", "bKGD", "private"],
)
def test_chunks_without_pixels_are_removed(kind: bytes, body: bytes, name: str) -> None:
    assert assert_stripped(module, png(chunk(kind, body) * (1 if kind == b"PLTE" else 2)), name).data == PLAIN


def test_exif_and_profile_are_returned() -> None:
    block = b"II*\0\x08\0\0\0\0\0\0\0\0\0"
    stripped = assert_stripped(
        module, png(_profile(PROFILE), chunk(b"eXIf", b"Exif\0\0" + block)), "ICC profile", "EXIF"
    )
    assert (stripped.exif, stripped.profile) == (block, PROFILE)
    assert accepted(module, png(after=chunk(b"eXIf", block))) == StrippedImage(
        PLAIN, stripped.width, stripped.height, ("EXIF",), block
    )


def test_trailing_data_is_removed() -> None:
    assert_no_archive_is_left(module, PLAIN)
    assert assert_stripped(module, PLAIN + PLAIN, "trailing data").data == PLAIN


def test_files_written_by_pillow_are_kept() -> None:
    for options in ({}, {"compress_level": 0}, {"optimize": True}):
        plain = encoded(noise(), "PNG", **options)
        assert assert_stripped(module, plain).data == plain


PIXELS = zlib.compress(rows())
UNSUITABLE = {
    "alpha": png(colour_type=6),
    "grey with alpha": png(colour_type=4),
    "16 bits": png(depth=16),
    "an illegal depth": png(depth=4),
    "an illegal colour type": header(8, 5) + chunk(b"IDAT", PIXELS) + END,
    "a colour key": png(chunk(b"tRNS", bytes(6))),
    "an animation": png(chunk(b"acTL", bytes(8))),
    "an unknown critical chunk": png(chunk(b"ABCd", b"")),
    "no palette": png(depth=8, colour_type=3),
    "a palette for grey": png(palette(4), depth=8, colour_type=0),
    "a palette too long": png(palette(5), depth=2, colour_type=3),
    "a palette of odd length": png(chunk(b"PLTE", bytes(4)), depth=8, colour_type=3),
    "two palettes": png(palette(256) * 2, depth=8, colour_type=3),
    "a palette after the pixels": png(b"", palette(256), 8, 3),
    "a pixel past the palette": png(palette(255), depth=8, colour_type=3),
    "no pixels": header() + END,
    "pixels in two places": header()
    + chunk(b"IDAT", PIXELS[:99])
    + chunk(b"tIME", bytes(7))
    + chunk(b"IDAT", PIXELS[99:])
    + END,
    "two headers": header() + PLAIN[8:],
    "a chunk before the header": PLAIN[:8] + chunk(b"tIME", bytes(7)) + PLAIN[8:],
    "no end": PLAIN[: -len(END)],
    "an end with a secret": PLAIN[: -len(END)] + chunk(b"IEND", SECRET),
    "another compression": header(compression=1) + PLAIN[33:],
    "other filters": header(filters=1) + PLAIN[33:],
    "another interlacing": header(interlaced=2) + PLAIN[33:],
    "a broken profile": png(chunk(b"iCCP", b"a name\0\0broken")),
    "a profile cut short": png(chunk(b"iCCP", b"a name\0\0" + zlib.compress(PROFILE)[:-9])),
    "a profile too long": png(_profile(bytes(5 * 1024 * 1024))),
    "two profiles": png(_profile(b"one") + _profile(b"two")),
    "two blocks of EXIF": png(chunk(b"eXIf", b"one") + chunk(b"eXIf", b"two")),
    "EXIF with a wrong checksum": png(chunk(b"eXIf", b"II*\0")[:-1] + b"\0"),
    "another signature": b"\x8aMNG" + PLAIN[4:],
    "too many chunks": png(chunk(b"tEXt", b"") * 20_001),
}


@pytest.mark.parametrize("data", UNSUITABLE.values(), ids=UNSUITABLE.keys())
def test_other_files_need_decoding(data: bytes) -> None:
    assert_needs_decoding(module, data)


@pytest.mark.parametrize("kind", [b"IHDR", b"PLTE", b"IDAT", b"IEND"])
def test_a_wrong_checksum_is_refused(kind: bytes) -> None:
    data = bytearray(png(palette(256), depth=8, colour_type=3))
    assert accepted(module, bytes(data))
    at = data.index(kind)
    data[at + 4 + int.from_bytes(data[at - 4 : at], "big")] ^= 1
    assert_needs_decoding(module, bytes(data))


def test_damage_never_passes() -> None:
    assert_cut_anywhere_is_refused(module, PLAIN)
    assert_damage_never_passes(module, encoded(noise(120, 110).quantize(16), "PNG"))


def test_a_png_with_a_wrong_window_is_encoded() -> None:
    """Pillow accepts it, libpng does not."""
    packed = bytearray(zlib.compress(pack_rows(noise())))
    packed[0] = 0x18  # announces 512 bytes; 32 kB are used
    packed[1] = 31 - (packed[0] << 8) % 31
    data = png_of(2, bytes(packed))
    assert pass_through(data, PNG, POLICY) is None
    assert run(data)[0].format == "JPEG"
