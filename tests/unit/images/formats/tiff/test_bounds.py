"""Directories that announce more than the file holds."""

import struct

import pytest

from imagesearch_ingest.images import Policy
from imagesearch_ingest.images.formats.tiff.bounds import check_directories
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

MEGABYTE = 1024 * 1024
BYTES, LONG = 7, 4


def tiff_of(*entries: tuple[int, int, int, int], size: int = 2 * MEGABYTE) -> bytes:
    directory = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return (b"II*\0" + struct.pack("<I", 8) + directory + bytes(4)).ljust(size, b"\0")


def check(data: bytes) -> Reason | None:
    try:
        assert check_directories(data, Policy()).data == data
    except IngestError as error:
        return error.reason
    return None


def test_entries_may_share_16_mebibytes() -> None:
    entry = (0x9000, BYTES, 2 * MEGABYTE, 8)
    assert check(tiff_of(*[entry] * 9)) is None
    assert check(tiff_of(*[entry] * 10)) is Reason.CORRUPT_IMAGE


def test_an_entry_counts_as_much_as_the_file() -> None:
    assert check(tiff_of(*[(0x9000, BYTES, 1 << 31, 8)] * 9)) is None


@pytest.mark.parametrize("pointer", [34665, 34853, 40965])
def test_directories_that_pillow_follows_count(pointer: int) -> None:
    entries = [(0x9000, BYTES, 2 * MEGABYTE, 8)] * 6
    data = tiff_of((pointer, LONG, 1, 8 + 2 + 12 * 1 + 4), size=2 * MEGABYTE)
    further = struct.pack("<H", 6) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
    assert check(data[:26] + further + data[26 + len(further) :]) is None
    many = struct.pack("<H", 12) + b"".join(struct.pack("<HHII", *entry) for entry in entries * 2)
    assert check(data[:26] + many + data[26 + len(many) :]) is Reason.CORRUPT_IMAGE


@pytest.mark.parametrize("offsets", [273, 324])
def test_strips_and_tiles_are_counted(offsets: int) -> None:
    assert check(tiff_of((offsets, LONG, 300_000, 8))) is None
    assert check(tiff_of((offsets, LONG, 300_001, 8))) is Reason.CORRUPT_IMAGE


def test_a_file_without_a_header_is_corrupt() -> None:
    assert check(b"II") is Reason.CORRUPT_IMAGE
