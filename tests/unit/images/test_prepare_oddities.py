"""Files that Pillow misreads, completes silently, or crashes on."""

import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from imagesearch_ingest.images import Policy, prepare
from imagesearch_ingest.images.formats.png import PNG
from imagesearch_ingest.images.pass_through import pass_through
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from tests.unit.images.pictures import PIXELS as PLACE
from tests.unit.images.pictures import (
    POLICY,
    RED,
    WHITE,
    assert_quarters,
    close,
    colour_at,
    encoded,
    noise,
    quarters,
    run,
    tiff,
)
from tests.unit.images.test_prepare_heif import heic

RGB, PALETTE = 2, 3
SMALL = Policy(longest_side=160)


def refusal(data: bytes) -> tuple[Reason, str]:
    with pytest.raises(IngestError) as caught:
        prepare(data, POLICY)
    return caught.value.reason, caught.value.detail


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(colour_type: int, rows: bytes, *others: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 320, 200, 8, colour_type, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(others) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def rows(picture: Image.Image) -> bytes:
    width = len(picture.getbands()) * picture.width
    pixels = picture.tobytes()
    return b"".join(b"\0" + pixels[at : at + width] for at in range(0, len(pixels), width))


@pytest.mark.parametrize("share", [0.5, 0.99])
def test_a_png_without_its_last_rows_is_corrupt(share: float) -> None:
    data = rows(quarters())
    whole = len(data) // 200
    stopped = zlib.compress(data[: int(200 * share) * whole])
    assert refusal(png(RGB, stopped)) == (
        Reason.CORRUPT_IMAGE,
        "the PNG data cannot be decoded: its last rows are missing",
    )


def test_a_png_that_ends_in_black_is_sound() -> None:
    picture = quarters()
    picture.paste((0, 0, 0), (0, 150, 320, 200))
    _, seen = run(encoded(picture, "PNG"), SMALL)
    assert seen.size == (160, 100)


def test_a_png_with_a_wrong_window_is_encoded() -> None:
    """Pillow accepts it, libpng does not."""
    packed = bytearray(zlib.compress(rows(noise())))
    packed[0] = 0x18  # announces 512 bytes; 32 kB are used
    packed[1] = 31 - (packed[0] << 8) % 31
    data = png(RGB, bytes(packed))
    assert pass_through(data, PNG, POLICY) is None
    assert run(data)[0].format == "JPEG"


PALETTE_OF_TWO = chunk(b"PLTE", bytes((*RED, *WHITE)))
CLEAR = chunk(b"tRNS", b"\0")


@pytest.mark.parametrize(
    ("chunks", "seen"),
    [
        ((PALETTE_OF_TWO, CLEAR), WHITE),
        ((CLEAR, PALETTE_OF_TWO), RED),  # before the palette
        ((PALETTE_OF_TWO, chunk(b"tRNS", b"\0\0\0")), RED),  # longer than the palette
        ((PALETTE_OF_TWO, CLEAR, chunk(b"tRNS", b"\xff")), WHITE),  # the first counts
    ],
    ids=["right", "too early", "too long", "twice"],
)
def test_misplaced_transparency_is_ignored(chunks: tuple[bytes, ...], seen: tuple[int, int, int]) -> None:
    picture = Image.new("L", (320, 200), 0)
    assert close(colour_at(run(png(PALETTE, zlib.compress(rows(picture)), *chunks))[1], (160, 100)), seen, 12)


@pytest.mark.parametrize("palette", [b"", chunk(b"PLTE", bytes(7))], ids=["missing", "broken"])
def test_a_png_without_its_palette_is_corrupt(palette: bytes) -> None:
    assert refusal(png(PALETTE, zlib.compress(rows(Image.new("L", (320, 200)))), palette))[0] is Reason.CORRUPT_IMAGE


GREY_TAGS: dict[int, Any] = {256: 320, 257: 200, 259: 1, 262: 1, 273: PLACE, 277: 1, 278: 200}


def test_unsigned_32_bit_samples_do_not_wrap() -> None:
    levels = struct.pack("<320I", *(level * (0xFFFFFFFF // 319) for level in range(320))) * 200
    _, picture = run(tiff(GREY_TAGS | {258: 32, 279: len(levels), 339: 1}, levels))
    shades = [colour_at(picture, (x, 100))[0] for x in (2, 80, 160, 240, 317)]
    assert shades == sorted(shades)
    assert (shades[0] < 8, shades[-1] > 247) == (True, True)


def test_a_palette_of_bytes_is_not_black() -> None:
    colours = (*(220,) * 256, *(30,) * 512)
    data = tiff(GREY_TAGS | {258: 8, 262: 3, 279: 64_000, 320: colours}, bytes(64_000))
    assert close(colour_at(run(data)[1], (160, 100)), (220, 30, 30))


def test_uncompressed_planes_of_16_bits_are_refused() -> None:
    planes = bytes(320 * 200 * 2)
    tags = {256: 320, 257: 200, 258: (16, 16, 16), 259: 1, 262: 2, 277: 3, 278: 200, 284: 2}
    reason, detail = refusal(tiff(tags | {273: (8, 8, 8), 279: (len(planes),) * 3}, planes))
    assert (reason, detail) == (
        Reason.UNSUPPORTED_FORMAT,
        "a TIFF with uncompressed planes of more than 8 bits cannot be read; save it in another way",
    )


def test_memory_counts_one_tile_at_a_time() -> None:
    data = encoded(Image.new("RGB", (7600, 7600)), "TIFF", compression="tiff_adobe_deflate", tile=(256, 256))
    assert run(data)[0].width == 4096


def test_a_run_length_bmp_may_end_early() -> None:
    codes = b"".join(b"\xff\1\x41\1\0\0" for _ in range(100)) + b"\xa0\1\0\1"
    header = struct.pack("<IiiHHIIiiII", 40, 320, 200, 1, 8, 1, 0, 0, 0, 2, 0)
    palette = bytes((*WHITE, 0, *reversed(RED), 0))
    _, picture = run(b"BM" + struct.pack("<IHHI", 62 + len(codes), 0, 0, 62) + header + palette + codes)
    assert close(colour_at(picture, (20, 150)), RED)  # stored from the bottom up
    assert close(colour_at(picture, (300, 50)), WHITE)


def test_odd_bmp_bit_fields_are_unsupported() -> None:
    header = struct.pack("<IiiHHIIiiII", 56, 320, 200, 1, 32, 3, 0, 0, 0, 0, 0) + struct.pack(
        "<4I", 0x3FF, 0xFFC00, 0x3FF00000, 0
    )
    data = b"BM" + struct.pack("<IHHI", 70 + 256_000, 0, 0, 70) + header + bytes(256_000)
    assert refusal(data)[0] is Reason.UNSUPPORTED_FORMAT


def test_heic_item_types_must_be_text() -> None:
    """Its reader would crash the process."""
    data = heic(quarters())
    at = data.index(b"Exif", data.index(b"iinf"))
    reason, detail = refusal(data[:at] + b"E\xeaif" + data[at + 4 :])
    assert reason is Reason.CORRUPT_IMAGE
    assert "not text" in detail
    assert_quarters(run(data)[1], tolerance=16)
