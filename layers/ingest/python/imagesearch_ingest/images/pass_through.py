"""Find the images that break no rule, and strip their metadata.

This is a fast path and nothing more. It rejects no image and gives no reason: a file that is unusual in any way is
decoded and encoded instead (ADR 11).
"""

from typing import Literal

from PIL import Image

from imagesearch_ingest.images.blank import MAX_CONTRAST_OF_NOISE, find_contrast, find_only_colour
from imagesearch_ingest.images.colour import is_srgb
from imagesearch_ingest.images.fit import find_fitted_size
from imagesearch_ingest.images.formats import Format
from imagesearch_ingest.images.formats.exif import read_orientation
from imagesearch_ingest.images.formats.format import PassThrough, StrippedImage
from imagesearch_ingest.images.limits import check_size, has_allowed_bytes
from imagesearch_ingest.images.orient import UPRIGHT
from imagesearch_ingest.images.pad import find_padded_size
from imagesearch_ingest.images.pillow import Plugin, open_header
from imagesearch_ingest.images.policy import Policy


def pass_through(data: bytes, file_format: Format, policy: Policy) -> StrippedImage | None:
    """Return the same image without its metadata, or ``None`` if it has to be decoded."""
    proof = file_format.pass_through
    if proof is None or len(data) > policy.max_bytes + file_format.removable_bytes:
        return None
    try:
        stripped = proof.strip(data)
        if stripped is None or not _needs_no_step(stripped, policy):
            return None
        proven = proof.is_decodable(stripped)
        if not proven:
            return None
        return stripped._replace(only_colour=_find_only_colour(stripped, proven, proof, file_format.plugin))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 (a broken file raises anything; decoding it will find the reason)
        return None


def _needs_no_step(stripped: StrippedImage, policy: Policy) -> bool:
    """Return whether every step of ``prepare`` would leave the image unchanged. Raise if a limit is exceeded."""
    size = stripped.width, stripped.height
    check_size(*size, policy)
    return (
        has_allowed_bytes(stripped.data, policy)
        and find_fitted_size(*size, policy) == size
        and find_padded_size(*size, policy) == size
        and read_orientation(stripped.exif) == UPRIGHT
        and (stripped.profile is None or is_srgb(stripped.profile))
    )


def _find_only_colour(
    stripped: StrippedImage,
    proven: Image.Image | Literal[True],
    proof: PassThrough,
    plugin: Plugin,
) -> str | None:
    """Return the colour of an image that shows nothing. Decode only what nothing cheaper proves to show something."""
    if isinstance(proven, Image.Image):
        if proven.size == (stripped.width, stripped.height):
            return find_only_colour(proven)
        if find_contrast(proven) > MAX_CONTRAST_OF_NOISE:
            return None
    elif proof.has_contrast and proof.has_contrast(stripped):
        return None
    return find_only_colour(open_header(stripped.data, plugin))
