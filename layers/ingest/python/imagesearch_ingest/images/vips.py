"""Decode and scale with libvips, which does both strip by strip and with vector instructions (ADR 32).

Pillow stays the type of an image between the steps. A format uses libvips where it is faster or reads more than Pillow.
Importing it takes 30 ms, so only the first image that needs it pays.
"""

from __future__ import annotations

import logging
import threading
from typing import IO, TYPE_CHECKING, Literal, TypeVar, cast

from PIL import Image, ImageFile

from imagesearch_ingest.images.colour import is_usable
from imagesearch_ingest.images.sides import find_fitted_size

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    import pyvips  # type: ignore[import-untyped] # published without type information

    from imagesearch_ingest.images.policy import Policy

Loader = Literal["jpeg", "png", "tiff", "webp", "heif"]
T = TypeVar("T")
_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
# Images of Pillow's that ``scale_pixels`` takes, and the mode in which their bands may be mixed.
SCALED_MODES = {"L": "L", "RGB": "RGB", "YCbCr": "YCbCr", "CMYK": "CMYK", "RGBA": "RGBa"}
# 43 to 54 dB from Lanczos' result, where Pillow's Hamming is 40 to 50 dB from it (ADR 32).
_KERNEL = "cubic"
# By bands: Pillow's mode, and libvips' names for samples of 8 and 16 bits.
_PROFILED = {1: ("L", "b-w", "grey16"), 3: ("RGB", "srgb", "rgb16"), 4: ("CMYK", "cmyk", "cmyk")}
_INTENT = {"intent": "relative", "black_point_compensation": True}
# How to turn an image by its EXIF orientation: mirror it at an axis, and then rotate it clockwise.
_TURNS = {
    2: ("horizontal", None),
    3: (None, "d180"),
    4: ("vertical", None),
    5: ("horizontal", "d270"),
    6: (None, "d90"),
    7: ("horizontal", "d90"),
    8: (None, "d270"),
}
_JFIF = b"\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"  # version 1.1, square pixels (ITU-T T.871, 10.1)
_WITH_ALPHA = {2, 4}  # numbers of bands
_LEVELS = 65_535
_lock = threading.Lock()
_vips: ModuleType | None = None


def get_vips() -> ModuleType:
    """Return pyvips, configured for this process: one thread an image, nothing cached, only fuzzed loaders.

    Several threads may call it, and work on images, at once. Nothing that libvips says about a file is logged.
    """
    global _vips  # noqa: PLW0603 (imported once per process)
    with _lock:
        if _vips is None:
            logging.getLogger("pyvips").propagate = False  # the platform prints whatever reaches the root logger
            import pyvips  # noqa: PLC0415 (see above)

            pyvips.cache_set_max(0)
            pyvips.concurrency_set(1)
            pyvips.block_untrusted_set(True)  # noqa: FBT003 (the library's own signature)
            _vips = pyvips
    return _vips


def attempt(work: Callable[[], T]) -> T | None:
    """Return what ``work`` returns; ``None`` if libvips refuses the image or lacks memory.

    Another reader then decides, and has the word on what is wrong with the file.
    """
    try:
        return work()
    except get_vips().Error:
        return None


def get_bytes(opened: ImageFile.ImageFile) -> bytes:
    """Return the bytes that a plugin of Pillow's has opened, without copying them."""
    file = cast("IO[bytes]", opened.fp)
    file.seek(0)
    return file.read()


def open_image(data: bytes, loader: Loader, **options: object) -> pyvips.Image:
    """Return the image as the loader sees it after the header. Its rows are decoded once, from top to bottom.

    Options are those of libvips' loader, such as ``page``. Raise ``pyvips.Error``.
    """
    vips = get_vips()
    source = vips.Source.new_from_memory(data)  # without the copy of the file that a buffer would mean
    load = getattr(vips.Image, f"{loader}load_source")
    image = load(source, **{"access": "sequential", "fail_on": "truncated", **options})
    image._references.append(source)  # noqa: SLF001 (the list by which pyvips itself keeps memory alive in operations)
    return image


def keep_last_rows(image: pyvips.Image) -> pyvips.Image:
    """Return the image with a memory of its last rows, for ``read_last_pixel`` after all of it has been decoded."""
    return image.linecache(tile_height=16, access="sequential", persistent=True)


def read_last_pixel(image: pyvips.Image) -> list[float]:
    """Return the levels of the last pixel."""
    return cast("list[float]", image.getpoint(image.width - 1, image.height - 1))


def shrink(image: pyvips.Image, policy: Policy) -> tuple[pyvips.Image, str | None]:
    """Scale the image down to the sides that the policy asks for. Hidden colours do not show."""
    width, height = find_fitted_size(image.width, image.height, policy)
    if width >= image.width:
        return image, None
    note = f"{image.width}x{image.height} to {width}x{height}"
    return resize(image, (width, height)), note


def resize(image: pyvips.Image, size: tuple[int, int]) -> pyvips.Image:
    """Scale the image down to ``size``, with its transparency multiplied in."""
    if not image.hasalpha():
        return _resize_bands(image, size)
    if image.format == "uchar":  # flattening on black multiplies without going through fractions
        colours, alpha = _resize_bands(image.flatten(background=0), size), _resize_bands(image[-1], size)
        return colours.bandjoin(alpha).unpremultiply().cast("uchar")
    return _resize_bands(image.premultiply(), size).unpremultiply().cast(image.format)


