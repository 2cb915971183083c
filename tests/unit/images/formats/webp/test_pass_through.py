import struct

import pytest
from PIL import Image

from imagesearch_ingest.images.formats.webp import pass_through as webp
from tests.unit.images.formats.stripping import (
    SECRET,
    accepted,
    assert_cut_anywhere_is_refused,
    assert_damage_never_passes,
    assert_needs_decoding,
    assert_no_archive_is_left,
    assert_stripped,
)
from tests.unit.images.formats.webp.webp_files import canvas, chunk, riff
from tests.unit.images.pictures import encoded, noise, srgb_profile

IMAGE = noise(120, 110)
LOSSY, LOSSLESS = encoded(IMAGE, "WEBP"), encoded(IMAGE, "WEBP", lossless=True)
BOTH = pytest.mark.parametrize("plain", [LOSSY, LOSSLESS], ids=["VP8", "VP8L"])
PROFILE = srgb_profile()  # made once, since it contains its time of creation
EXIF = b"II*\0\x08\0\0\0\0\0\0\0\0\0"


@BOTH
def test_a_plain_file_stays_bit_for_bit(plain: bytes) -> None:
    assert assert_stripped(webp, plain).data == plain


@BOTH
def test_metadata_is_removed_and_returned(plain: bytes) -> None:
    with_all = riff(
        canvas(0x2C),
        chunk(b"ICCP", PROFILE),
        plain[12:],
        chunk(b"EXIF", b"Exif\0\0" + EXIF),
        chunk(b"XMP ", SECRET),
        chunk(b"priv", SECRET + b"!"),
    )
    stripped = assert_stripped(webp, with_all, "ICC profile", "EXIF", "XMP", "other chunks")
    assert (stripped.data, stripped.profile, stripped.exif) == (plain, PROFILE, EXIF)
    by_pillow = encoded(IMAGE, "WEBP", lossless=plain is LOSSLESS, exif=EXIF, xmp=SECRET, icc_profile=PROFILE)
    assert assert_stripped(webp, by_pillow, "ICC profile", "EXIF", "XMP").data == plain


@BOTH
def test_an_extended_header_without_metadata_is_removed(plain: bytes) -> None:
    assert assert_stripped(webp, riff(canvas(), plain[12:])).data == plain


@BOTH
def test_trailing_data_is_removed(plain: bytes) -> None:
    assert_no_archive_is_left(webp, plain)
    assert assert_stripped(webp, plain + plain, "trailing data").data == plain


def _changed(data: bytes, at: int, value: int) -> bytes:
    return data[:at] + bytes((value,)) + data[at + 1 :]


SEE_THROUGH = IMAGE.copy()
SEE_THROUGH.putalpha(Image.linear_gradient("L").resize(IMAGE.size))
UNSUITABLE = {
    "alpha": encoded(SEE_THROUGH, "WEBP"),
    "alpha, lossless": encoded(SEE_THROUGH, "WEBP", lossless=True),
    "alpha announced": riff(canvas(0x10), LOSSY[12:]),
    "alpha beside": riff(canvas(), chunk(b"ALPH", b"\0" + bytes(120 * 110)), LOSSY[12:]),
    "an animation": encoded(IMAGE, "WEBP", save_all=True, append_images=[noise(120, 110, spread=9)]),
    "an animation announced": riff(canvas(0x02), LOSSY[12:]),
    "a larger canvas": riff(canvas(0, 121, 110), LOSSY[12:]),
    "a smaller canvas": riff(canvas(0, 120, 109), LOSSY[12:]),
    "two canvases": riff(canvas(), canvas(), LOSSY[12:]),
    "a canvas after the image": riff(LOSSY[12:], canvas()),
    "two images": riff(LOSSY[12:], LOSSY[12:]),
    "no image": riff(canvas(), chunk(b"EXIF", EXIF)),
    "a chunk before the image": riff(chunk(b"EXIF", EXIF), LOSSY[12:]),
    "two blocks of EXIF": riff(canvas(8), LOSSY[12:], chunk(b"EXIF", EXIF) * 2),
    "two profiles": riff(canvas(32), chunk(b"ICCP", b"one") * 2, LOSSY[12:]),
    "a wrong length": LOSSY[:4] + struct.pack("<I", len(LOSSY) - 10) + LOSSY[8:],
    "a chunk that ends beyond the file": riff(LOSSY[12:], chunk(b"priv", SECRET)[:-6]),
    "no key frame": _changed(LOSSY, 20, LOSSY[20] | 1),
    "a frame that is not shown": _changed(LOSSY, 20, LOSSY[20] & ~0x10),
    "an unknown version of VP8": _changed(LOSSY, 20, LOSSY[20] | 0x0E),
    "another start code": _changed(LOSSY, 23, 0),
    "scaling": _changed(LOSSY, 27, LOSSY[27] | 0x40),
    "an unknown version of VP8L": _changed(LOSSLESS, 24, LOSSLESS[24] | 0x20),
    "another signature": _changed(LOSSLESS, 20, 0),
    "not WebP": LOSSY[:8] + b"WAVE" + LOSSY[12:],
    "zeros in place of the second half": riff(
        chunk(b"VP8 ", LOSSY[20 : len(LOSSY) // 2].ljust(len(LOSSY) - 20, b"\0"))
    ),
    "too many chunks": riff(LOSSY[12:], chunk(b"priv", b"") * 1000),
}


@pytest.mark.parametrize("data", UNSUITABLE.values(), ids=UNSUITABLE.keys())
def test_other_files_need_decoding(data: bytes) -> None:
    assert_needs_decoding(webp, data)


@BOTH
def test_pixel_data_that_stops_early_is_refused(plain: bytes) -> None:
    for share in (0.1, 0.5, 0.9):
        assert accepted(webp, riff(chunk(plain[12:16], plain[20 : int(len(plain) * share)]))) is None


@BOTH
def test_damage_never_passes(plain: bytes) -> None:
    assert_cut_anywhere_is_refused(webp, plain)
    assert_damage_never_passes(webp, plain, 100)
    assert_damage_never_passes(webp, riff(canvas(0x0C), plain[12:], chunk(b"EXIF", EXIF), chunk(b"XMP ", SECRET)), 100)
