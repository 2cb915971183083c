"""Garbage and damage soon end in an ``IngestError`` or an image, and in nothing else."""

import random
import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imagesearch_ingest.images import Policy, prepare
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import PreparedImage
from imagesearch_ingest.model.reasons import Reason
from tests.unit.images.pictures import POLICY, encoded, quarters

SMALL = Policy(min_side=1, max_megapixels=1)  # so that damage has to reach the decoder
MAGIC = [
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF89a",
    b"RIFF\0\0\0\0WEBPVP8 ",
    b"RIFF\0\0\0\0WEBPVP8X",
    b"II*\0\x08\0\0\0",
    b"MM\0*\0\0\0\x08",
    b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0",
    b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0",
    b"P3 10 10 255\n",
    b"P6 10 10 255\n",
    b"P1 10 10\n",
]
SEEDS: list[tuple[str, str, dict[str, Any]]] = [
    ("PNG", "RGBA", {}),
    ("PNG", "P", {}),
    ("JPEG", "RGB", {}),
    ("JPEG", "CMYK", {"progressive": True}),
    ("GIF", "P", {}),
    ("BMP", "RGB", {}),
    ("BMP", "P", {}),
    ("WEBP", "RGB", {}),
    ("WEBP", "RGBA", {"lossless": True}),
    ("TIFF", "RGB", {}),
    ("TIFF", "CMYK", {"compression": "tiff_lzw"}),
    ("TIFF", "P", {"compression": "packbits"}),
    ("PPM", "RGB", {}),
]


def _survives(data: bytes) -> None:
    outcome = _outcome(data)
    if isinstance(outcome, IngestError):
        assert outcome.detail.isprintable()
        assert "0x" not in outcome.detail
        assert "object at" not in outcome.detail


def _outcome(data: bytes) -> PreparedImage | IngestError:
    try:
        return prepare(data, SMALL)
    except IngestError as error:
        return error


@given(st.binary(max_size=300), st.sampled_from([b"", *MAGIC]))
@settings(max_examples=400)
def test_garbage_is_refused_with_a_reason(garbage: bytes, magic: bytes) -> None:
    _survives(magic + garbage)


@pytest.mark.parametrize(("file_format", "mode", "options"), SEEDS)
def test_damaged_files_are_refused_or_prepared(file_format: str, mode: str, options: dict[str, Any]) -> None:
    """Overwrite random bytes, more of them near the front, where the structure is. The seed is fixed."""
    data = encoded(quarters(64, 48).convert(mode), file_format, **options)
    rng = random.Random(f"{file_format} {mode}")
    for _ in range(150):
        damaged = bytearray(data)
        for _ in range(rng.choice([1, 2, 8])):
            place = int(len(data) * rng.random() ** rng.choice([1, 4]))
            damaged[place] = rng.choice([0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)])
        _survives(bytes(damaged))


def test_objects_and_addresses_stay_out_of_details() -> None:
    tiff = b"II*\0\x08\0\0\0" + struct.pack("<H", 0) + bytes(4)
    with pytest.raises(IngestError) as caught:
        prepare(tiff, POLICY)
    assert caught.value.reason is Reason.CORRUPT_IMAGE
    assert caught.value.detail.startswith("the TIFF data cannot be decoded: ")


def test_odd_tiffs_write_nothing_to_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    tiff = encoded(quarters(), "TIFF", compression="tiff_lzw")
    directory = struct.unpack("<I", tiff[4:8])[0]
    strip = struct.pack("<HH", 273, 4)
    at = tiff.index(strip, directory) + 8
    damaged = tiff[:at] + struct.pack("<I", len(tiff) - 10) + tiff[at + 4 :]
    with pytest.raises(IngestError):
        prepare(damaged, POLICY)
    assert capfd.readouterr() == ("", "")
