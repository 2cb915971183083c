"""TIFF's directories, of files and of EXIF blocks."""

import struct

import pytest

from imagesearch_ingest.images.formats.directory import Entry, Header, read_entries, read_header


def _classic(order: str, *entries: tuple[int, int, int, int], announced: int | None = None) -> bytes:
    magic = b"II*\0" if order == "<" else b"MM\0*"
    count = len(entries) if announced is None else announced
    body = b"".join(struct.pack(order + "HHII", *entry) for entry in entries)
    return magic + struct.pack(order + "IH", 8, count) + body


def _big(order: str, *entries: tuple[int, int, int, int]) -> bytes:
    magic = struct.pack(order + "2sHHH", b"II" if order == "<" else b"MM", 43, 8, 0)
    body = b"".join(struct.pack(order + "HHQQ", *entry) for entry in entries)
    return magic + struct.pack(order + "QQ", 16, len(entries)) + body


def _read(data: bytes) -> list[Entry]:
    header = read_header(data)
    assert header is not None
    return list(read_entries(data, header, header.first))


@pytest.mark.parametrize("order", ["<", ">"])
def test_values_stand_in_the_entry_or_elsewhere(order: str) -> None:
    inside, outside = _read(_classic(order, (256, 4, 1, 320), (273, 4, 2, 50)))
    assert (inside.tag, inside.length, inside.size, inside.value, inside.at) == (256, 1, 4, 320, 18)
    assert (outside.tag, outside.length, outside.size, outside.at, outside.end) == (273, 2, 8, 50, 58)


@pytest.mark.parametrize("order", ["<", ">"])
def test_big_tiff_has_wider_entries(order: str) -> None:
    inside, outside = _read(_big(order, (256, 16, 1, 320), (273, 16, 2, 500)))
    assert (inside.tag, inside.size, inside.value, inside.at) == (256, 8, 320, 36)
    assert (outside.tag, outside.size, outside.at) == (273, 16, 500)


def test_each_type_has_its_size() -> None:
    sizes = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
    for kind in range(30):
        (entry,) = _read(_classic("<", (256, kind, 3, 0)))
        assert entry.size == 3 * sizes.get(kind, 0)


def test_entries_beyond_the_file_are_not_read() -> None:
    data = _classic("<", (256, 4, 1, 320), (257, 4, 1, 200), announced=65535)
    assert [entry.tag for entry in _read(data)] == [256, 257]
    assert [entry.tag for entry in _read(data[:-1])] == [256, 257]
    assert [entry.tag for entry in _read(data[:-12])] == [256]


def test_a_directory_outside_the_file_is_empty() -> None:
    assert _read(b"II*\0" + struct.pack("<I", 1 << 31)) == []


@pytest.mark.parametrize("data", [b"", b"II", b"II*\1\x08\0\0\0", b"MM*\0\0\0\0\x08", b"\xff\xd8\xff\xe0"])
def test_other_bytes_have_no_header(data: bytes) -> None:
    assert read_header(data) is None


def test_the_header_says_where_the_first_directory_is() -> None:
    assert read_header(b"MM\0*\0\0\1\0") == Header("big", is_big=False, first=256)
    assert read_header(b"II+\0\x08\0\0\0\x10" + bytes(7)) == Header("little", is_big=True, first=16)
