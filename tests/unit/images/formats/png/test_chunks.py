"""Chunks of a PNG: the critical ones must be sound, the others may hold anything."""

import struct
import zlib

import pytest
from PIL import Image

from imagesearch_ingest.images import prepare
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from tests.unit.images.formats.png.png_files import chunk, pack_rows, png_of
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
    refuse,
    run,
)


def test_broken_png_comments_do_no_harm() -> None:
    png = encoded(quarters(), "PNG")
    bomb = b"note\0\0" + zlib.compress(bytes(20_000_000))
    broken = struct.pack(">I", 4) + b"tEXt" + b"oops" + b"\0\0\0\0"
    chunk = struct.pack(">I", len(bomb)) + b"zTXt" + bomb + struct.pack(">I", zlib.crc32(b"zTXt" + bomb))
    _, image = run(png[:33] + chunk + broken + png[33:])
    assert_quarters(image)


def test_a_damaged_png_fails_its_checksums() -> None:
    png = bytearray(encoded(noise(), "PNG"))
    png[len(png) // 2] ^= 1
    with pytest.raises(IngestError, match="checksum of its IDAT chunk") as caught:
        prepare(bytes(png), POLICY)
    assert caught.value.reason is Reason.CORRUPT_IMAGE


def test_an_unknown_critical_png_chunk_is_named() -> None:
    """Apple's tools write such files. Their pixels are stored in another way."""
    png = encoded(quarters(), "PNG")
    body = b"CgBI" + bytes(4)
    chunk = struct.pack(">I", 4) + body + struct.pack(">I", zlib.crc32(body))
    with pytest.raises(IngestError, match="CgBI") as caught:
        prepare(png[:8] + chunk + png[8:], POLICY)
    assert caught.value.reason is Reason.UNSUPPORTED_FORMAT


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
    image = Image.new("L", (320, 200), 0)
    assert close(colour_at(run(png_of(3, zlib.compress(pack_rows(image)), *chunks))[1], (160, 100)), seen, 12)


@pytest.mark.parametrize("palette", [b"", chunk(b"PLTE", bytes(7))], ids=["missing", "broken"])
def test_a_png_without_its_palette_is_corrupt(palette: bytes) -> None:
    assert refuse(png_of(3, zlib.compress(pack_rows(Image.new("L", (320, 200)))), palette))[0] is Reason.CORRUPT_IMAGE
