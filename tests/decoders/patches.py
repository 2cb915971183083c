"""Draw flat patches in AVIF and HEIC of 8 to 12 bits, with code points for their colours, and read them again."""

import struct
from collections.abc import Callable
from io import BytesIO

import numpy as np
import pillow_heif
import pyvips
from PIL import Image

from imagesearch_ingest.images import Policy, prepare
from imagesearch_ingest.model.images import PreparedImage

_SIDE = 32  # pixels
_POLICY = Policy(quality=95)
Writer = Callable[[np.ndarray, int, int], bytes]


def ramps() -> np.ndarray:
    """Return samples of 0 to 1: from black to white, to the three primaries, and to three mixtures."""
    colours = [(1, 1, 1), (1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 0.6, 0.3), (0.3, 1, 0.8), (0.7, 0.5, 1)]
    return np.array([[[step / 11 * band for band in colour] for step in range(12)] for colour in colours])


def write_avif(
    samples: np.ndarray, primaries: int, transfer: int, *, bits: int = 10, subsampled: bool = False
) -> bytes:
    """Return an AVIF. Libvips writes the code points of sRGB, which are replaced."""
    pixels = np.rint(_enlarge(samples) * 65535).astype(np.uint16)
    image = pyvips.Image.new_from_array(pixels, interpretation="rgb16")
    data = image.heifsave_buffer(
        compression="av1", bitdepth=bits, lossless=True, effort=0, subsample_mode="on" if subsampled else "off"
    )
    at = data.index(b"colrnclx") + 8
    return data[:at] + struct.pack(">HH", primaries, transfer) + data[at + 4 :]


def write_heic(samples: np.ndarray, primaries: int, transfer: int) -> bytes:
    """Return a HEIC of 10 bits without chroma subsampling."""
    pixels = np.rint(_enlarge(samples) * 65535).astype("<u2")
    size = (pixels.shape[1], pixels.shape[0])
    buffer = BytesIO()
    pillow_heif.from_bytes("RGB;16", size, pixels.tobytes()).save(
        buffer,
        quality=-1,
        chroma=444,
        color_primaries=primaries,
        transfer_characteristics=transfer,
        matrix_coefficients=6,
        full_range_flag=1,
    )
    return buffer.getvalue()


def add_property(data: bytes, content: bytes, *, is_essential: bool = False) -> bytes:
    """Return an AVIF of libvips' with another property for its one image. ``content`` begins with the box's type."""
    box = struct.pack(">I", len(content) + 4) + content
    grown = bytearray(data)
    at = data.index(b"ipma") + 4 + 4 + 4 + 2  # behind its version, the number of entries, and the first item's number
    properties = data.index(b"ipco")
    end = properties - 4 + int.from_bytes(data[properties - 4 : properties], "big")
    index, position = 1, properties + 4
    while position < end:
        position += int.from_bytes(data[position : position + 4], "big")
        index += 1
    grown[at] += 1
    grown[at + grown[at] : at + grown[at]] = bytes([index | 0x80 * is_essential])
    grown[end:end] = box
    for kind, more in ((b"ipma", 1), (b"ipco", len(box)), (b"iprp", len(box) + 1), (b"meta", len(box) + 1)):
        start = grown.index(kind) - 4
        grown[start : start + 4] = (int.from_bytes(grown[start : start + 4], "big") + more).to_bytes(4, "big")
    return _move_data(grown, len(box) + 1)


def prepare_patches(data: bytes, samples: np.ndarray) -> tuple[PreparedImage, np.ndarray]:
    """Return the mean colour in the middle of each patch of the prepared image, in levels of 0 to 255."""
    prepared = prepare(data, _POLICY)
    shown = np.asarray(Image.open(BytesIO(prepared.data)).convert("RGB"), dtype=float)
    rows, columns = samples.shape[:2]
    assert shown.shape == (rows * _SIDE, columns * _SIDE, 3)
    tiles = shown.reshape(rows, _SIDE, columns, _SIDE, 3)
    return prepared, tiles[:, 12:20, :, 12:20].mean(axis=(1, 3))


def _enlarge(samples: np.ndarray) -> np.ndarray:
    return samples.repeat(_SIDE, axis=0).repeat(_SIDE, axis=1)


def _move_data(data: bytearray, by: int) -> bytes:
    """Correct the places of the items' data (iloc of version 0, with offsets and lengths of 4 bytes)."""
    at = data.index(b"iloc") + 4
    assert data[at] == 0
    base_size = data[at + 5] >> 4
    at += 8
    for _ in range(int.from_bytes(data[at - 2 : at], "big")):
        at += 4 + base_size + 2
        data[at : at + 4] = (int.from_bytes(data[at : at + 4], "big") + by).to_bytes(4, "big")
        at += 8
    return bytes(data)
