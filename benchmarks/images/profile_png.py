"""Measure the parts of preparing a large PNG: ``python -m benchmarks.images.profile_png``. Medians, one thread."""

import argparse
import os
import sys
import zlib
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from io import BytesIO
from statistics import median
from time import perf_counter

from PIL import Image

from benchmarks.images.contenders import FOLDER
from benchmarks.images.sources import SOURCES

_FILTERS = ("LANCZOS", "BICUBIC", "HAMMING", "BOX")
_SIGNATURE_BYTES = 8
_CHUNK_FRAME_BYTES = 12  # length, type and CRC (PNG 3rd edition, section 5.3)


def join_pixel_data(png: bytes) -> bytes:
    """Return the joined data of all IDAT chunks."""
    parts, at = [], _SIGNATURE_BYTES
    while at < len(png):
        length = int.from_bytes(png[at : at + 4], "big")
        if png[at + 4 : at + 8] == b"IDAT":
            parts.append(png[at + 8 : at + 8 + length])
        at += length + _CHUNK_FRAME_BYTES
    return b"".join(parts)


def profile(png: bytes, limit: int, runs: int) -> dict[str, float]:
    """Return milliseconds by part. Some parts contain others, as their names say."""
    stream, image = join_pixel_data(png), _decode(png)
    scale = limit / max(image.size)
    size = (round(image.width * scale), round(image.height * scale))
    fitted = image.resize(size, Image.Resampling.BICUBIC)
    parts: dict[str, Callable[[], object]] = {
        "CRC of the compressed data, Python's zlib": lambda: zlib.crc32(stream),
        "inflate alone, Python's zlib": lambda: zlib.decompress(stream),
        "decode, Pillow (inflate, CRC, unfilter)": lambda: _decode(png),
    }
    for name in _FILTERS:
        resized = partial(image.resize, size, Image.Resampling[name], reducing_gap=2.0)
        parts[f"resize to {size[0]}x{size[1]}, Pillow, {name.lower()}"] = resized
    parts |= _list_libvips_parts(png)
    parts["encode, quality 90, 4:2:0, Pillow"] = lambda: fitted.save(BytesIO(), "JPEG", quality=90, subsampling="4:2:0")
    return {name: _measure(part, runs) for name, part in parts.items()}


def _list_libvips_parts(png: bytes) -> dict[str, Callable[[], object]]:
    """Return libvips' decoding, to show the cost of the format itself; nothing if pyvips is not installed."""
    if not find_spec("pyvips"):
        return {}
    os.environ["VIPS_CONCURRENCY"] = "1"
    import pyvips  # type: ignore[import-untyped]  # noqa: PLC0415 (it reads the environment when it is imported)

    pyvips.cache_set_max(0)
    return {
        "decode, libvips (the same)": lambda: pyvips.Image.new_from_buffer(png, "", access="sequential").copy_memory()
    }


def _decode(png: bytes) -> Image.Image:
    image = Image.open(BytesIO(png))
    image.load()
    return image


def _measure(part: Callable[[], object], runs: int) -> float:
    times = []
    for _ in range(runs):
        start = perf_counter()
        part()
        times.append((perf_counter() - start) * 1000)
    return median(times)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.images.profile_png", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="runs per part")
    parser.add_argument("--limit", type=int, default=4096, help="longest side, in pixels")
    options = parser.parse_args(arguments)
    source = next(source for source in SOURCES if source.name == "png-24mp")
    png = source.file(FOLDER / ".sources").read_bytes()
    print(f"{source.title}, {len(png) / 1e6:.1f} MB, {source.width}x{source.height}")
    for name, ms in profile(png, options.limit, options.runs).items():
        print(f"{ms:8.1f} ms  {name}")


if __name__ == "__main__":
    main(sys.argv[1:])
