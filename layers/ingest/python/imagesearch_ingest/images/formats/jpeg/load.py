"""Decode a JPEG at the smallest scale that is large enough."""

from PIL import ImageFile, JpegImagePlugin

from imagesearch_ingest.images.colour import is_srgb
from imagesearch_ingest.images.fit import choose_dct_scale
from imagesearch_ingest.images.formats.format import Decoded, describe
from imagesearch_ingest.images.formats.jpeg.rows import check_rows
from imagesearch_ingest.images.formats.jpeg.segments import check_passes, find_end_of_image
from imagesearch_ingest.images.limits import check_memory
from imagesearch_ingest.images.policy import Policy


def load(opened: ImageFile.ImageFile, data: bytes, policy: Policy) -> Decoded:
    """Decode to YCbCr if the file holds it, since it will be encoded again. Decode to RGB if there is a profile, which
    needs it.

    Raise ``CORRUPT_IMAGE`` and ``TOO_MANY_PIXELS``.
    """
    if not isinstance(opened, JpegImagePlugin.JpegImageFile):
        raise TypeError("not a JPEG")
    stored = opened.size
    _, scans = find_end_of_image(data)
    check_passes(*stored, scans)
    scale = choose_dct_scale(*stored, policy)
    progressive = bool(opened.info.get("progressive"))
    needed = 4 * opened.width * opened.height / scale**2 + (_count_coefficient_bytes(opened) if progressive else 0)
    check_memory(*stored, needed, "progressive JPEG" if progressive else "JPEG")
    profile = opened.info.get("icc_profile")
    mode = "YCbCr" if _holds_ycbcr(opened) and (not profile or is_srgb(profile)) else opened.mode
    opened.draft(mode, (opened.width // scale, opened.height // scale))
    opened.load()
    check_rows(opened, data)
    scaled = (f"{stored[0]}x{stored[1]} to {opened.width}x{opened.height}",) if opened.size != stored else ()
    return describe(opened, opened, stored=stored, steps=scaled)


def _count_coefficient_bytes(image: JpegImagePlugin.JpegImageFile) -> float:
    """Return bytes: libjpeg keeps all coefficients of a progressive image until the last scan."""
    areas = [across * down for _, across, down, _ in image.layer]
    return 2.0 * image.width * image.height * sum(areas) / max(areas)


def _holds_ycbcr(image: JpegImagePlugin.JpegImageFile) -> bool:
    """Guess like libjpeg (libjpeg.txt, "Special color spaces")."""
    if image.mode != "RGB":
        return False
    if "jfif" in image.info:
        return True
    if "adobe" in image.info:
        return bool(image.info.get("adobe_transform"))
    return [number for number, *_ in image.layer] != list(b"RGB")
