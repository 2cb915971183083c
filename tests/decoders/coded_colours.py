"""Compute the sRGB of colours that are described by code points (ITU-T H.273), in float and from the standards.

Nothing here is shared with the library. All whites are D65, so no adaptation is needed, and no curve is tabulated.
"""

import numpy as np

BT709, BT601, BT2020, DISPLAY_P3 = 1, 6, 9, 12
LIKE_SRGB, GAMMA_22, LINEAR, SRGB, PQ, HLG = 1, 4, 8, 13, 16, 18
_CORNERS = {
    BT709: ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06)),
    BT601: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    BT2020: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    DISPLAY_P3: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
}
_D65 = np.array([0.3127 / 0.3290, 1, (1 - 0.3127 - 0.3290) / 0.3290])


def to_srgb(signal: np.ndarray, primaries: int, transfer: int) -> np.ndarray:
    """Return levels of 0 to 255 in sRGB for samples of 0 to 1. They are not rounded."""
    light = {LIKE_SRGB: _decode_srgb, SRGB: _decode_srgb, GAMMA_22: lambda v: v**2.2, LINEAR: lambda v: v}[transfer](
        signal
    )
    return _encode(light @ _between(primaries, BT709).T)


def tone_mapped(signal: np.ndarray, primaries: int, transfer: int, peak: float = 1000) -> np.ndarray:
    """Return levels of 0 to 255 in sRGB for samples of PQ or HLG, as Chromium 150 shows them. ``peak`` in cd/m2.

    Curves: ITU-R BT.2100, tables 4 and 5. Operator: SMPTE ST 2094-50, annex C, in units of 203 cd/m2.
    """
    wide = _between(primaries, BT2020).T
    light = _light_pq(signal) @ wide if transfer == PQ else _light_hlg(_decode_hlg(signal) @ wide)
    brightest = light.max(axis=-1, keepdims=True)
    gain = np.where(brightest > 0, _map(brightest, peak / 203) / np.maximum(brightest, 1e-9), 1)
    return _encode((light * gain) @ _between(BT2020, BT709).T)


def _map(light: np.ndarray, peak: float) -> np.ndarray:
    """Follow the curve: straight up to the reference white, then a quadratic Bezier, and white beyond the peak."""
    white = 1 - 0.5 * min(np.log2(peak) / np.log2(1000 / 203), 1)
    steps = np.linspace(0, 1, 200_001)
    bend = (0.35 + 0.65 / white, 0.35 * white + 0.65)
    across = (1 - steps) ** 2 + 2 * (1 - steps) * steps * bend[0] + steps**2 * peak
    up = (1 - steps) ** 2 * white + 2 * (1 - steps) * steps * bend[1] + steps**2
    return np.where(light <= 1, light * white, np.interp(light, across, up, right=1))


def _light_pq(signal: np.ndarray) -> np.ndarray:
    m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
    power = signal ** (1 / m2)
    return (np.maximum(power - c1, 0) / (c2 - c3 * power)) ** (1 / m1) * 10_000 / 203


def _decode_hlg(signal: np.ndarray) -> np.ndarray:
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)


def _light_hlg(scene: np.ndarray) -> np.ndarray:
    luminance = scene @ np.array([0.2627, 0.6780, 0.0593])
    return scene * np.maximum(luminance, 1e-9)[..., None] ** 0.2 * 1000 / 203


def _decode_srgb(signal: np.ndarray) -> np.ndarray:
    return np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)


def _encode(light: np.ndarray) -> np.ndarray:
    light = np.clip(light, 0, 1)
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def _between(source: int, target: int) -> np.ndarray:
    return np.linalg.inv(_to_xyz(target)) @ _to_xyz(source)


def _to_xyz(primaries: int) -> np.ndarray:
    corners = np.array([(x / y, 1, (1 - x - y) / y) for x, y in _CORNERS[primaries]]).T
    return corners * np.linalg.solve(corners, _D65)
