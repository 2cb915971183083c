"""Old-style JPEG is read in the ways in which writers understood it."""

import struct
from typing import Any

import numpy as np
import pytest
from PIL import Image

from imagesearch_ingest.model.reasons import Reason
from tests.decoders.comparing import Tolerance, assert_alike
from tests.support.tiffs import TiffPage, write_tiff
from tests.unit.images.pictures import encoded, quarters, refuse, run, srgb_profile

OLD_JPEG, GREY, YCBCR = 6, 1, 6
SOF, DHT, SOS, DQT = 0xC0, 0xC4, 0xDA, 0xDB
PICTURE = quarters()
WIDTH, HEIGHT = PICTURE.size


def jpeg(mode: str, **options: Any) -> bytes:
    return encoded(PICTURE.convert(mode), "JPEG", quality=95, subsampling=0, **options)


def segments(data: bytes) -> tuple[dict[int, list[bytes]], int]:
    """Return the segments up to the scan, and where the scan's data begins."""
    found: dict[int, list[bytes]] = {}
    at = 2
    while True:
        marker, end = data[at + 1], at + 2 + struct.unpack_from(">H", data, at + 2)[0]
        found.setdefault(marker, []).append(data[at + 4 : end])
        at = end
        if marker == SOS:
            return found, at


def write(mode: str, tags: dict[int, Any], pieces: list[bytes]) -> bytes:
    bands = 1 if mode == "L" else 3
    samples = np.zeros((HEIGHT, WIDTH, bands), np.uint8)
    photometric = GREY if mode == "L" else YCBCR
    sampling = {} if mode == "L" else {530: (1, 1)}
    return write_tiff(TiffPage(samples, photometric, compression=OLD_JPEG, pieces=pieces, tags={**sampling, **tags}))


def assert_shown(data: bytes, mode: str) -> None:
    shown = np.asarray(run(data)[1].convert("RGB"))
    assert_alike(shown, np.asarray(PICTURE.convert(mode).convert("RGB")), Tolerance(3, 20))


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_whole_jpeg_file_is_read(mode: str) -> None:
    """The first strip is the file, and the tag of the stream may point to it or be missing."""
    stream = jpeg(mode)
    assert_shown(write(mode, {513: 8, 514: len(stream)}, [stream]), mode)
    assert_shown(write(mode, {513: 8}, [stream]), mode)
    assert_shown(write(mode, {}, [stream]), mode)


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_header_and_strips_are_joined(mode: str) -> None:
    stream = jpeg(mode)
    _, scan = segments(stream)
    tags = {513: 8, 514: scan, 273: 8 + scan + scan % 2, 279: len(stream) - 2 - scan}
    assert_shown(write(mode, tags, [stream[:scan], stream[scan:-2]]), mode)


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_tables_and_strips_are_joined(mode: str) -> None:
    """The tables stand apart, and each strip begins anew: a restart marker would stand between them in a JPEG file."""
    rows = 64
    stream = jpeg(mode, restart_marker_blocks=WIDTH // 8 * rows // 8)
    parts, scan = segments(stream)
    strips = split_at_restarts(stream[scan:-2])
    assert len(strips) == -(-HEIGHT // rows)
    quantization = [body[1:65] for body in parts[DQT]]
    codes = {body[0]: body[1:] for body in parts[DHT]}
    tables = [quantization[0], codes[0x00], codes[0x10]]
    if mode != "L":
        tables += [quantization[-1], codes[0x01], codes[0x11]]
    places, at = [], 8 + sum(len(strip) + len(strip) % 2 for strip in strips)
    for table in tables:
        places.append(at)
        at += len(table) + len(table) % 2
    chosen = [places[:3], places[3:], places[3:]] if mode != "L" else [places[:3]]
    tags = {519 + number: [place[number] for place in chosen] for number in range(3)}
    offsets = [8 + sum(len(one) + len(one) % 2 for one in strips[:number]) for number in range(len(strips))]
    tags |= {273: offsets, 279: [len(strip) for strip in strips], 278: rows}
    assert_shown(write(mode, tags, [*strips, *tables]), mode)


def split_at_restarts(scan: bytes) -> list[bytes]:
    strips, start = [], 0
    for at in range(len(scan) - 1):
        if scan[at] == 0xFF and 0xD0 <= scan[at + 1] <= 0xD7:
            strips.append(scan[start:at])
            start = at + 2
    return [*strips, scan[start:]]


@pytest.mark.parametrize("space", ["RGB", "YCbCr"])
def test_levels_reserved_as_in_video_are_stretched(space: str) -> None:
    """Luma from 16 to 235 and chroma up to 240 are black, white and full colour (TIFF 6.0, section 20)."""
    full = np.asarray(PICTURE.convert("YCbCr")).astype(float)
    narrow = np.stack(
        [16 + full[:, :, 0] * 219 / 255, *(128 + (full[:, :, band] - 128) * 112 / 127 for band in (1, 2))], 2
    )
    image = Image.fromarray(np.rint(narrow).astype(np.uint8), "YCbCr")
    stream = encoded(image, "JPEG", quality=95, subsampling=0)
    profile = {34675: srgb_profile()} if space == "RGB" else {}
    levels = {532: [16.0, 235.0, 128.0, 240.0, 128.0, 240.0]}
    assert_shown(write("RGB", {**levels, **profile}, [stream]), "RGB")
    assert_shown(write("RGB", {532: [0.0, 255.0, 128.0, 255.0, 128.0, 255.0]}, [jpeg("RGB")]), "RGB")


def test_damage_is_named_and_nothing_of_the_decoder() -> None:
    stream = jpeg("L")
    reason, detail = refuse(write("L", {}, [stream[: len(stream) // 2]]))
    assert reason is Reason.CORRUPT_IMAGE
    assert "decoder" not in detail
    reason, detail = refuse(write("L", {519: 60000, 520: 60000, 521: 60000}, [b"\1" * 50]))
    assert (reason, detail) == (
        Reason.CORRUPT_IMAGE,
        "the JPEG data cannot be decoded: quantisation table 0 is missing",
    )
    assert refuse(write("L", {}, [b"\1" * 50]))[1].endswith("the tables of its old-style JPEG are missing")


def test_rare_ways_are_refused_by_name() -> None:
    stream = jpeg("L")
    for tags, pieces in (({512: 14}, [stream]), ({278: HEIGHT // 2}, [stream, stream])):
        reason, detail = refuse(write("L", tags, pieces))
        assert reason is Reason.UNSUPPORTED_FORMAT
        assert "old-style JPEG" in detail
