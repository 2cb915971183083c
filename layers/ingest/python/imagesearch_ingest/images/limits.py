"""The limits of an image, checked from the numbers in its header before anything is decoded.

``check_size`` holds every limit on the sides. Both paths call it: ``decode`` for images that are encoded, and
``pass_through`` for images that are sent as they are.
"""

from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.policy import Policy, SmallPictures
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

_MEGA = 1_000_000
# For decoding, beside the file: with the file, the result and the process it stays under 512 MB.
_MAX_MEGABYTES = 400
_MAX_PARTS = 300_000  # a file of the largest allowed size, in GIF's pieces of 255 bytes, has fewer
MAX_PROFILE_BYTES = 4 * 1024 * 1024  # the largest profiles in common use, for printing presses, are smaller


def check_size(width: int, height: int, policy: Policy) -> None:
    """Raise ``IngestError`` for sides that no step can bring within the policy. Sides in pixels, as stored."""
    check_pixels(width, height, policy)
    _check_proportions(width, height, policy)
    _check_shorter_side(width, height, policy)


def check_pixels(width: int, height: int, policy: Policy) -> None:
    """Raise ``TOO_MANY_PIXELS``, before any memory is taken for the pixels. Sides in pixels."""
    if width * height > policy.max_pixels:
        raise IngestError(
            Reason.TOO_MANY_PIXELS,
            f"{width}x{height} is {width * height / _MEGA:.1f} megapixels; the limit is {policy.max_megapixels:g} "
            "(INGEST_MAX_SOURCE_MEGAPIXELS)",
        )


def _check_proportions(width: int, height: int, policy: Policy) -> None:
    """Raise ``IMAGE_TOO_LONG`` if no scale brings both sides within the limits.

    Only whole numbers are compared: with a division, an image exactly at the limit could end on either side of it.
    """
    shorter, longer = sorted((width, height))
    is_padded = policy.small_pictures is SmallPictures.PAD
    if longer * policy.min_side > shorter * policy.max_side and not is_padded:
        raise IngestError(
            Reason.IMAGE_TOO_LONG,
            f"{width}x{height} pixels; no scale brings both sides within {policy.min_side} to {policy.max_side}",
        )


def _check_shorter_side(width: int, height: int, policy: Policy) -> None:
    """Raise ``IMAGE_TOO_SMALL`` unless the policy allows small images to be padded or enlarged."""
    if min(width, height) < policy.min_side and policy.small_pictures is SmallPictures.REJECT:
        raise IngestError(
            Reason.IMAGE_TOO_SMALL, f"{width}x{height} pixels; both sides must be at least {policy.min_side}"
        )


def has_allowed_bytes(data: bytes, policy: Policy) -> bool:
    """Return whether AddImage accepts an image of this many bytes."""
    return len(data) <= policy.max_bytes


def check_memory(width: int, height: int, needed: float, kind: str) -> None:
    """Raise ``TOO_MANY_PIXELS``. ``needed`` in bytes; ``kind`` names the format that needs so much for these sides."""
    if not fits_memory(needed):
        raise IngestError(
            Reason.TOO_MANY_PIXELS,
            f"decoding {width}x{height} pixels of {kind} takes {needed / _MEGA:.0f} MB; the limit is {_MAX_MEGABYTES}",
        )


def fits_memory(needed: float) -> bool:
    """Return whether a decoder may take this many bytes."""
    return needed <= _MAX_MEGABYTES * _MEGA


def check_parts(count: int, format_name: str) -> None:
    """Raise ``CORRUPT_IMAGE`` for more parts (segments, chunks, blocks) than any encoder writes: an attack."""
    if count > _MAX_PARTS:
        raise corrupt(format_name, f"it has more than {_MAX_PARTS} parts, more than any encoder writes")
