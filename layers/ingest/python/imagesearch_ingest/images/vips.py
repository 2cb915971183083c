"""Decode and scale with libvips, which does both strip by strip and with vector instructions (ADR 32).

Pillow stays the type of an image between the steps. A format uses libvips where it is faster or reads more than Pillow.
Importing it takes 30 ms, so only the first image that needs it pays.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Literal, cast

from PIL import Image

from imagesearch_ingest.images.fit import find_fitted_size

if TYPE_CHECKING:
    from types import ModuleType

    import pyvips  # type: ignore[import-untyped] # published without type information

    from imagesearch_ingest.images.policy import Policy

Loader = Literal["png", "tiff", "webp", "heif"]
_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
_lock = threading.Lock()
_vips: ModuleType | None = None


def get_vips() -> ModuleType:
    """Return pyvips, configured for this process: one thread an image, nothing cached, only fuzzed loaders.

    Several threads may call it, and work on images, at once.
    """
    global _vips  # noqa: PLW0603 (imported once per process)
    with _lock:
        if _vips is None:
            import pyvips  # noqa: PLC0415 (see above)

            pyvips.cache_set_max(0)
            pyvips.concurrency_set(1)
            pyvips.block_untrusted_set(True)  # noqa: FBT003 (the library's own signature)
            _vips = pyvips
    return _vips


def open_image(data: bytes, loader: Loader, **options: object) -> pyvips.Image:
    """Return the image as the loader sees it after the header. Its rows are decoded once, from top to bottom.

    Options are those of libvips' loader, such as ``page``. Raise ``pyvips.Error``.
    """
    load = getattr(get_vips().Image, f"{loader}load_buffer")
    return load(data, access="sequential", fail_on="truncated", **options)


def shrink(image: pyvips.Image, policy: Policy) -> tuple[pyvips.Image, str | None]:
    """Scale the image down to the sides that the policy asks for. Hidden colours do not show."""
    width, height = find_fitted_size(image.width, image.height, policy)
    if width >= image.width:
        return image, None
    note = f"{image.width}x{image.height} to {width}x{height}"
    return resize(image, (width, height)), note


def resize(image: pyvips.Image, size: tuple[int, int]) -> pyvips.Image:
    """Scale the image down to ``size``, with its transparency multiplied in."""
    across, down = size[0] / image.width, size[1] / image.height
    if image.hasalpha():
        form = image.format
        return image.premultiply().resize(across, vscale=down, kernel="linear").unpremultiply().cast(form)
    return image.resize(across, vscale=down, kernel="linear")


def render(image: pyvips.Image) -> Image.Image:
    """Run the whole pipeline, and return its pixels as an image of Pillow's: L, LA, RGB or RGBA.

    The image has 8 bits and is grey or RGB. Raise ``pyvips.Error``.
    """
    mode = _MODES[image.bands]
    pixels = cast("bytes", image.write_to_memory())
    return Image.frombuffer(mode, (image.width, image.height), pixels, "raw", mode, 0, 1)
