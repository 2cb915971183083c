"""Every documented format (AddImage reference, PicContent) goes in, one kind of JPEG comes out."""

import struct
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from subprocess import run as run_process
from typing import Any

import pytest
from PIL import Image, ImageFile

from imagesearch_ingest.images import Policy, prepare
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from tests.unit.images.pictures import (
    POLICY,
    RED,
    assert_quarters,
    close,
    colour_at,
    encoded,
    noise,
    quarters,
    run,
    srgb_profile,
)

EVERY_FORMAT: list[tuple[str, dict[str, Any]]] = [
    ("PNG", {}),
    ("JPEG", {"quality": 95}),
    ("JPEG", {"quality": 95, "progressive": True}),
    ("BMP", {}),
    ("GIF", {}),
    ("WEBP", {"quality": 95}),
    ("WEBP", {"lossless": True}),
    ("TIFF", {}),
    ("TIFF", {"compression": "tiff_lzw"}),
    ("TIFF", {"compression": "tiff_adobe_deflate"}),
    ("TIFF", {"big_tiff": True}),
    ("PPM", {}),
]


@pytest.mark.parametrize(("file_format", "options"), EVERY_FORMAT)
def test_each_format_shows_the_same_image(file_format: str, options: dict[str, Any]) -> None:
    data = encoded(quarters(), file_format, **options)
    prepared, picture = run(data)
    assert_quarters(picture)
    assert prepared.format == ("JPEG" if options.get("big_tiff") else file_format)
    assert (prepared.source_format, prepared.source_bytes) == (file_format, len(data))
    assert (prepared.source_width, prepared.source_height) == (320, 200) == picture.size


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA"])
def test_a_png_of_any_mode_keeps_its_colours(mode: str) -> None:
    _, picture = run(encoded(quarters().convert(mode), "PNG"))
    assert picture.size == (320, 200)


def _netpbm(kind: bytes, maximum: int | None, samples: list[int]) -> bytes:
    head = kind + b"\n# made for a test\n120 100\n" + (b"%d\n" % maximum if maximum else b"")
    if kind in {b"P1", b"P2", b"P3"}:
        return head + b" ".join(b"%d" % sample for sample in samples)
    width = 1 if (maximum or 0) < 256 else 2
    return head + b"".join(sample.to_bytes(width, "big") for sample in samples)


@pytest.mark.parametrize("maximum", [255, 100, 65535, 1000, 65534])
@pytest.mark.parametrize("kind", [b"P2", b"P3", b"P5", b"P6"])
def test_netpbm_is_scaled_from_any_maximum(kind: bytes, maximum: int) -> None:
    bands = 3 if kind in {b"P3", b"P6"} else 1
    half = round(maximum / 2)
    data = _netpbm(kind, maximum, [half] * (120 * 100 * bands))
    _, picture = run(data)
    assert close(colour_at(picture, (60, 50)), (128, 128, 128), 2)


def test_netpbm_16_bit_colours_keep_their_order() -> None:
    samples = [level * 257 for level in quarters(120, 100).tobytes()]
    data = _netpbm(b"P6", 65535, samples)
    _, picture = run(data)
    assert_quarters(picture)
    with pytest.raises(IngestError):
        prepare(data[:-1], POLICY)


@pytest.mark.parametrize("kind", [b"P1", b"P4"])
def test_netpbm_ones_are_black(kind: bytes) -> None:
    rows = bytes([0xFF] * 7 + [0x00] * 8) * 100  # 120 pixels a row, 56 of them black
    data = kind + b"\n120 100\n" + (rows if kind == b"P4" else (b"1" * 56 + b"0" * 64 + b"\n") * 100)
    _, picture = run(data)
    assert close(colour_at(picture, (10, 50)), (0, 0, 0))
    assert close(colour_at(picture, (110, 50)), (255, 255, 255))


