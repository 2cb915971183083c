"""Damage is corrupt, and other kinds are named. Odd numbers in a directory are neither if the pixels are whole."""

import lzma
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from imagesearch_ingest.model.reasons import Reason
from tests.decoders.sources import smooth
from tests.support import tiffs
from tests.support.tiffs import TiffPage, write_tiff
from tests.unit.images.pictures import POLICY, close, encoded, noise, refuse, run

COLOURS = smooth(200, 120)
CUT_OFF = "its pixels are cut off"
BROKEN = "its strips or tiles are broken or cut off"


def page(**options: Any) -> TiffPage:
    return TiffPage(COLOURS, tiffs.RGB, **options)


def assert_whole(data: bytes) -> None:
    shown = np.asarray(run(data)[1].convert("RGB")).astype(int)
    assert np.abs(shown - COLOURS).mean() < 1.5


@pytest.mark.parametrize("compression", [tiffs.RAW, tiffs.LZW, tiffs.DEFLATE, tiffs.PACKBITS])
@pytest.mark.parametrize("layout", [{}, {"rows": 9}, {"tile": (64, 48)}, {"planes": True, "rows": 9}])
def test_pixels_that_are_cut_off_are_corrupt(compression: int, layout: dict[str, Any]) -> None:
    whole = tiffs.pack(page(compression=compression, **layout))
    for number in (0, len(whole) - 1):
        for share in (0.3, 0.6):  # what is behind may be the edge of a tile, or a checksum
            pieces = list(whole)
            pieces[number] = pieces[number][: int(len(pieces[number]) * share)]
            reason, detail = refuse(write_tiff(page(compression=compression, pieces=pieces, **layout)))
            assert reason is Reason.CORRUPT_IMAGE
            assert detail.removeprefix("the TIFF data cannot be decoded: ") in {CUT_OFF, BROKEN}


def test_strips_behind_the_end_of_the_file_are_corrupt() -> None:
    data = write_tiff(page(tags={273: 10_000_000}))
    assert refuse(data)[1] == "the TIFF data cannot be decoded: some of its strips are missing"


def test_a_directory_that_is_cut_off_is_corrupt() -> None:
    data = write_tiff(page())
    assert refuse(data[:-30])[1] == "the TIFF data cannot be decoded: its directory is cut off"


@pytest.mark.parametrize("strip_size", [4000, 1 << 30])
def test_a_jpeg_strip_that_ends_early_is_corrupt(strip_size: int) -> None:
    data = encoded(noise(320, 200), "TIFF", compression="jpeg", strip_size=strip_size, quality=95)
    at, length = _find_last_strip(data)
    assert (
        refuse(data[: at + length // 2] + bytes(length - length // 2) + data[at + length :])[0] is Reason.CORRUPT_IMAGE
    )


def _find_last_strip(data: bytes) -> tuple[int, int]:
    tags = Image.open(BytesIO(data)).tag_v2  # type: ignore[attr-defined] # of a TIFF
    return tags[273][-1], tags[279][-1]


@pytest.mark.parametrize(
    "tags",
    [
        {279: None},
        {279: 0},
        {279: 4_000_000_000},
        {278: 0xFFFFFFFF},
        {278: None},
        {278: 0},
        {339: None},
        {339: [4, 4, 4]},
        {284: None},
        {274: 99},
        {65000: [1.5] * 9, 270: b"\xff\xfe"},
        {34665: 4_000_000_000, 330: 4_000_000_000},
    ],
)
def test_odd_numbers_do_not_matter_if_the_pixels_are_whole(tags: dict[int, Any]) -> None:
    assert_whole(write_tiff(page(tags=tags)))


def test_a_strip_without_a_length_reaches_to_the_next() -> None:
    for compression in (tiffs.LZW, tiffs.DEFLATE):
        assert_whole(write_tiff(page(rows=40, compression=compression, tags={279: None})))
        assert_whole(write_tiff(page(rows=40, compression=compression, tags={279: [0, 0, 0]})))


@pytest.mark.parametrize("rows", [200, 23])
@pytest.mark.parametrize("predictor", [1, 2])
def test_lzma_and_zstandard_are_read(rows: int, predictor: int) -> None:
    image = Image.fromarray(COLOURS)
    for compression in ("lzma", "zstd"):
        data = encoded(image, "TIFF", compression=compression, strip_size=rows * 600, tiffinfo={317: predictor})
        assert_whole(data)
        at, length = _find_last_strip(data)
        damaged = data[:at] + bytes(length) + data[at + length :]
        assert refuse(damaged) == (Reason.CORRUPT_IMAGE, f"the TIFF data cannot be decoded: {BROKEN}")


def test_tiles_of_lzma_are_read() -> None:
    padded = np.pad(COLOURS, ((0, 8), (0, 56), (0, 0)), mode="edge")
    tiles = [padded[top : top + 64, left : left + 64].tobytes() for top in (0, 64) for left in (0, 64, 128, 192)]
    assert_whole(write_tiff(page(tile=(64, 64), compression=34925, pieces=[lzma.compress(tile) for tile in tiles])))


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_webp_inside_is_read(mode: str) -> None:
    image = Image.fromarray(COLOURS).convert(mode)
    strips = [encoded(image.crop((0, top, 200, top + 60)), "WEBP", lossless=True) for top in (0, 60)]
    samples = np.asarray(image)
    extra = () if mode == "RGB" else (tiffs.PLAIN,)
    assert_whole(write_tiff(TiffPage(samples, tiffs.RGB, rows=60, compression=50001, pieces=strips, extra=extra)))
    broken = [strips[0], strips[1][:-2000]]
    data = write_tiff(TiffPage(samples, tiffs.RGB, rows=60, compression=50001, pieces=broken, extra=extra))
    assert refuse(data)[0] is Reason.CORRUPT_IMAGE


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ({259: 34712}, "compressed as JPEG 2000"),
        ({259: 33005}, "compressed as JPEG 2000"),
        ({259: 34661}, "compressed as JBIG"),
        ({259: 34887}, "compressed as LERC"),
        ({259: 50002}, "compressed as JPEG XL"),
        ({259: 12345}, "with the unknown compression 12345"),
        ({262: 777}, "with colours of the unknown kind 777"),
        ({262: 5}, "with 3 samples for 4 colours"),
        ({258: [5, 6, 5]}, "whose samples differ in their bits"),
        ({339: [5, 5, 5]}, "of complex numbers, or of samples of several kinds"),
        ({258: [12, 12, 12], 259: 7}, "compressed as JPEG of 12 bits"),
        ({262: 6, 530: [3, 1]}, "with chroma subsampled by 3x1"),
    ],
)
def test_other_kinds_are_refused_by_name(tags: dict[int, Any], words: str) -> None:
    reason, detail = refuse(write_tiff(page(tags=tags)))
    advice = "save it as a TIFF of 8 bits with LZW, or as PNG or JPEG"
    assert (reason, detail) == (Reason.UNSUPPORTED_FORMAT, f"a TIFF {words} cannot be read; {advice}")