def _resize_bands(image: pyvips.Image, size: tuple[int, int]) -> pyvips.Image:
    return image.resize(size[0] / image.width, vscale=size[1] / image.height, kernel=_KERNEL)


def fill_levels(image: pyvips.Image, bits: int) -> pyvips.Image:
    """Return samples of 16 bits that reach white. Libheif shifts fewer bits to the left, and leaves the lowest at 0."""
    white = _LEVELS - _LEVELS % (1 << 16 - bits)
    return image.linear(_LEVELS / white, 0.5).cast("ushort")


def split_alpha(image: pyvips.Image) -> tuple[pyvips.Image, pyvips.Image | None]:
    """Return the colours, grey or RGB, and the transparency."""
    if image.bands not in _WITH_ALPHA:
        return image, None
    return image.extract_band(0, n=image.bands - 1), image.extract_band(image.bands - 1)


def join_alpha(colours: pyvips.Image, alpha: pyvips.Image | None) -> pyvips.Image:
    """Return colours of 8 bits with their transparency, which may still have 16."""
    return colours if alpha is None else colours.bandjoin(reduce_depth(alpha))


def reduce_depth(image: pyvips.Image) -> pyvips.Image:
    """Scale samples of 16 bits to 8, to the nearest level. Fewer bits stay."""
    if image.format == "uchar":
        return image
    return image.linear(1 / 257, 0.5, uchar=True).copy(interpretation="srgb" if image.bands > 2 else "b-w")  # noqa: PLR2004 (grey with alpha)


def fits_profile(colours: pyvips.Image, profile: bytes) -> bool:
    """Return whether the profile is whole, and describes the colour space of these bands.

    Libvips would replace a broken one by sRGB without a word.
    """
    return is_usable(profile, _PROFILED[colours.bands][0])


def convert_to_srgb(colours: pyvips.Image, profile: bytes) -> pyvips.Image | None:
    """Convert samples by the profile, without transparency, and then to 8 bits.

    The other way round, dark gradients would show steps. The intent is relative colorimetric with black point
    compensation, as in ``colour``. ``None``: the profile is broken, or describes another colour space.
    """
    if not fits_profile(colours, profile):
        return None
    is_deep = colours.format == "ushort"
    interpretations = _PROFILED[colours.bands][1:]
    try:
        if colours.bands > 1:
            tagged = _embed(colours.copy(interpretation=interpretations[is_deep]), profile)
            return tagged.icc_transform("srgb", embedded=True, depth=8, **_INTENT)
        # LittleCMS interpolates grey between 33 levels, unless it passes through fractions. All levels are converted.
        levels = get_vips().Image.identity(ushort=is_deep).copy(interpretation=interpretations[is_deep])
        neutral = _embed(levels, profile).icc_import(embedded=True, pcs="xyz", **_INTENT)
        return colours.maplut(neutral.icc_export(output_profile="srgb", depth=8, **_INTENT))
    except get_vips().Error:
        return None


def turn(image: pyvips.Image, orientation: int) -> pyvips.Image:
    """Turn an image with this EXIF orientation, 2 to 8, upright. It is held in memory."""
    mirror, angle = _TURNS[orientation]
    image = image.copy_memory()
    image = image.flip(mirror) if mirror else image
    return image.rot(angle) if angle else image


def encode(image: pyvips.Image, quality: int) -> bytes:
    """Run the whole pipeline, and return a JPEG with 4:2:0, and with JFIF's header alone. Raise ``pyvips.Error``."""
    encoded = cast("bytes", image.jpegsave_buffer(Q=quality, keep="none", subsample_mode="on"))
    return encoded[:2] + _JFIF + encoded[2:]  # libvips leaves it out with the metadata


def _embed(image: pyvips.Image, profile: bytes) -> pyvips.Image:
    image.set_type(get_vips().GValue.blob_type, "icc-profile-data", profile)
    return image


def render(image: pyvips.Image) -> Image.Image:
    """Run the whole pipeline, and return its pixels as an image of Pillow's: L, LA, RGB or RGBA.

    The image has 8 bits and is grey or RGB. Raise ``pyvips.Error``.
    """
    return _take_pixels(image, _MODES[image.bands])


def scale_pixels(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Scale down an image of Pillow's that is in memory, in one of ``SCALED_MODES``. Keep its ``info``.

    Raise ``pyvips.Error``.
    """
    mode = SCALED_MODES[image.mode]
    pixels = (image if image.mode == mode else image.convert(mode)).tobytes()
    bands = len(image.getbands())
    source = get_vips().Image.new_from_memory(pixels, image.width, image.height, bands, "uchar")
    scaled = _take_pixels(_resize_bands(source, size), mode)
    result = scaled if image.mode == mode else scaled.convert(image.mode)
    result.info = image.info.copy()
    return result


def _take_pixels(image: pyvips.Image, mode: str) -> Image.Image:
    pixels = cast("bytes", image.write_to_memory())
    return Image.frombuffer(mode, (image.width, image.height), pixels, "raw", mode, 0, 1)
