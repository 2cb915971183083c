"""How large a picture may be: checks that need no decoding, since the numbers in its header are enough."""

from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.policy import Policy, SmallPictures
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

_MEGA = 1_000_000
# What decoding may take beside the file: with the file, the result and the process itself it stays under 512 MB.
_MAX_MEGABYTES = 400
_MAX_PARTS = 300_000  # a file of the largest size allowed, in GIF's pieces of 255 bytes, has fewer


def check_pixels(width: int, height: int, policy: Policy) -> None:
    """Raises ``TOO_MANY_PIXELS``. Both sides in pixels, before any memory is taken for them."""
    if width * height > policy.max_pixels:
        raise IngestError(
            Reason.TOO_MANY_PIXELS,
            f"{width}x{height} is {width * height / _MEGA:.1f} megapixels; at most {policy.max_megapixels:g} are read "
            "(INGEST_MAX_SOURCE_MEGAPIXELS)",
        )


def check_memory(width: int, height: int, needed: float, kind: str) -> None:
    """Raises ``TOO_MANY_PIXELS``. ``needed`` in bytes; ``kind`` says what makes these sides need so much."""
    if needed > _MAX_MEGABYTES * _MEGA:
        raise IngestError(
            Reason.TOO_MANY_PIXELS,
            f"{width}x{height} pixels as {kind} take {needed / _MEGA:.0f} MB to decode; at most {_MAX_MEGABYTES}",
        )


def check_parts(count: int, source_format: str) -> None:
    """Raises ``CORRUPT_IMAGE`` for a file in so many pieces (segments, chunks, blocks) that they were made to tire."""
    if count > _MAX_PARTS:
        raise corrupt(source_format, f"it is in more than {_MAX_PARTS} pieces, which no encoder makes")


def check_sides(width: int, height: int, policy: Policy) -> None:
    """Raises ``IMAGE_TOO_LONG`` or ``IMAGE_TOO_SMALL`` where the policy has no way to bring both sides within them.

    Whole numbers only: a division could put a picture that is exactly at the limit on either side of it. Unless the
    policy says so, pictures are not enlarged: that would invent what the index then compares.
    """
    if policy.small_pictures is SmallPictures.PAD:
        return
    shorter, longer = sorted((width, height))
    if longer * policy.min_side > shorter * policy.max_side:
        raise IngestError(
            Reason.IMAGE_TOO_LONG,
            f"{width}x{height} pixels; no scale brings both sides within {policy.min_side} to {policy.max_side}",
        )
    if shorter < policy.min_side and policy.small_pictures is SmallPictures.REJECT:
        raise IngestError(
            Reason.IMAGE_TOO_SMALL, f"{width}x{height} pixels; both sides must be at least {policy.min_side}"
        )