def test_differences_of_12_bits_are_refused_by_name() -> None:
    data = write_tiff(TiffPage(COLOURS.astype(np.uint16), tiffs.RGB, bits=12, compression=tiffs.LZW, tags={317: 2}))
    assert refuse(data)[1].startswith("a TIFF with samples of this many bits under this compression cannot be read")


def test_integers_of_64_bits_are_refused_by_name() -> None:
    data = write_tiff(TiffPage(COLOURS.astype(np.uint64), tiffs.RGB))
    assert refuse(data)[1].startswith("a TIFF with numbers of 64 bits cannot be read")


def test_other_inks_are_refused_by_name() -> None:
    data = write_tiff(TiffPage(smooth(200, 120).repeat(2, axis=2)[:, :, :4], tiffs.CMYK, tags={332: 2}))
    assert refuse(data)[1].startswith("a TIFF of other inks than cyan, magenta, yellow and black cannot be read")


def test_libvips_writes_nothing_to_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    data = write_tiff(page(compression=tiffs.LZW, rows=9, tags={65000: b"odd", 700: b"<x", 282: [0.0]}))
    run(data)
    refuse(write_tiff(page(compression=tiffs.LZW, pieces=[b"\x80" + bytes(100)])))
    refuse(write_tiff(page(compression=tiffs.DEFLATE, pieces=[b"broken"])))
    assert capfd.readouterr() == ("", "")


def test_a_palette_shorter_than_its_bits_is_filled_up() -> None:
    levels = [colour * 257 for colour in (220, 30, 40, 60, 70, 80)]
    samples = (np.indices((120, 200))[1] >= 100).astype(np.uint8)[:, :, None]
    _, image = run(write_tiff(TiffPage(samples, tiffs.PALETTE, tags={320: levels})))
    assert close(image.convert("RGB").getpixel((20, 60)), (220, 40, 70))
    assert close(image.convert("RGB").getpixel((180, 60)), (30, 60, 80))
    assert POLICY.max_side == 4096


@pytest.mark.parametrize(
    "tags", [{277: None}, {258: [8, 8, 8, 1]}, {339: [2, 2, 2]}, {258: [8, 8, 8], 338: [], 277: 3}]
)
def test_samples_described_oddly_are_read_as_by_other_readers(tags: dict[int, Any]) -> None:
    assert_whole(write_tiff(page(tags={tag: value if value != [] else None for tag, value in tags.items()})))


def test_a_missing_plane_of_a_selection_does_not_matter() -> None:
    planes = tiffs.pack(page(planes=True))
    samples = np.concatenate([COLOURS, COLOURS[:, :, :1]], axis=2)
    offsets = [8, 8 + len(planes[0]), 8 + 2 * len(planes[0]), 0]
    tags = {273: offsets, 279: [*map(len, planes), 0]}
    assert_whole(
        write_tiff(TiffPage(samples, tiffs.RGB, planes=True, pieces=planes, extra=(tiffs.UNSPECIFIED,), tags=tags))
    )


def test_samples_beyond_a_short_palette_are_shown_as_grey() -> None:
    grey = COLOURS[:, :, :1]
    levels = [colour * 257 for colour in range(65)] * 3
    shown = np.asarray(run(write_tiff(TiffPage(grey, tiffs.PALETTE, tags={320: levels})))[1].convert("L"))
    assert np.abs(shown.astype(int) - grey[:, :, 0]).mean() < 1.5
