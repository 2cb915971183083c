"""Decode a still WebP with libvips, which lets libwebp scale it, and an animated one with Pillow."""

from PIL import ImageFile

from imagesearch_ingest.images import vips
from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.formats.format import Decoded, describe
from imagesearch_ingest.images.formats.webp.container import blame_image
from imagesearch_ingest.images.formats.webp.pass_through import PLUGIN
from imagesearch_ingest.images.limits import check_memory
from imagesearch_ingest.images.pillow import open_header
from imagesearch_ingest.images.policy import Policy
from imagesearch_ingest.images.sides import find_fitted_size

_PILLOW_BYTES = 16.5  # per pixel, as measured
_MOST_BYTES_OF_PILLOW = 400_000_000
_MOST_LOSSY_ALPHA_PIXELS = 40_000_000  # decoding more in full takes over 400 MB


def load(opened: ImageFile.ImageFile, _data: bytes, policy: Policy) -> Decoded:
    """Decode the image, or the first frame.

    Raise ``TOO_MANY_PIXELS`` for an animation that takes too much memory, and ``CORRUPT_IMAGE``.
    """
    if getattr(opened, "is_still", False):
        data = vips.get_bytes(opened)
        decoded = vips.attempt(lambda: _load_with_libvips(opened, data, policy))
        if decoded:
            return decoded
        if _PILLOW_BYTES * opened.width * opened.height > _MOST_BYTES_OF_PILLOW:
            raise corrupt("WebP", "its image is cut short or damaged")
        with blame_image():
            opened = open_header(data, PLUGIN)
    check_memory(*opened.size, _PILLOW_BYTES * opened.width * opened.height, "WebP")
    with blame_image():
        opened.load()
    return describe(opened, opened)


def _load_with_libvips(opened: ImageFile.ImageFile, data: bytes, policy: Policy) -> Decoded:
    """Decode and scale. Raise ``pyvips.Error``."""
    stored = opened.size
    wanted = find_fitted_size(*stored, policy)
    scale = max(wanted) / max(stored) if wanted[0] < stored[0] and _may_scale(opened, data) else 1
    image, _ = vips.shrink(vips.open_image(data, "webp", scale=scale), policy)
    result = vips.render(image)
    if profile := opened.info.get("icc_profile"):
        result.info["icc_profile"] = profile
    steps = () if result.size == stored else (f"{stored[0]}x{stored[1]} to {result.width}x{result.height}",)
    return describe(opened, result, stored=stored, steps=steps)


def _may_scale(opened: ImageFile.ImageFile, data: bytes) -> bool:
    """Return whether libwebp may scale the image.

    In a lossy image it mixes hidden colours into those beside them. That is only accepted of an image too large for
    memory. The alpha of a lossy image has a chunk of its own.
    """
    is_lossy = b"ALPH" in data
    return opened.mode == "RGB" or not is_lossy or opened.width * opened.height > _MOST_LOSSY_ALPHA_PIXELS