@pytest.mark.parametrize("size", [12, 16, 40, 52, 56, 64, 108, 124])
def test_bmp_headers_of_every_size_are_read(size: int) -> None:
    bmp = encoded(quarters(), "BMP")
    if size == 12:
        header = struct.pack("<IHHHH", 12, 320, 200, 1, 24)
    else:
        header = (struct.pack("<I", size) + bmp[18:54])[:size].ljust(size, b"\0")
    offset = struct.pack("<I", 14 + size)
    _, picture = run(bmp[:10] + offset + header + bmp[54:])
    assert_quarters(picture)


def test_the_uncovered_gif_screen_is_clear() -> None:
    """Browsers show it so. Encoders set the background of the screen at random."""
    gif = bytearray(encoded(quarters(160, 200), "GIF"))
    gif[6:8] = struct.pack("<H", 320)
    _, picture = run(bytes(gif), Policy(background=(10, 20, 250)))
    assert picture.size == (320, 200)
    assert close(colour_at(picture, (20, 20)), RED)
    assert close(colour_at(picture, (250, 100)), (10, 20, 250))


@pytest.mark.parametrize("longest_side", [320, 160])
def test_a_bmp_may_have_a_short_palette(longest_side: int) -> None:
    """Pillow would read one bit a pixel if the palette is black and white."""
    size = 14 + 40 + 8
    header = struct.pack("<IiiHHIIiiII", 40, 320, 200, 1, 8, 0, 0, 0, 0, 2, 0)
    palette, row = b"\0\0\0\0\xff\xff\xff\0", b"\0" * 160 + b"\1" * 160
    data = b"BM" + struct.pack("<IHHI", size + 64_000, 0, 0, size) + header + palette + row * 200
    _, picture = run(data, Policy(longest_side=longest_side))
    assert [picture.getpixel((longest_side * share // 8, 20)) for share in (1, 7)] == [(0, 0, 0), (255, 255, 255)]


def test_a_bmp_may_be_stored_top_down() -> None:
    bmp = bytearray(encoded(quarters().transpose(Image.Transpose.FLIP_TOP_BOTTOM), "BMP"))
    bmp[22:26] = struct.pack("<i", -200)
    _, picture = run(bytes(bmp))
    assert_quarters(picture)


def test_an_unset_bmp_alpha_is_opaque() -> None:
    alpha_mask = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    head = struct.pack("<IiiHHIIiiII", 124, 320, 200, 1, 32, 3, 0, 0, 0, 0, 0) + alpha_mask
    clear = quarters().transpose(Image.Transpose.FLIP_TOP_BOTTOM).convert("RGBA")
    clear.putalpha(0)
    pixels = clear.tobytes("raw", "BGRA")
    data = b"BM" + struct.pack("<IHHI", 14 + 124 + len(pixels), 0, 0, 14 + 124) + head.ljust(124, b"\0") + pixels
    _, picture = run(data)
    assert_quarters(picture)


@pytest.mark.parametrize("file_format", ["GIF", "WEBP", "PNG", "TIFF"])
def test_the_first_frame_of_an_animation_is_used(file_format: str) -> None:
    others = [Image.new("RGB", (320, 200), colour) for colour in ("black", "white")]
    options = {"lossless": True} if file_format == "WEBP" else {}
    prepared, picture = run(encoded(quarters(), file_format, save_all=True, append_images=others, **options))
    assert_quarters(picture)
    assert "first frame" in prepared.steps


def test_the_first_image_of_an_mpo_is_used() -> None:
    data = encoded(quarters(), "MPO", save_all=True, append_images=[Image.new("RGB", (320, 200))])
    prepared, picture = run(data)
    assert_quarters(picture)
    assert prepared.source_format == "JPEG"


def test_no_metadata_is_left() -> None:
    exif = Image.Exif()
    exif[0x010E] = "secret description"
    exif[0x0112] = 1
    data = encoded(
        quarters(),
        "JPEG",
        exif=exif.tobytes(),
        icc_profile=srgb_profile(),
        comment=b"secret comment",
        dpi=(300, 300),
        xmp=b"<x:xmpmeta>secret</x:xmpmeta>",
    )
    prepared, picture = run(data)
    assert b"secret" not in prepared.data
    assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi"}
    assert prepared.steps == ("EXIF removed", "XMP removed", "ICC profile removed", "comment removed")


def test_broken_png_comments_do_no_harm() -> None:
    png = encoded(quarters(), "PNG")
    bomb = b"note\0\0" + zlib.compress(bytes(20_000_000))
    broken = struct.pack(">I", 4) + b"tEXt" + b"oops" + b"\0\0\0\0"
    chunk = struct.pack(">I", len(bomb)) + b"zTXt" + bomb + struct.pack(">I", zlib.crc32(b"zTXt" + bomb))
    _, picture = run(png[:33] + chunk + broken + png[33:])
    assert_quarters(picture)


def test_a_damaged_png_fails_its_checksums() -> None:
    png = bytearray(encoded(noise(), "PNG"))
    png[len(png) // 2] ^= 1
    with pytest.raises(IngestError, match="checksum of its IDAT chunk") as caught:
        prepare(bytes(png), POLICY)
    assert caught.value.reason is Reason.CORRUPT_IMAGE


def test_threads_give_the_same_bytes() -> None:
    data = [encoded(noise(), "TIFF", icc_profile=srgb_profile()), encoded(quarters(), "PNG", dpi=(90, 90))]
    expected = [prepare(one, POLICY) for one in data]
    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(lambda n: prepare(data[n % 2], POLICY), range(64)))
    assert results == [expected[n % 2] for n in range(64)]


def test_changed_pillow_switches_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    jpeg = encoded(noise(), "JPEG")
    assert prepare(jpeg, Policy(max_megapixels=0.07)).width == 320
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    with pytest.raises(IngestError) as caught:
        prepare(jpeg[: len(jpeg) // 2], POLICY)
    assert caught.value.reason is Reason.CORRUPT_IMAGE


def test_only_needed_plugins_are_imported() -> None:
    program = (
        "import sys; from imagesearch_ingest.images import Policy, prepare; "
        "prepare(sys.stdin.buffer.read(), Policy()); print(sorted(m for m in sys.modules if m.startswith('PIL.')))"
    )
    done = run_process(  # noqa: S603 (our own interpreter, our own words)
        [sys.executable, "-c", program], input=encoded(quarters(), "PNG"), capture_output=True, check=True
    )
    imported = done.stdout.decode()
    for unneeded in ("ImageCms", "WebPImagePlugin", "TiffImagePlugin", "PsdImagePlugin", "AvifImagePlugin"):
        assert unneeded not in imported


def test_pillow_warnings_are_hidden(recwarn: pytest.WarningsRecorder) -> None:
    """Half of the TIFF's tags announce too much data, and Pillow warns about each."""
    tiff = bytearray(encoded(quarters(), "TIFF", description="a" * 40, software="b" * 40))
    at = tiff.index(struct.pack("<HHI", 270, 2, 41))
    tiff[at + 4 : at + 8] = struct.pack("<I", 2_000_000_000)
    _, picture = run(bytes(tiff))
    assert close(colour_at(picture, (10, 10)), RED)
    assert not recwarn.list


def test_an_unknown_critical_png_chunk_is_named() -> None:
    """Apple's tools write such files. Their pixels are stored in another way."""
    png = encoded(quarters(), "PNG")
    body = b"CgBI" + bytes(4)
    chunk = struct.pack(">I", 4) + body + struct.pack(">I", zlib.crc32(body))
    with pytest.raises(IngestError, match="CgBI") as caught:
        prepare(png[:8] + chunk + png[8:], POLICY)
    assert caught.value.reason is Reason.UNSUPPORTED_FORMAT
