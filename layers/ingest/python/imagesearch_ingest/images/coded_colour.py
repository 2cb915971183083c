"""Convert colours that a file describes by code points (ITU-T H.273) instead of an ICC profile.

The code points of SDR become a small ICC profile, which is applied like any other. Unspecified ones count as sRGB. So
does the curve of BT.709, as in browsers (ADR 35).
"""

import struct
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

UNSPECIFIED = 2
_SRGB = 1  # primaries of BT.709
_PQ, _HLG = 16, 18
_D50 = (0.9642, 1.0, 0.8249)
_D65, _C, _E, _DCI = (0.3127, 0.3290), (0.310, 0.316), (1 / 3, 1 / 3), (0.314, 0.351)
# Names, red, green, blue and white (H.273, table 2).
_PRIMARIES = {
    4: ("bt.470 m", (0.67, 0.33), (0.21, 0.71), (0.14, 0.08), _C),
    5: ("bt.601 pal", (0.64, 0.33), (0.29, 0.60), (0.15, 0.06), _D65),
    6: ("bt.601 ntsc", (0.630, 0.340), (0.310, 0.595), (0.155, 0.070), _D65),
    7: ("smpte 240m", (0.630, 0.340), (0.310, 0.595), (0.155, 0.070), _D65),
    8: ("film", (0.681, 0.319), (0.243, 0.692), (0.145, 0.049), _C),
    9: ("bt.2020", (0.708, 0.292), (0.170, 0.797), (0.131, 0.046), _D65),
    10: ("xyz", (1.0, 0.0), (0.0, 1.0), (0.0, 0.0), _E),
    11: ("dci p3", (0.680, 0.320), (0.265, 0.690), (0.150, 0.060), _DCI),
    12: ("display p3", (0.680, 0.320), (0.265, 0.690), (0.150, 0.060), _D65),
    22: ("ebu 3213", (0.630, 0.340), (0.295, 0.605), (0.155, 0.077), _D65),
}
_BT709 = ("bt.709", (0.64, 0.33), (0.30, 0.60), (0.15, 0.06), _D65)
# Curves as ICC's parametric curve of type 3 (ICC.1:2022, table 68): gamma, a, b, c, d. H.273, table 3.
_SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
_CURVES = {
    4: (2.2, 1, 0, 0, 0),
    5: (2.8, 1, 0, 0, 0),
    7: (1 / 0.45, 1 / 1.1115, 0.1115 / 1.1115, 1 / 4, 4 * 0.0228),
    8: (1, 1, 0, 0, 0),
    17: (2.6, (52.37 / 48) ** (1 / 2.6), 0, 0, 0),
}
# Bradford's matrix, to the response of the eye's cones and back (ICC.1:2022, annex E).
_CONES = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))

Vector = Sequence[float]
Matrix = Sequence[Vector]


class CodedColour(NamedTuple):
    """Code points of H.273, and the light of the brightest pixel in cd/m2 if the file says it."""

    primaries: int
    transfer: int
    max_light: int = 0  # MaxCLL (CTA-861.3); 0: unknown

    @property
    def is_hdr(self) -> bool:
        """Return whether the samples follow PQ or HLG (ITU-R BT.2100), which need tone mapping."""
        return self.transfer in {_PQ, _HLG}

    @property
    def is_hlg(self) -> bool:
        """Return whether the samples follow HLG."""
        return self.transfer == _HLG

    @property
    def name(self) -> str:
        """Return the name of the colour space, for people."""
        primaries = _PRIMARIES.get(self.primaries, _BT709)[0]
        return f"{primaries} {'hlg' if self.is_hlg else 'pq'}" if self.is_hdr else primaries


def build_profile(colour: CodedColour) -> bytes | None:
    """Return an ICC profile of version 4 for code points of SDR. ``None``: they mean sRGB, or are unspecified."""
    if colour.primaries not in _PRIMARIES and colour.transfer not in _CURVES:
        return None
    curve = _CURVES.get(colour.transfer, _SRGB_CURVE)
    return _build_profile(_PRIMARIES.get(colour.primaries, _BT709), curve)


