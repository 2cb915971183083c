"""AVIF and HEIC whose colours are described by code points look as their standards, and as Chromium, say."""

import struct

import numpy as np
import pytest

from tests.decoders.coded_colours import (
    BT601,
    BT709,
    BT2020,
    DISPLAY_P3,
    GAMMA_22,
    HLG,
    LIKE_SRGB,
    LINEAR,
    PQ,
    SRGB,
    to_srgb,
    tone_mapped,
)
from tests.decoders.patches import Writer, add_property, prepare_patches, ramps, write_avif, write_heic
from tests.decoders.profiles import display_p3

# Levels by which the middle of a flat patch may differ. JPEG at quality 95 moves it by one. Without the conversion,
# Display P3 is 15 off, and PQ 90.
_TOLERANCE = 2.5
# Greys in screenshots of Chromium 150 without a display, for samples of 10 bits in BT.2020.
_CODES = np.array([0, 260, 519, 634, 649, 763, 1023])
_CHROMIUM = {PQ: (0, 31, 136, 210, 216, 253, 255), HLG: (0, 43, 101, 133, 138, 185, 255)}


def _assert_shown(data: bytes, samples: np.ndarray, expected: np.ndarray, step: str | None) -> None:
    prepared, shown = prepare_patches(data, samples)
    assert np.abs(shown - expected).max() <= _TOLERANCE
    assert prepared.steps[:-1] == ((step, "16 to 8 bits") if step else ("16 to 8 bits",))


@pytest.mark.parametrize("write", [write_avif, write_heic])
@pytest.mark.parametrize(
    ("primaries", "transfer", "step"),
    [
        (DISPLAY_P3, SRGB, "display p3 to srgb"),
        (BT2020, LIKE_SRGB, "bt.2020 to srgb"),
        (BT601, SRGB, "bt.601 ntsc to srgb"),
        (BT709, GAMMA_22, "bt.709 to srgb"),
    ],
)
def test_coded_colours_become_srgb(write: Writer, primaries: int, transfer: int, step: str) -> None:
    samples = ramps()
    _assert_shown(write(samples, primaries, transfer), samples, to_srgb(samples, primaries, transfer), step)


def test_linear_samples_become_srgb() -> None:
    """Not as HEIC: its encoder moves the darkest samples by as much as five levels."""
    samples = ramps()
    _assert_shown(write_avif(samples, BT709, LINEAR), samples, to_srgb(samples, BT709, LINEAR), "bt.709 to srgb")


@pytest.mark.parametrize(("primaries", "transfer"), [(BT709, LIKE_SRGB), (BT709, 6), (BT709, 14), (2, 2)])
def test_the_curve_of_television_counts_as_srgb(primaries: int, transfer: int) -> None:
    """Browsers read BT.709, BT.601 and BT.2020 like sRGB, although their curves differ."""
    samples = ramps()
    _assert_shown(write_avif(samples, primaries, transfer), samples, samples * 255, None)


@pytest.mark.parametrize("write", [write_avif, write_heic])
@pytest.mark.parametrize(("primaries", "name"), [(BT2020, "bt.2020"), (DISPLAY_P3, "display p3"), (BT709, "bt.709")])
@pytest.mark.parametrize(("transfer", "curve"), [(PQ, "pq"), (HLG, "hlg")])
def test_hdr_is_tone_mapped(write: Writer, primaries: int, name: str, transfer: int, curve: str) -> None:
    samples = ramps()
    expected = tone_mapped(samples, primaries, transfer)
    _assert_shown(write(samples, primaries, transfer), samples, expected, f"{name} {curve} to srgb, tone-mapped")


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_greys_are_those_of_chromium(transfer: int) -> None:
    samples = (_CODES / 1023)[None, :, None].repeat(3, axis=2).repeat(4, axis=0)
    _, shown = prepare_patches(write_avif(samples, BT2020, transfer), samples)
    assert np.abs(shown[:, :, 1] - _CHROMIUM[transfer]).max() <= 1


@pytest.mark.parametrize("peak", [100, 400, 4000])
def test_the_brightness_of_the_picture_moves_the_curve(peak: int) -> None:
    samples = ramps()[:1].repeat(4, axis=0)
    data = add_property(write_avif(samples, BT2020, PQ), b"clli" + struct.pack(">HH", peak, 50))
    _, shown = prepare_patches(data, samples)
    assert np.abs(shown - tone_mapped(samples, BT2020, PQ, max(peak, 203))).max() <= _TOLERANCE


def test_a_profile_counts_more_than_code_points() -> None:
    samples = ramps()
    data = add_property(write_avif(samples, BT2020, PQ), b"colrprof" + display_p3())
    _assert_shown(data, samples, to_srgb(samples, DISPLAY_P3, SRGB), "rgb to srgb by its profile")


def test_twelve_bits_are_tone_mapped() -> None:
    samples = ramps()
    data = write_avif(samples, BT2020, PQ, bits=12)
    _assert_shown(data, samples, tone_mapped(samples, BT2020, PQ), "bt.2020 pq to srgb, tone-mapped")


@pytest.mark.parametrize("write", [write_avif, write_heic])
def test_a_dark_gradient_keeps_its_levels(write: Writer) -> None:
    """Reduced to 8 bits first, linear samples up to 0.05 have 13 levels."""
    steps = np.linspace(0, 0.05, 40)
    samples = steps[None, :, None].repeat(3, axis=2).repeat(4, axis=0)
    _, shown = prepare_patches(write(samples, BT709, LINEAR), samples)
    assert len(set(shown[1, :, 1].round().astype(int))) >= 34
