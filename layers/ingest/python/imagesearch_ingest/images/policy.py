"""The settings for images: the limits, and what to do with an image beyond them."""

from dataclasses import dataclass
from enum import StrEnum

# Raise this by one when the same object and policy give other bytes than before. Operators then see which dead letters
# a new try may mend, and which entries of the index are old.
PREPARATION = 2
_MEGAPIXEL = 1_000_000

Colour = tuple[int, int, int]  # red, green and blue, from 0 to 255


BARELY_SEEN = 16  # levels: an image that differs no more from its ground is lost on it


def find_distance(one: Colour, other: Colour) -> int:
    """Return the difference between two colours, in levels, in the channel where it is largest."""
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


class SmallPictures(StrEnum):
    """What to do with an image whose shorter side is below the service's minimum."""

    REJECT = "reject"
    PAD = "pad"
    UPSCALE = "upscale"


class Animations(StrEnum):
    """What to do with an image of more than one frame."""

    FIRST_FRAME = "first_frame"
    REJECT = "reject"


class BlankPictures(StrEnum):
    """What to do with an image that shows nothing."""

    WARN = "warn"
    REJECT = "reject"


class Service(StrEnum):
    """The kind of the Image Search instance."""

    PRODUCT = "product"
    GENERIC = "generic"
    FABRIC = "fabric"
    TRADEMARK = "trademark"


# Shortest and longest side in pixels (AddImage reference, PicContent).
_SIDES = {
    Service.PRODUCT: (100, 4096),
    Service.GENERIC: (100, 4096),
    Service.FABRIC: (448, 4096),
    Service.TRADEMARK: (200, 4095),
}


@dataclass(frozen=True, slots=True)
class Policy:
    """Limits and choices. Sides in pixels."""

    # Millions of pixels in the uploaded file: this project's limit, against decompression bombs. Phones have sensors of
    # 200. A JPEG of that size is decoded at a fraction of it; other formats reach the limit of ``check_memory`` first.
    max_megapixels: float = 200
    min_side: int = 100  # the service's minimum
    max_side: int = 4096  # the service's maximum
    longest_side: int = 4096  # the wanted longest side; a long image may get more, up to the service's maximum
    max_bytes: int = 4 * 1024 * 1024  # AddImage reference, PicContent
    small_pictures: SmallPictures = SmallPictures.REJECT
    animations: Animations = Animations.FIRST_FRAME
    blank_pictures: BlankPictures = BlankPictures.WARN
    background: Colour = (255, 255, 255)
    # Behind a transparent image that would hardly be seen on the background. None: the background is used anyway.
    background_if_unseen: Colour | None = (128, 128, 128)
    quality: int = 90  # JPEG quality, 1 to 95
    min_quality: int = 60  # below this quality, pixels are given up instead

    @property
    def max_pixels(self) -> int:
        """Return the largest number of pixels that is decoded."""
        return int(self.max_megapixels * _MEGAPIXEL)


def sides_of(service: Service) -> tuple[int, int]:
    """Return the shortest and the longest side that the service accepts, in pixels."""
    return _SIDES[service]
