"""Build ICC profiles, since none may be shipped: Display P3, straight curves, and a small one of a printing press.

Layout: ICC.1:2001-04 (version 2) and ICC.1:2022 (version 4), sections 7 and 10.
"""

import struct
from collections.abc import Iterable
from itertools import product

_D50 = (0.9642, 1.0, 0.8249)
_VERSION_2, _VERSION_4 = 0x02400000, 0x04200000
# Display P3's primaries, adapted to D50 (SMPTE EG 432-1, by Bradford's matrix), and sRGB's curve (IEC 61966-2-1).
_P3_PRIMARIES = {
    b"rXYZ": (0.51512, 0.24120, -0.00105),
    b"gXYZ": (0.29198, 0.69225, 0.04189),
    b"bXYZ": (0.15710, 0.06657, 0.78407),
}
# sRGB's primaries, adapted to D50 likewise (IEC 61966-2-1).
_SRGB_PRIMARIES = {
    b"rXYZ": (0.43607, 0.22249, 0.01392),
    b"gXYZ": (0.38515, 0.71687, 0.09708),
    b"bXYZ": (0.14307, 0.06061, 0.71410),
}
_STRAIGHT = b"curv" + bytes(8)
_SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
# L*, a*, b* of paper and solid inks overprinting, by (cyan, magenta, yellow): roughly offset on coated paper.
_INKS = {
    (0, 0, 0): (100, 0, 0),
    (0, 0, 1): (89, -5, 93),
    (0, 1, 0): (48, 74, -3),
    (0, 1, 1): (47, 68, 48),
    (1, 0, 0): (55, -37, -50),
    (1, 0, 1): (50, -65, 27),
    (1, 1, 0): (24, 17, -46),
    (1, 1, 1): (23, 0, 0),
}
_UNDER_BLACK = 0.12  # the share that solid black ink leaves of them


def display_p3() -> bytes:
    tags = {name: _xyz(value) for name, value in _P3_PRIMARIES.items()}
    curve = b"para" + bytes(4) + struct.pack(">HH", 3, 0) + _fixed(_SRGB_CURVE)
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    return _profile(_VERSION_4, b"mntr", b"RGB ", b"XYZ ", tags)


def gamma_one() -> bytes:
    """Return sRGB's primaries with straight curves: samples are shares of light."""
    tags = {name: _xyz(value) for name, value in _SRGB_PRIMARIES.items()}
    return _profile(_VERSION_2, b"mntr", b"RGB ", b"XYZ ", tags | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), _STRAIGHT))


def gamma_one_grey() -> bytes:
    return _profile(_VERSION_2, b"mntr", b"GRAY", b"XYZ ", {b"kTRC": _STRAIGHT})


def printing_press() -> bytes:
    """Return a profile from CMYK to Lab with two steps per ink: 16 nodes, with interpolation between them."""
    nodes = b"".join(_lab(_node(*inks)) for inks in product((0, 1), repeat=4))
    straight = struct.pack(">HH", 0, 65535)
    identity = _fixed((1, 0, 0, 0, 1, 0, 0, 0, 1))
    table = b"mft2" + bytes(4) + bytes((4, 3, 2, 0)) + identity + struct.pack(">HH", 2, 2)
    return _profile(_VERSION_2, b"prtr", b"CMYK", b"Lab ", {b"A2B0": table + straight * 4 + nodes + straight * 3})


def _node(cyan: int, magenta: int, yellow: int, black: int) -> tuple[float, ...]:
    share = _UNDER_BLACK if black else 1
    return tuple(value * share for value in _INKS[cyan, magenta, yellow])


def _lab(value: Iterable[float]) -> bytes:
    """Pack Lab into 16 bits, as version 2 does (ICC.1:2001-04, table 12)."""
    lightness, a, b = value
    return struct.pack(">HHH", round(lightness * 652.8), round((a + 128) * 256), round((b + 128) * 256))


def _fixed(values: Iterable[float]) -> bytes:
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def _xyz(value: Iterable[float]) -> bytes:
    return b"XYZ " + bytes(4) + _fixed(value)


def _text(version: int, text: bytes) -> bytes:
    if version == _VERSION_4:
        wide = text.decode().encode("utf-16-be")
        return b"mluc" + bytes(4) + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(wide), 28) + wide
    return b"desc" + bytes(4) + struct.pack(">I", len(text) + 1) + text + bytes(1 + 8 + 3 + 67)


def _profile(version: int, device: bytes, space: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    tags = {b"desc": _text(version, b"for tests"), b"wtpt": _xyz(_D50), **tags}
    directory, bodies = b"", b""
    start = 128 + 4 + 12 * len(tags)
    for name, body in tags.items():
        directory += name + struct.pack(">II", start + len(bodies), len(body))
        bodies += body + bytes(-len(body) % 4)
    head = struct.pack(
        ">I4sI4s4s4s12x4s28x", start + len(bodies), bytes(4), version, device, space, connection, b"acsp"
    )
    return head + _fixed(_D50) + bytes(128 - len(head) - 12) + struct.pack(">I", len(tags)) + directory + bodies
