"""Every kind of TIFF shows the pixels that were drawn, whatever its colours, bits, alpha, layout and compression."""

import struct

import numpy as np
import pytest

from imagesearch_ingest.images import Policy
from tests.decoders.comparing import ONE_ENCODE, Tolerance, assert_alike, difference, prepared_and_displayed
from tests.decoders.profiles import display_p3, printing_press
from tests.decoders.renderers import by_vips, has_alpha
from tests.decoders.sources import smooth
from tests.support import tiffs
from tests.support.tiffs import TiffPage, write_tiff

WIDTH, HEIGHT = 322, 206  # neither a multiple of a tile, nor of a byte of samples of one bit
CHROMA = Tolerance(2.5, 8)  # two pixels and more share one chroma sample, twice


def _colours() -> np.ndarray:
    return smooth(WIDTH, HEIGHT)


def _alpha() -> np.ndarray:
    return np.broadcast_to(np.linspace(0, 255, HEIGHT).astype(np.uint8)[:, None, None], (HEIGHT, WIDTH, 1))


def _inks() -> np.ndarray:
    return np.concatenate([_colours(), _colours()[:, ::-1, 2:] // 3], axis=2)


def _show_inks(inks: np.ndarray) -> np.ndarray:
    """Return R = 255 (1 - C) (1 - K) and so on, as browsers show CMYK without a profile."""
    light = 255.0 - inks
    return light[:, :, :3] * light[:, :, 3:] / 255


def _on_white(shown: np.ndarray, alpha: np.ndarray | None) -> np.ndarray:
    if alpha is not None:
        shown = shown * (alpha / 255) + 255 * (1 - alpha / 255)
    return np.rint(np.broadcast_to(shown, (*shown.shape[:2], 3))).astype(np.uint8)


DRAWN = {
    "grey": (tiffs.GREY, _colours()[:, :, 2:], _colours()[:, :, 2:]),
    "white is zero": (tiffs.WHITE_IS_ZERO, 255 - _colours()[:, :, 2:], _colours()[:, :, 2:]),
    "colour": (tiffs.RGB, _colours(), _colours()),
    "inks": (tiffs.CMYK, _inks(), _show_inks(_inks())),
}
DEPTHS = {"8 bits": np.uint8, "16 bits": np.uint16, "32 bits": np.uint32, "float": np.float32, "double": np.float64}
EXTRAS = {"opaque": None, "alpha": tiffs.PLAIN, "associated alpha": tiffs.ASSOCIATED, "a selection": tiffs.UNSPECIFIED}
LAYOUTS = {
    "one strip": {},
    "planes": {"planes": True, "rows": 50},
    "strips, big-endian, LZW": {"rows": 7, "order": ">", "compression": tiffs.LZW},
    "tiles beyond the edge": {"tile": (128, 64)},
    "planes of tiles, deflate": {"planes": True, "tile": (64, 64), "compression": tiffs.DEFLATE},
    "big-endian BigTIFF, packed": {"big": True, "order": ">", "rows": 33, "compression": tiffs.PACKBITS},
    "a tile larger than the image": {"tile": (1024, 1024)},
    "tiles of unusual sides": {"tile": (100, 90)},
}


def _widen(levels: np.ndarray, depth: type) -> np.ndarray:
    if issubclass(depth, np.floating):
        return (levels / 255).astype(depth)
    return levels.astype(depth) * depth(np.iinfo(depth).max // 255)


def _write(page: TiffPage, layout: dict) -> bytes:
    file = {name: value for name, value in layout.items() if name in {"order", "big"}}
    for name, value in layout.items():
        if name not in file:
            setattr(page, name, value)
    return write_tiff(page, **file)


def _assert_shows(data: bytes, expected: np.ndarray, tolerance: Tolerance = ONE_ENCODE) -> None:
    prepared, shown = prepared_and_displayed(data)
    assert_alike(shown, expected, tolerance)
    assert not has_alpha(prepared.data)


def _assert_kind_shows(drawn: str, depth: str, extra: str, layout: str) -> None:
    photometric, samples, shown = DRAWN[drawn]
    meaning, alpha = EXTRAS[extra], None
    if meaning is not None:
        alpha = None if meaning == tiffs.UNSPECIFIED else _alpha()
        if meaning == tiffs.ASSOCIATED:
            samples = np.rint(samples / 255 * alpha).astype(np.uint8)
        samples = np.concatenate([samples, _alpha()], axis=2)
    page = TiffPage(_widen(samples, DEPTHS[depth]), photometric, extra=() if meaning is None else (meaning,))
    _assert_shows(_write(page, LAYOUTS[layout]), _on_white(shown, alpha), Tolerance(2, 6))


@pytest.mark.parametrize("extra", EXTRAS)
@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("drawn", DRAWN)
def test_each_kind_of_sample_shows_what_was_drawn(drawn: str, depth: str, extra: str) -> None:
    """Each combination uses another layout, so that most layouts meet most kinds."""
    number = 4 * (5 * list(DRAWN).index(drawn) + list(DEPTHS).index(depth)) + 3 * list(EXTRAS).index(extra)
    _assert_kind_shows(drawn, depth, extra, list(LAYOUTS)[number % len(LAYOUTS)])


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("drawn", DRAWN)
def test_each_layout_shows_what_was_drawn(drawn: str, layout: str) -> None:
    _assert_kind_shows(drawn, "16 bits", "alpha", layout)
    _assert_kind_shows(drawn, "8 bits", "opaque", layout)


@pytest.mark.parametrize("bits", [1, 2, 3, 4, 6, 10, 12, 14, 24])
@pytest.mark.parametrize("drawn", DRAWN)
def test_any_number_of_bits_is_read(drawn: str, bits: int) -> None:
    photometric, levels, shown = DRAWN[drawn]
    most = 2**bits - 1
    if bits < 6:
        levels = (levels // 32 * 32 > 100) * np.uint8(255)  # flat areas, which few bits can hold
        shown = _show_inks(levels) if drawn == "inks" else 255 - levels if drawn == "white is zero" else levels
    samples = np.rint(levels / 255 * most).astype(np.uint32)
    for layout in ({}, {"planes": True, "rows": 50}, {"rows": 13, "compression": tiffs.DEFLATE}):
        page = TiffPage(samples, photometric, bits=bits, tags={339: None})
        _assert_shows(_write(page, layout), _on_white(shown, None), Tolerance(3, 60) if bits < 6 else ONE_ENCODE)


def test_half_precision_is_read() -> None:
    page = TiffPage((_colours() / 255).astype(np.float16), tiffs.RGB, rows=20)
    _assert_shows(write_tiff(page, order=">"), _colours())


def test_highlights_above_white_do_not_darken_a_picture() -> None:
    light = (_colours() / 255).astype(np.float32)
    light[:20, :20] = 9.5
    expected = _colours().copy()
    expected[:20, :20] = 255
    _assert_shows(write_tiff(TiffPage(light, tiffs.RGB)), expected, Tolerance(2, 6))


def _to_ycc(colours: np.ndarray) -> np.ndarray:
    """Return luma and chroma of full range (TIFF 6.0, section 21; Rec. 601)."""
    matrix = [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]]
    return np.clip(np.rint(colours @ np.array(matrix).T + [0, 128, 128]), 0, 255).astype(np.uint8)


def _units(ycc: np.ndarray, across: int, down: int, rows: int) -> list[bytes]:
    """Store luma and chroma in units (TIFF 6.0, section 21, "Ordering of component samples")."""
    height, width, _ = ycc.shape
    padded = np.pad(ycc, ((0, -height % down), (0, -width % across), (0, 0)), mode="edge")
    blocks = padded.reshape(padded.shape[0] // down, down, padded.shape[1] // across, across, 3).swapaxes(1, 2)
    luma = blocks[..., 0].reshape(*blocks.shape[:2], -1)
    chroma = np.rint(blocks[..., 1:].mean(axis=(2, 3))).astype(np.uint8)
    units = np.concatenate([luma, chroma], axis=2)
    return [units[top : top + rows // down].tobytes() for top in range(0, len(units), rows // down)]


@pytest.mark.parametrize("compression", [tiffs.RAW, tiffs.LZW])
@pytest.mark.parametrize("sampling", [(1, 1), (2, 1), (1, 2), (2, 2), (4, 1), (4, 2), (4, 4)])
@pytest.mark.parametrize("rows", [0, 16])
def test_luma_and_chroma_without_jpeg_are_read(sampling: tuple[int, int], rows: int, compression: int) -> None:
    pieces = _units(_to_ycc(_colours()), *sampling, rows or HEIGHT + 2)
    if compression == tiffs.LZW:
        pieces = [tiffs.write_lzw(piece) for piece in pieces]
    tags = {530: sampling, 532: [0.0, 255.0, 128.0, 255.0, 128.0, 255.0]}
    page = TiffPage(_colours(), tiffs.YCBCR, rows=rows, compression=compression, pieces=pieces, tags=tags)
    _assert_shows(write_tiff(page), _colours(), CHROMA)


def test_luma_and_chroma_of_studio_range_are_stretched() -> None:
    """Black is 16, white is 235, and chroma reaches from 16 to 240 (Rec. 601)."""
    ycc = _to_ycc(_colours()).astype(float) - [0, 128, 128]
    studio = np.rint(ycc * [219 / 255, 224 / 255, 224 / 255] + [16, 128, 128]).astype(np.uint8)
    tags = {530: (1, 1), 532: [16.0, 235.0, 128.0, 240.0, 128.0, 240.0]}
    _assert_shows(write_tiff(TiffPage(studio, tiffs.YCBCR, tags=tags)), _colours(), CHROMA)


def test_planes_of_subsampled_chroma_are_read() -> None:
    ycc = _to_ycc(_colours())
    smaller = [ycc[::2, ::2, band].tobytes() for band in (1, 2)]
    page = TiffPage(_colours(), tiffs.YCBCR, pieces=[ycc[:, :, 0].tobytes(), *smaller], tags={284: 2, 530: (2, 2)})
    _assert_shows(write_tiff(page), _colours(), CHROMA)


def _show_lab(lab: np.ndarray) -> np.ndarray:
    """Return sRGB of Lab under D50 (ICC.1:2022, section 6.3; CSS Color 4, section 10)."""
    y = (lab[..., 0] + 16) / 116
    xyz = np.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], axis=-1)
    xyz = np.where(xyz > 6 / 29, xyz**3, (xyz - 4 / 29) * 3 * (6 / 29) ** 2) * [0.9642, 1.0, 0.8249]
    matrix = [[3.134187, -1.617209, -0.490694], [-0.978749, 1.916130, 0.033433], [0.071964, -0.228994, 1.405754]]
    light = np.clip(xyz @ np.array(matrix).T, 0, 1)
    levels = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.rint(levels * 255)


@pytest.mark.parametrize("extra", ["opaque", "alpha"])
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("photometric", [tiffs.CIE_LAB, tiffs.ICC_LAB])
def test_lab_is_read(photometric: int, bits: int, extra: str) -> None:
    """Signed samples hold a and b in CIE's way, and samples with an offset in ICC's."""
    lab = smooth(WIDTH, HEIGHT) / 255 * [50, 40, 40] + [40, -20, -20]
    unit = 1 if bits == 8 else 256
    top = {(8, tiffs.CIE_LAB): 255, (16, tiffs.CIE_LAB): 65535, (8, tiffs.ICC_LAB): 255}.get((bits, photometric), 65280)
    offset = 0 if photometric == tiffs.CIE_LAB else 128
    samples = np.rint(np.stack([lab[..., 0] * top / 100, *((lab[..., n] + offset) * unit for n in (1, 2))], axis=2))
    alpha = _alpha() if extra == "alpha" else None
    if alpha is not None:
        samples = np.concatenate([samples, alpha * np.uint16(257 if bits == 16 else 1)], axis=2)
    stored = (samples.astype(np.int64) % 2**bits).astype(f"u{bits // 8}")
    page = TiffPage(stored, photometric, extra=() if alpha is None else (tiffs.PLAIN,), rows=30)
    _assert_shows(write_tiff(page), _on_white(_show_lab(lab), alpha), Tolerance(2, 6))


def test_a_profile_is_applied_before_the_depth_is_reduced() -> None:
    """Linear light needs more than 8 bits: at 8 bits its dark tones would be a few steps."""
    straight = struct.pack(">5i", *(round(value * 65536) for value in (1, 1, 0, 1, 0)))
    curve = struct.pack(">5i", *(round(value * 65536) for value in (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)))
    profile = display_p3().replace(curve, straight)
    assert profile != display_p3()
    ramp = np.broadcast_to(np.linspace(0, 3000, WIDTH)[None, :, None], (HEIGHT, WIDTH, 3)).astype(np.uint16)
    for samples in (ramp, (ramp / 65535).astype(np.float32)):
        _, shown = prepared_and_displayed(write_tiff(TiffPage(samples, tiffs.RGB, tags={34675: profile})))
        assert len(np.unique(shown[:, :, 1])) > 50


@pytest.mark.parametrize("extra", ["opaque", "alpha"])
@pytest.mark.parametrize("depth", ["8 bits", "16 bits"])
def test_inks_with_a_profile_use_it(depth: str, extra: str) -> None:
    tags = {34675: printing_press()}
    opaque = write_tiff(TiffPage(_widen(_inks(), DEPTHS[depth]), tiffs.CMYK, tags=tags))
    expected = by_vips(opaque)
    assert difference(expected, _on_white(_show_inks(_inks()), None)).mean > 10, "the profile makes no difference"
    if extra == "opaque":
        _assert_shows(opaque, expected)
        return
    samples = _widen(np.concatenate([_inks(), _alpha()], axis=2), DEPTHS[depth])
    data = write_tiff(TiffPage(samples, tiffs.CMYK, extra=(tiffs.PLAIN,), tags=tags))
    _assert_shows(data, _on_white(expected.astype(float), _alpha()), Tolerance(2, 6))


@pytest.mark.parametrize("depth", ["8 bits", "16 bits"])
def test_wide_colours_with_a_profile_are_converted(depth: str) -> None:
    data = write_tiff(TiffPage(_widen(_colours(), DEPTHS[depth]), tiffs.RGB, tags={34675: display_p3()}))
    expected = by_vips(data)
    assert difference(expected, _colours()).mean > 5, "the profile makes no difference"
    _assert_shows(data, expected)


@pytest.mark.parametrize("extra", EXTRAS)
@pytest.mark.parametrize("depth", DEPTHS)
def test_large_pictures_are_scaled_down(depth: str, extra: str) -> None:
    meaning = EXTRAS[extra]
    alpha = _alpha() if meaning in {tiffs.PLAIN, tiffs.ASSOCIATED} else None
    samples = _colours()
    if meaning is not None:
        premultiplied = np.rint(samples / 255 * _alpha()).astype(np.uint8)
        samples = np.concatenate([premultiplied if meaning == tiffs.ASSOCIATED else samples, _alpha()], axis=2)
    data = write_tiff(TiffPage(_widen(samples, DEPTHS[depth]), tiffs.RGB, extra=() if meaning is None else (meaning,)))
    prepared, shown = prepared_and_displayed(data, Policy(longest_side=161))
    assert (prepared.width, prepared.height) == (161, 103)
    expected = _on_white(_colours(), alpha)
    averaged = expected.reshape(103, 2, 161, 2, 3).mean(axis=(1, 3))
    assert_alike(shown, np.rint(averaged).astype(np.uint8), Tolerance(2, 6))


def test_hidden_colours_do_not_show() -> None:
    hidden = _colours().copy()
    hidden[:, ::3] = (0, 255, 0)
    alpha = np.full((HEIGHT, WIDTH, 1), 255, np.uint8)
    alpha[:, ::3] = 0
    data = write_tiff(TiffPage(np.concatenate([hidden, alpha], axis=2), tiffs.RGB, extra=(tiffs.PLAIN,)))
    _, shown = prepared_and_displayed(data, Policy(longest_side=107, background=(0, 0, 0)))
    assert shown[:, :, 1].mean() < _colours()[:, :, 1].mean()
