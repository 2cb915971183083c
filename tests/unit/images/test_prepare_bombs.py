"""Small files that announce gigabytes or hours of work take little memory and time.

Each is prepared in its own process, which reports what it took: a process seldom returns memory.
"""

import json
import os
import struct
import subprocess
import sys
import zlib
from typing import Any

import pytest
from PIL import Image

from tests.unit.images.pictures import encoded, quarters

PROGRAM = """
import json, re, sys, time
from pathlib import Path
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.images import Policy, prepare

data = sys.stdin.buffer.read()
begun = time.process_time()
try:
    said = prepare(data, Policy()).format
except IngestError as error:
    said = error.reason.code
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024
print(json.dumps({"said": said, "seconds": time.process_time() - begun, "megabytes": peak}))
"""
# Tracing for the coverage report takes four times as long as the code that it traces.
UNTRACED = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
IMAGE = encoded(quarters(), "PNG")
MEGABYTE = 1_000_000


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(*chunks: bytes) -> bytes:
    """Return the image with further chunks behind its header."""
    return IMAGE[:33] + b"".join(chunks) + IMAGE[33:]


def header(width: int, height: int, colour: int = 2, depth: int = 8) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))


def png_of(width: int, height: int, colour: int = 2, depth: int = 8) -> bytes:
    samples = {0: 1, 2: 3, 6: 4}[colour] * depth // 8
    packer = zlib.compressobj(1)
    rows = b"".join(packer.compress(bytes(1 + width * samples)) for _ in range(height)) + packer.flush()
    return IMAGE[:8] + header(width, height, colour, depth) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def directory(entries: int, length: int, order: str = "<") -> bytes:
    """Return a directory of TIFF or EXIF whose entries all share the same bytes."""
    body = struct.pack(order + "H", entries)
    body += b"".join(struct.pack(order + "HHII", 0x9000 + n % 0x6000, 7, length, 8) for n in range(entries))
    return body + bytes(4)


def exif_bomb() -> bytes:
    block = b"Exif\0\0II*\0\x08\0\0\0" + directory(5_000, 60_000)
    return encoded(quarters(), "JPEG", exif=block)


def exif_bomb_that_must_be_read() -> bytes:
    return encoded(quarters(5000, 200), "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0" + directory(5_000, 60_000))


def tiff_bomb() -> bytes:
    data = encoded(quarters(), "TIFF", compression="tiff_lzw") + bytes(8 * MEGABYTE)
    at = len(data)
    return data[:4] + struct.pack("<I", at) + data[8:] + directory(20_000, 8 * MEGABYTE)


def tiff_of_pointers() -> bytes:
    """Return a directory of pointers to further directories: the same one, read from other offsets."""
    data = encoded(quarters(), "TIFF", compression="tiff_lzw")
    entries = b"".join(struct.pack("<HHII", 34665, 4, 1, len(data) + n % 40_000) for n in range(60_000))
    return data[:4] + struct.pack("<I", len(data)) + data[8:] + struct.pack("<H", 60_000) + entries + bytes(4)


def tiff_of_a_single_giant_strip() -> bytes:
    return encoded(Image.new("RGB", (7900, 8000)), "TIFF", compression="jpeg", strip_size=1 << 30)


def runs_of(width: int, height: int, codes: bytes) -> bytes:
    """Return a run-length encoded BMP."""
    size = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, 0, 0, 0, 2, 0)
    return b"BM" + struct.pack("<IHHI", 62 + len(codes), 0, 0, 62) + size + bytes(8) + codes


def long_runs() -> bytes:
    return runs_of(7900, 7900, (b"\xff\0" * 31 + b"\0\0") * 7900)


