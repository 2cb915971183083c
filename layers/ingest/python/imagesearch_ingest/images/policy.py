"""What pictures may be, and what is done with those that are not: everything about pictures that can be configured."""

from dataclasses import dataclass
from enum import StrEnum

_MEGAPIXEL = 1_000_000


class SmallPictures(StrEnum):
    """What becomes of a picture with a side below the shortest that the service takes."""

    REJECT = "reject"
    PAD = "pad"
    UPSCALE = "upscale"


class Animations(StrEnum):
    FIRST_FRAME = "first_frame"
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
    """Sides in pixels; ``background`` is red, green and blue of 0 to 255."""

    max_megapixels: float = 64  # millions of pixels, of the picture as it was uploaded: ours, against bombs
    min_side: int = 100  # the service's
    max_side: int = 4096  # the service's
    longest_side: int = 4096  # what is wanted; long pictures may get more, up to the service's
    max_bytes: int = 4 * 1024 * 1024  # AddImage reference, PicContent
    small_pictures: SmallPictures = SmallPictures.REJECT
    animations: Animations = Animations.FIRST_FRAME
    background: tuple[int, int, int] = (255, 255, 255)
    quality: int = 90  # of JPEG, 1 to 95
    min_quality: int = 60  # below it pixels are given up rather than quality

    @property
    def max_pixels(self) -> int:
        return int(self.max_megapixels * _MEGAPIXEL)


def sides_of(service: Service) -> tuple[int, int]:
    """The shortest and the longest side that the service takes, in pixels."""
    return _SIDES[service]
