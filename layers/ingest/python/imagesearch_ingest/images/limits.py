"""How large a picture may be, and the checks that need no decoding: its header's numbers are enough."""

from dataclasses import dataclass

from imagesearch_ingest.errors import IngestError
from imagesearch_ingest.reasons import Reason

_MEGAPIXEL = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Sides and bytes are those of the AddImage reference, PicContent; the megapixels are ours, against bombs."""

    max_megapixels: float = 64  # millions of pixels, of the picture as it was uploaded
    min_side: int = 100  # pixels
    max_side: int = 4096  # pixels
    max_bytes: int = 4 * 1024 * 1024

    @property
    def max_pixels(self) -> int:
        return int(self.max_megapixels * _MEGAPIXEL)


def check_pixels(width: int, height: int, limits: Limits) -> None:
    """Raises ``TOO_MANY_PIXELS``. Both sides in pixels, before any memory is taken for them."""
    if width * height > limits.max_pixels:
        raise IngestError(
            Reason.TOO_MANY_PIXELS,
            f"{width}x{height} is {width * height / _MEGAPIXEL:.1f} megapixels; "
            f"at most {limits.max_megapixels:g} are read",
        )


def check_sides(width: int, height: int, limits: Limits) -> None:
    """Raises ``IMAGE_TOO_LONG`` or ``IMAGE_TOO_SMALL`` when no scaling down brings both sides within the limits.

    Whole numbers only: a division could put a picture that is exactly at the limit on either side of it. Pictures
    are never enlarged: that would invent what the index then compares.
    """
    shorter, longer = sorted((width, height))
    if longer * limits.min_side > shorter * limits.max_side:
        raise IngestError(
            Reason.IMAGE_TOO_LONG,
            f"{width}x{height} pixels; no scale brings both sides within {limits.min_side} to {limits.max_side}",
        )
    if shorter < limits.min_side:
        raise IngestError(
            Reason.IMAGE_TOO_SMALL, f"{width}x{height} pixels; both sides must be at least {limits.min_side}"
        )
