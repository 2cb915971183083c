"""Camera raws are refused by name, and pictures that name a camera are not."""

import struct
from typing import Any

import numpy as np
import pytest

from imagesearch_ingest.images import Policy, prepare
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from tests.support import tiffs
from tests.support.tiffs import TiffPage, write_tiff

COLOUR = np.full((200, 320, 3), 120, np.uint8)
SENSOR = np.full((400, 640, 1), 1200, np.uint16)
FILTER_ARRAY, LINEAR_RAW = 32803, 34892


def thumbnail(**options: Any) -> TiffPage:
    return TiffPage(COLOUR, tiffs.RGB, **options)


def refuse(data: bytes) -> str:
    with pytest.raises(IngestError) as caught:
        prepare(data, Policy())
    assert caught.value.reason is Reason.UNSUPPORTED_FORMAT
    return caught.value.detail


def describe(name: str) -> str:
    return f"a camera raw ({name}) holds samples of a sensor, not a picture; export it as JPEG and upload that"


@pytest.mark.parametrize(
    ("maker", "name"),
    [
        (b"NIKON CORPORATION\0", "NEF"),
        (b"Canon\0", "CR2"),
        (b"SONY \0", "ARW"),
        (b"PENTAX Corporation\0", "PEF"),
        (b"Hasselblad\0", "3FR"),
        (b"Leaf\0", "MOS"),
        (b"SEIKO EPSON CORP.\0", "ERF"),
        (b"EASTMAN KODAK COMPANY\0", "DCR or KDC"),
        (b"SAMSUNG\0", "SRW"),
        (b"OLYMPUS IMAGING CORP.\0", "ORF"),
        (b"Acme\0", "of an unknown maker"),
    ],
)
@pytest.mark.parametrize("order", ["<", ">"])
def test_sensor_samples_below_a_thumbnail_are_a_camera_raw(maker: bytes, name: str, order: str) -> None:
    sensor = TiffPage(SENSOR, FILTER_ARRAY)
    data = write_tiff(thumbnail(tags={254: 1, 271: maker}, below=[sensor]), order=order)
    assert refuse(data) == describe(name)


@pytest.mark.parametrize("photometric", [FILTER_ARRAY, LINEAR_RAW])
def test_sensor_samples_anywhere_are_a_camera_raw(photometric: int) -> None:
    sensor = TiffPage(SENSOR, photometric)
    for data in (
        write_tiff(sensor),
        write_tiff(thumbnail(), sensor),
        write_tiff(thumbnail(below=[thumbnail(), sensor])),
    ):
        assert refuse(data) == describe("of an unknown maker")


@pytest.mark.parametrize("compression", [32767, 32769, 32770, 34713, 65000, 65535])
def test_compressions_of_cameras_are_a_camera_raw(compression: int) -> None:
    sensor = TiffPage(SENSOR, tiffs.GREY, tags={259: compression})
    data = write_tiff(thumbnail(tags={271: b"NIKON\0"}, below=[sensor]))
    assert refuse(data) == describe("NEF")


def test_a_dng_is_named_by_its_version() -> None:
    assert refuse(write_tiff(thumbnail(tags={254: 1, 50706: b"\1\4\0\0"}))) == describe("DNG")


def test_marks_behind_the_header_name_a_camera_raw() -> None:
    plain = write_tiff(thumbnail())
    for mark, name in ((b"CR\2\0", "CR2"), (b"IIIITwaR", "IIQ"), (b"IIIICwaR", "IIQ"), (b"MMMMRawT", "IIQ")):
        moved = plain[:4] + struct.pack("<I", len(plain)) + mark + plain[8:]
        assert refuse(moved) == describe(name)


def test_a_picture_may_name_a_camera() -> None:
    for maker in (b"NIKON CORPORATION\0", b"Canon\0", b"Phase One A/S\0"):
        copies = [TiffPage(COLOUR[::2, ::2], tiffs.RGB, tags={254: 1})]
        picture = TiffPage(COLOUR, tiffs.RGB, tags={271: maker}, below=copies)
        assert prepare(write_tiff(picture), Policy()).source_width == 320
        wide = TiffPage(COLOUR.astype(np.uint16) * 257, tiffs.RGB, tags={271: maker})
        assert prepare(write_tiff(wide), Policy()).source_width == 320