def jpeg_of_segments(segment: bytes) -> bytes:
    data = encoded(quarters(), "JPEG")
    return data[:2] + segment * (32 * MEGABYTE // len(segment)) + data[2:]


def runs_of_one_pixel() -> bytes:
    return runs_of(3900, 3990, (b"\1\0" * 3900 + b"\0\0") * 3990)


def literals_of_three_pixels() -> bytes:
    return runs_of(3000, 3000, b"\0\3abc\0" * 810_000)


def big_tiff_of_entries() -> bytes:
    entries = struct.pack("<HHQQ", 0x9000, 7, 1, 0) * 3_000_000
    return b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 3_000_000) + entries


def plain_pixmap() -> bytes:
    return b"P3 4000 2000 255\n" + b"200 30 30 " * 4_000_000 + b" 7" * 12_000_000


def plain_giant() -> bytes:
    return b"P3 60000 60000 255\n" + b"200 30 30 " * 4_000_000


def gif_of_tiny_blocks() -> bytes:
    data = encoded(quarters(), "GIF")
    return data[:-1] + b"\x21\xfe" + b"\1x" * 30_000_000 + b"\0;"


def gif_with_a_long_comment() -> bytes:
    data = encoded(quarters(), "GIF")
    at = 13 + (3 << ((data[10] & 7) + 1))
    return data[:at] + b"\x21\xfe" + (b"\xff" + b"x" * 255) * 60_000 + b"\0" + data[at:]


def progressive(scans: int) -> bytes:
    """Return a complete image with many copies of its last scan."""
    data = encoded(Image.new("L", (7000, 7000)), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:-2] + data[last:-2] * scans + data[-2:]


def gif_that_disposes(side: int) -> bytes:
    """Return a GIF whose plugin takes memory for the frame while it opens the file."""
    control = b"!\xf9\x04\x08\0\0\0\0"
    frame = b"," + struct.pack("<HHHHB", 0, 0, side, side, 0) + b"\x08\x01\x00\x00;"
    return b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0, 0, 0) + control + frame


def jpeg_of_rows(width: int, rows: int) -> bytes:
    """Return a JPEG of many equal rows of blocks, 16 pixels high, with a restart before each."""
    row = encoded(quarters(width, 16), "JPEG", restart_marker_rows=1)
    at = row.index(b"\xff\xc0") + 5
    start = row.index(b"\xff\xda") + 14
    data = b"".join(row[start:-2] + bytes((0xFF, 0xD0 + n % 8)) for n in range(rows))
    return row[:at] + struct.pack(">H", 16 * rows) + row[at + 2 : start] + data[:-2] + row[-2:]


def progressive_of_a_phone() -> bytes:
    return encoded(Image.new("RGB", (9248, 6936), "teal"), "JPEG", progressive=True, subsampling=0)


def progressive_giant() -> bytes:
    data = bytearray(encoded(quarters(), "JPEG", progressive=True))
    at = data.index(b"\xff\xc2") + 5
    data[at : at + 4] = struct.pack(">HH", 12_000, 16_000)
    return bytes(data)


def webp_of_64_megapixels(mode: str, *, lossless: bool) -> bytes:
    image = Image.new(mode, (9230, 6930), (200, 30, 30, 128)[: len(mode)])
    return encoded(image, "WEBP", lossless=lossless, method=0, quality=50)


