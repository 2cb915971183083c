"""Which pictures break no rule. A fast path and no more: whatever it does not take, the ordinary one takes or refuses.

So nothing is rejected here, and no reason given: a file that is odd in any way is simply not passed through.
"""

from typing import Protocol

from imagesearch_ingest.images.colour import is_srgb
from imagesearch_ingest.images.conforming import bmp, gif, jpeg, png, ppm, tiff, webp
from imagesearch_ingest.images.conforming.bare import Bare
from imagesearch_ingest.images.fit import longest_side
from imagesearch_ingest.images.orient import UPRIGHT, orientation_of
from imagesearch_ingest.images.policy import Policy


class _Format(Protocol):
    """A module of this package."""

    def parse(self, data: bytes, /) -> Bare | None:
        """What is left without metadata; ``None``, or anything raised, if the file is not for this path."""

    def decodes(self, bare: Bare, /) -> bool:
        """Whether all of it decodes, proven in the cheapest way. May raise anything for a no."""


# AddImage reference, PicContent
_FORMATS: dict[str, _Format] = {
    "JPEG": jpeg,
    "PNG": png,
    "WEBP": webp,
    "GIF": gif,
    "BMP": bmp,
    "TIFF": tiff,
    "PPM": ppm,
}
_MUCH_METADATA = 1024 * 1024  # bytes


def pass_through(data: bytes, source_format: str, policy: Policy) -> Bare | None:
    """The same picture without its metadata, or ``None`` if a rule requires it to be touched."""
    if source_format not in _FORMATS or _is_hopeless(data, source_format, policy):
        return None
    conforming = _FORMATS[source_format]
    try:
        bare = conforming.parse(data)
        return bare if bare and _is_within(bare, policy) and conforming.decodes(bare) else None
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 (rubbish raises anything, here as in decoders; the ordinary path says what is wrong)
        return None


def _is_hopeless(data: bytes, source_format: str, policy: Policy) -> bool:
    """Too large whatever is cut from it, as far as can be expected: phones put videos behind their JPEGs."""
    return source_format != "JPEG" and len(data) > policy.max_bytes + _MUCH_METADATA


def _is_within(bare: Bare, policy: Policy) -> bool:
    shorter, longer = sorted((bare.width, bare.height))
    return (
        len(bare.data) <= policy.max_bytes
        and bare.width * bare.height <= policy.max_pixels
        and shorter >= policy.min_side
        and longer <= longest_side(bare.width, bare.height, policy)
        and orientation_of(bare.exif) == UPRIGHT
        and (bare.profile is None or is_srgb(bare.profile))
    )
