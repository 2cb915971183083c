"""Build ICC profiles of cameras' colour spaces, so that nothing has to be downloaded.

Each has three primaries, adapted to D50 by Bradford's matrix as profiles require, and one curve. Layout: ICC.1:2022,
sections 7 and 10.
"""

import struct
from collections.abc import Iterable

_D50 = (0.9642, 1.0, 0.8249)
_VERSION_4 = 0x04200000
_HEADER_BYTES = 128
_PARAMETRIC = 3  # a power with a straight beginning (section 10.18)
_SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)  # IEC 61966-2-1
_ADOBE_CURVE = (2.19921875, 1.0, 0.0, 0.0, 0.0)  # Adobe RGB (1998), section 4.3.1.2
_SRGB = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))
_DISPLAY_P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
_ADOBE_RGB = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))


def srgb() -> bytes:
    return _build("sRGB", _SRGB, _SRGB_CURVE)


def display_p3() -> bytes:
    return _build("Display P3", _DISPLAY_P3, _SRGB_CURVE)


def adobe_rgb() -> bytes:
    return _build("Adobe RGB", _ADOBE_RGB, _ADOBE_CURVE)


def _build(name: str, primaries: Iterable[Iterable[float]], curve: Iterable[float]) -> bytes:
    tags = {b"desc": _text(name), b"cprt": _text("none"), b"wtpt": _xyz(_D50)}
    tags |= {tag: _xyz(primary) for tag, primary in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries, strict=True)}
    shaped = b"para" + bytes(4) + struct.pack(">HH", _PARAMETRIC, 0) + _fixed(curve)
    return _join(tags | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), shaped))


def _join(tags: dict[bytes, bytes]) -> bytes:
    directory, bodies = struct.pack(">I", len(tags)), b""
    start = _HEADER_BYTES + 4 + 12 * len(tags)
    for tag, body in tags.items():
        directory += tag + struct.pack(">II", start + len(bodies), len(body))
        bodies += body + bytes(-len(body) % 4)
    head = struct.pack(">I4xI4s4s4s12x4s28x", start + len(bodies), _VERSION_4, b"mntr", b"RGB ", b"XYZ ", b"acsp")
    return (head + _fixed(_D50)).ljust(_HEADER_BYTES, b"\0") + directory + bodies


def _text(text: str) -> bytes:
    wide = text.encode("utf-16-be")
    return b"mluc" + bytes(4) + struct.pack(">II4sII", 1, 12, b"enUS", len(wide), 28) + wide


def _xyz(value: Iterable[float]) -> bytes:
    return b"XYZ " + bytes(4) + _fixed(value)


def _fixed(values: Iterable[float]) -> bytes:
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)