def read_coded_colour(profile: bytes) -> CodedColour | None:
    """Return the code points that an ICC profile holds beside its tables (ICC.1:2022, section 9.2.17)."""
    tags = int.from_bytes(profile[128:132], "big")
    for at in range(132, min(132 + 12 * tags, len(profile)), 12):
        if profile[at : at + 4] == b"cicp":
            start = int.from_bytes(profile[at + 4 : at + 8], "big") + 8
            codes = profile[start : start + 2]
            return CodedColour(codes[0], codes[1]) if len(codes) == 2 else None  # noqa: PLR2004 (two codes)
    return None


@cache
def find_matrix(source: int, target: int = _SRGB) -> Matrix:
    """Return the matrix from linear RGB of some primaries to linear RGB of others, by code points."""
    to_xyz = _find_xyz(*_PRIMARIES.get(source, _BT709)[1:])
    from_xyz = _invert(_find_xyz(*_PRIMARIES.get(target, _BT709)[1:]))
    return _multiply(from_xyz, to_xyz)


@cache
def _build_profile(primaries: tuple[str, Vector, Vector, Vector, Vector], curve: Vector) -> bytes:
    name, *corners = primaries
    red, green, blue = zip(*_find_xyz(*corners), strict=True)
    parametric = b"para" + bytes(4) + struct.pack(">HH", 3, 0) + _pack(curve)
    text = name.encode("utf-16-be")
    tags = {
        b"desc": b"mluc" + bytes(4) + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(text), 28) + text,
        b"wtpt": b"XYZ " + bytes(4) + _pack(_D50),
        b"rXYZ": b"XYZ " + bytes(4) + _pack(red),
        b"gXYZ": b"XYZ " + bytes(4) + _pack(green),
        b"bXYZ": b"XYZ " + bytes(4) + _pack(blue),
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), parametric),
    }
    directory, bodies = b"", b""
    start = 128 + 4 + 12 * len(tags)
    for kind, body in tags.items():
        directory += kind + struct.pack(">II", start + len(bodies), len(body))
        bodies += body + bytes(-len(body) % 4)
    size = start + len(bodies)
    head = struct.pack(">I4xI4s4s4s12x4s28x", size, 0x04400000, b"mntr", b"RGB ", b"XYZ ", b"acsp") + _pack(_D50)
    return head + bytes(128 - len(head)) + struct.pack(">I", len(tags)) + directory + bodies


def _find_xyz(red: Vector, green: Vector, blue: Vector, white: Vector) -> Matrix:
    """Return the matrix from linear RGB to XYZ, adapted to D50."""
    corners = _transpose([_lift(one) for one in (red, green, blue)])
    target = _lift_white(white)
    scale = _apply(_invert(corners), target)
    to_xyz = tuple(tuple(value * factor for value, factor in zip(row, scale, strict=True)) for row in corners)
    seen, wanted = _apply(_CONES, target), _apply(_CONES, _D50)
    adapt = [[cell * wanted[at] / seen[at] for cell in row] for at, row in enumerate(_CONES)]
    return _multiply(_multiply(_invert(_CONES), adapt), to_xyz)


def _lift(point: Vector) -> Vector:
    x, y = point
    return (x, y, 1 - x - y)


def _lift_white(point: Vector) -> Vector:
    x, y, z = _lift(point)
    return (x / y, 1.0, z / y)


def _apply(matrix: Matrix, vector: Vector) -> Vector:
    return tuple(sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)


def _multiply(one: Matrix, other: Matrix) -> Matrix:
    return _transpose([_apply(one, column) for column in zip(*other, strict=True)])


def _transpose(rows: Matrix) -> Matrix:
    return tuple(zip(*rows, strict=True))


def _invert(matrix: Matrix) -> Matrix:
    (a, b, c), (d, e, f), (g, h, i) = matrix
    cofactors = (
        (e * i - f * h, c * h - b * i, b * f - c * e),
        (f * g - d * i, a * i - c * g, c * d - a * f),
        (d * h - e * g, b * g - a * h, a * e - b * d),
    )
    determinant = a * cofactors[0][0] + b * cofactors[1][0] + c * cofactors[2][0]
    return tuple(tuple(value / determinant for value in row) for row in cofactors)


def _pack(values: Vector) -> bytes:
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)
