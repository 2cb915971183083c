"""How large a picture may be, and the checks that need no decoding: its header's numbers are enough."""

from imagesearch_ingest.errors import IngestError
from imagesearch_ingest.images.policy import Policy
from imagesearch_ingest.reasons import Reason

_MEGAPIXEL = 1_000_000


def check_pixels(width: int, height: int, policy: Policy) -> None:
    """Raises ``TOO_MANY_PIXELS``. Both sides in pixels, before any memory is taken for them."""
    if width * height > policy.max_pixels:
        raise IngestError(
            Reason.TOO_MANY_PIXELS,
            f"{width}x{height} is {width * height / _MEGAPIXEL:.1f} megapixels; "
            f"at most {policy.max_megapixels:g} are read",
        )


def check_sides(width: int, height: int, policy: Policy) -> None:
    """Raises ``IMAGE_TOO_LONG`` or ``IMAGE_TOO_SMALL`` when no scaling down brings both sides within the limits.

    Whole numbers only: a division could put a picture that is exactly at the limit on either side of it. Pictures
    are never enlarged: that would invent what the index then compares.
    """
    shorter, longer = sorted((width, height))
    if longer * policy.min_side > shorter * policy.max_side:
        raise IngestError(
            Reason.IMAGE_TOO_LONG,
            f"{width}x{height} pixels; no scale brings both sides within {policy.min_side} to {policy.max_side}",
        )
    if shorter < policy.min_side:
        raise IngestError(
            Reason.IMAGE_TOO_SMALL, f"{width}x{height} pixels; both sides must be at least {policy.min_side}"
        )
