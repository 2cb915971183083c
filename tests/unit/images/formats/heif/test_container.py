"""The items of a HEIF file, as they are listed in its boxes."""

import struct
import time

import pytest

from imagesearch_ingest.images.formats.heif.container import read_container
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from tests.unit.images.formats.heif.heif_files import avif, avif_of_items, find_data, heic, heic_grid


def test_a_grid_needs_all_of_its_tiles() -> None:
    data = heic_grid()
    container = read_container(data)
    assert container is not None
    kinds = sorted(item.kind for item in container.iterate_needed())
    assert kinds == [b"grid"] + [b"hvc1"] * 6
    assert all(end <= len(data) for item in container.iterate_needed() for _, end in item.extents)


def test_the_transparency_of_the_image_is_needed() -> None:
    data = avif_of_items(avif(), avif(), ((320, 200), (320, 200)))
    container = read_container(data)
    assert container is not None
    first, second = (item.extents[0] for item in sorted(container.iterate_needed(), key=lambda item: item.extents[0]))
    assert (first[0], first[1], second[1]) == (find_data(data), second[0], len(data))


def test_thumbnails_are_not_needed() -> None:
    container = read_container(heic(thumbnails=[64]))
    assert container is not None
    assert len(list(container.iterate_needed())) < len(container.items)


@pytest.mark.parametrize("data", [b"", b"\0\0\0\x0cmeta\0\0\0\0", avif()[:60]])
def test_a_file_without_a_list_has_no_container(data: bytes) -> None:
    assert read_container(data) is None


def test_items_that_need_each_other_end() -> None:
    data = avif_of_items(avif(), avif(), ((320, 200), (320, 200)))
    at = data.index(b"auxl")
    container = read_container(data[:at] + b"dimg\0\1\0\1\0\1" + data[at + 10 :])
    assert container is not None
    assert len(list(container.iterate_needed())) == 1


def test_a_file_of_countless_boxes_ends_quickly() -> None:
    begun = time.process_time()
    assert read_container(b"\0\0\0\x10ftypheic\0\0\0\0" + b"\0\0\0\x08free" * 2_000_000) is None
    assert time.process_time() - begun < 0.5


@pytest.mark.parametrize("entries", [1, 7])
def test_a_list_of_countless_extents_ends_quickly(entries: int) -> None:
    """Each extent takes no byte: only their number is announced."""
    data = avif_of_items(avif(), avif(), ((320, 200), (320, 200)))
    at = data.index(b"iloc") + 8
    entry = struct.pack(">HHH", 1, 0, 0xFFFF)
    body = b"\0\0" + struct.pack(">H", entries) + entry * entries
    box = struct.pack(">I", len(body) + 12) + b"iloc" + bytes(4) + body
    old = int.from_bytes(data[at - 12 : at - 8], "big")
    start = data.index(b"meta") - 4
    grown = int.from_bytes(data[start : start + 4], "big") + len(box) - old
    changed = data[:start] + struct.pack(">I", grown) + data[start + 4 : at - 12] + box + data[at - 12 + old :]
    begun = time.process_time()
    with pytest.raises(IngestError) as caught:
        read_container(changed)
    assert caught.value.reason is Reason.CORRUPT_IMAGE
    assert time.process_time() - begun < 1