BOMBS: list[tuple[str, Any, str]] = [
    ("header", lambda: IMAGE[:8] + header(60_000, 60_000) + IMAGE[33:], "too_many_pixels"),
    ("a PNG of 64 megapixels", lambda: png_of(8000, 8000), "JPEG"),
    ("a PNG of 64 megapixels with alpha", lambda: png_of(8000, 8000, colour=6), "JPEG"),
    ("a PNG of 64 megapixels, 16 bits", lambda: png_of(8000, 8000, colour=0, depth=16), "JPEG"),
    ("a PNG of more than its memory allows", lambda: png_of(10_001, 10_000), "too_many_pixels"),
    ("a GIF's disposal area", lambda: gif_that_disposes(19_000), "too_many_pixels"),
    ("a JPEG of 200 megapixels", lambda: jpeg_of_rows(20_000, 625), "JPEG"),
    ("a JPEG of more", lambda: jpeg_of_rows(20_000, 626), "too_many_pixels"),
    ("a progressive JPEG of 64 megapixels", progressive_of_a_phone, "JPEG"),
    ("a progressive JPEG of more than its memory allows", progressive_giant, "too_many_pixels"),
    ("a WebP of 64 megapixels", lambda: webp_of_64_megapixels("RGB", lossless=False), "JPEG"),
    ("a WebP of 64 megapixels with alpha", lambda: webp_of_64_megapixels("RGBA", lossless=False), "JPEG"),
    ("a WebP of 64 megapixels, lossless", lambda: webp_of_64_megapixels("RGBA", lossless=True), "JPEG"),
    ("text", lambda: png(chunk(b"zTXt", b"note\0\0" + zlib.compress(bytes(60 * MEGABYTE)))), "PNG"),
    ("profile", lambda: png(chunk(b"iCCP", b"icc\0\0" + zlib.compress(bytes(60 * MEGABYTE)))), "JPEG"),
    ("chunks", lambda: png(*[chunk(b"tEXt", b"")] * 310_000), "corrupt_image"),
    ("EXIF directory", exif_bomb, "JPEG"),
    ("EXIF directory of a picture to be scaled", exif_bomb_that_must_be_read, "JPEG"),
    ("TIFF directory", tiff_bomb, "corrupt_image"),
    ("TIFF pointers", tiff_of_pointers, "corrupt_image"),
    ("TIFF strip", tiff_of_a_single_giant_strip, "too_many_pixels"),
    ("run lengths", long_runs, "JPEG"),
    ("run lengths that show nothing", lambda: runs_of(7900, 7900, b"\0\1"), "too_many_pixels"),
    ("run lengths of one pixel", runs_of_one_pixel, "JPEG"),
    ("run lengths past the row", lambda: runs_of(7900, 7900, b"\xff\0" * 30_000_000), "corrupt_image"),
    ("run lengths of literal pixels", literals_of_three_pixels, "too_many_pixels"),
    ("BigTIFF's entries", big_tiff_of_entries, "corrupt_image"),
    ("plain text", plain_pixmap, "JPEG"),
    ("plain text of too many pixels", plain_giant, "too_many_pixels"),
    ("JPEG's comments", lambda: jpeg_of_segments(b"\xff\xfe\0\2"), "corrupt_image"),
    ("JPEG's application data", lambda: jpeg_of_segments(b"\xff\xe5\0\2"), "corrupt_image"),
    ("JPEG's restart intervals", lambda: jpeg_of_segments(b"\xff\xdd\0\4\0\0"), "corrupt_image"),
    ("GIF's blocks", gif_of_tiny_blocks, "corrupt_image"),
    ("GIF's comment", gif_with_a_long_comment, "JPEG"),
    ("scans", lambda: progressive(90), "corrupt_image"),
]


SLOW = {  # some of 64 megapixels, and as much text: they take seconds to write or to read
    "a PNG of 64 megapixels with alpha",
    "a PNG of 64 megapixels, 16 bits",
    "a progressive JPEG of 64 megapixels",
    "a WebP of 64 megapixels",
    "a WebP of 64 megapixels with alpha",
    "a WebP of 64 megapixels, lossless",
    "plain text",
    "run lengths of literal pixels",
}


@pytest.mark.parametrize(
    ("make", "said"),
    [pytest.param(make, said, id=name, marks=[pytest.mark.slow] if name in SLOW else []) for name, make, said in BOMBS],
)
def test_a_bomb_takes_little_memory_and_time(make: Any, said: str) -> None:
    result = subprocess.run(  # noqa: S603 - this very interpreter
        [sys.executable, "-c", PROGRAM], input=make(), capture_output=True, check=True, timeout=60, env=UNTRACED
    )
    report = json.loads(result.stdout)
    assert report["said"] == said
    assert report["megabytes"] < 512
    assert report["seconds"] < 4  # twice the promised time, since test machines are often busy
    assert not result.stderr
