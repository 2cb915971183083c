"""Small sound images of every format, from which mutation starts.

Add a new one at the end of ``_all``: the numbers of earlier findings depend on the order.
"""

import struct
from typing import Any, NamedTuple

from PIL import Image

from tests.decoders.planted import PLANTED
from tests.decoders.sources import encoded, heic, png, smooth, to_image

_LARGE, _SMALL = (
    (120, 100),
    (24, 17),
)  # the service accepts the first; in the second, structure is a larger share of the file
_WRITTEN: list[tuple[str, str, dict[str, Any]]] = [
    ("PNG", "RGB", {}),
    ("PNG", "RGBA", {}),
    ("PNG", "P", {}),
    ("PNG", "1", {}),
    ("PNG", "LA", {}),
    ("PNG", "I;16", {}),
    ("JPEG", "RGB", {}),
    ("JPEG", "L", {}),
    ("JPEG", "CMYK", {"progressive": True}),
    ("JPEG", "RGB", {"progressive": True, "subsampling": "4:4:4"}),
    ("JPEG", "RGB", {"restart_marker_rows": 1, "keep_rgb": True}),
    ("GIF", "P", {}),
    ("GIF", "L", {"interlace": 0}),
    ("BMP", "RGB", {}),
    ("BMP", "P", {}),
    ("BMP", "1", {}),
    ("BMP", "RGBA", {}),
    ("WEBP", "RGB", {}),
    ("WEBP", "RGBA", {}),
    ("WEBP", "RGBA", {"lossless": True}),
    ("TIFF", "RGB", {}),
    ("TIFF", "RGBA", {"compression": "tiff_lzw"}),
    ("TIFF", "CMYK", {"compression": "tiff_adobe_deflate"}),
    ("TIFF", "P", {"compression": "packbits"}),
    ("TIFF", "RGB", {"compression": "jpeg"}),
    ("TIFF", "1", {"compression": "group4"}),
    ("TIFF", "F", {}),
    ("TIFF", "I;16", {}),
    ("TIFF", "L", {"big_tiff": True}),
    ("PPM", "RGB", {}),
    ("PPM", "L", {}),
    ("PPM", "1", {}),
    ("AVIF", "RGB", {}),
]


class Seed(NamedTuple):
    format: str
    data: bytes


def _convert(mode: str, size: tuple[int, int]) -> Image.Image:
    image = to_image(smooth(*size))
    if mode == "I;16":
        return image.convert("I").convert(mode)
    if mode in {"LA", "RGBA"}:
        image.putalpha(image.getchannel("B"))
    return image.convert(mode)


def _write_plain(size: tuple[int, int]) -> bytes:
    return b"P3\n%d %d\n255\n" % size + b" ".join(b"%d" % level for level in smooth(*size).tobytes())


def _bmp(size: tuple[int, int], depth: int, compression: int, pixels: bytes) -> bytes:
    """Return a BMP with bit fields of 10 bits, or with run lengths and a palette of noise."""
    between = struct.pack("<3I", 0x3FF00000, 0xFFC00, 0x3FF) if depth == 32 else bytes(range(64)) * 16 * (depth < 24)
    header = 64 if depth == 24 else 40
    info = struct.pack("<IiiHHIIiiII", header, *size, 1, depth, compression, 0, 0, 0, 0, 0).ljust(header, b"\0")
    offset = 14 + len(info + between)
    return b"BM" + struct.pack("<IHHI", offset + len(pixels), 0, 0, offset) + info + between + pixels


def _bmps(size: tuple[int, int]) -> list[bytes]:
    width, height = size
    runs = bytes((width - 8, 0x12, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0)) * (height - 1) + b"\0\2\1\0\0\1"
    halves = bytes((width - 8, 0x12, 0, 8, 1, 2, 3, 4, 0, 0)) * height + b"\0\1"
    colours = bytes((width - 2, 1, 2, 3, 2, 4, 5, 6, 0, 0)) * height + b"\0\1"
    return [
        _bmp(size, 8, 1, runs),
        _bmp(size, 4, 2, halves),
        _bmp(size, 24, 4, colours),
        _bmp(size, 32, 3, smooth(width * 4 // 3, height).tobytes()[: 4 * width * height].ljust(4 * width * height)),
    ]


def _all() -> list[Seed]:
    seeds = [Seed(name.split()[0].upper(), data) for name, data in PLANTED.items() if len(data) < 50_000]
    for size in (_LARGE, _SMALL):
        seeds += [Seed(form, encoded(_convert(mode, size), form, **options)) for form, mode, options in _WRITTEN]
        seeds += [Seed("PNG", png(smooth(*size, highest=highest), interlaced=True)) for highest in (255, 65535)]
        seeds += [Seed("PPM", _write_plain(size)), Seed("HEIC", heic(to_image(smooth(*size))))]
    for size in (_LARGE, _SMALL):
        seeds += [Seed("BMP", data) for data in _bmps(size)]
    return seeds


SEEDS = _all()
