"""Small files that once took minutes or gigabytes, and files that once changed each other's results."""

import random
import struct
import time
import zlib
from collections.abc import Callable
from dataclasses import replace
from threading import Thread

import pytest

from imagesearch_ingest.images.policy import SmallPictures
from imagesearch_ingest.images.prepare import prepare
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from tests.unit.images.formats.png.png_files import END, SIGNATURE, chunk
from tests.unit.images.pictures import POLICY, encoded, noise, quarters, run


def png_with_bytes_behind_its_stream() -> bytes:
    rows = zlib.compress(bytes(1 + 3 * 800) * 800)
    shape = chunk(b"IHDR", struct.pack(">IIBBBBB", 800, 800, 8, 2, 0, 0, 0))
    return SIGNATURE + shape + chunk(b"IDAT", rows + b"x" * 40) + END


def jpeg_of_restarts() -> bytes:
    jpeg = encoded(quarters(), "JPEG")
    return jpeg[:2] + b"\xff\xd0" * 2_000_000 + jpeg[2:]


def jpeg_of_tables() -> bytes:
    jpeg = encoded(quarters(), "JPEG")
    return jpeg[:2] + (b"\xff\xc4\xff\xff" + bytes(65_533)) * 60 + jpeg[2:]


ATTACKS: dict[str, Callable[[], bytes]] = {
    "bytes behind the stream": png_with_bytes_behind_its_stream,
    "restarts before the tables": jpeg_of_restarts,
    "empty Huffman tables": jpeg_of_tables,
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_ends_soon(attack: str) -> None:
    data = ATTACKS[attack]()
    began = time.process_time()
    try:
        prepare(data, POLICY)
    except IngestError as error:
        assert error.reason is Reason.CORRUPT_IMAGE  # noqa: PT017 (some are taken)
    assert time.process_time() - began < 4


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "TIFF"])
def test_a_long_picture_that_is_scaled_is_padded(file_format: str) -> None:
    policy = replace(POLICY, small_pictures=SmallPictures.PAD)
    prepared, _ = run(encoded(quarters(6000, 120), file_format), policy)
    assert (prepared.width, prepared.height) == (4096, 100)
    assert any(step.startswith("padded") for step in prepared.steps)


def test_threads_do_not_decide_about_each_other() -> None:
    whole = encoded(noise(), "JPEG", progressive=True, quality=90)
    scan = whole.index(b"\xff\xda") + 200
    damaged = whole[:scan] + whole[scan + 300 :]
    last = whole.rindex(b"\xff\xda")
    spare = whole[: len(whole) - 2] + b"\x55" * 20 + whole[-2:]
    assert last < len(spare)
    results: dict[bytes, set[str]] = {damaged: set(), spare: set()}

    def work(data: bytes) -> None:
        for _ in range(25):
            try:
                prepare(data, POLICY)
                results[data].add("prepared")
            except IngestError as error:
                results[data].add(error.reason)

    threads = [Thread(target=work, args=(data,)) for data in random.Random(1).sample([damaged, spare] * 2, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(found) for found in results.values()] == [1, 1]
