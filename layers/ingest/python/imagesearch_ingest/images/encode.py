"""Write the JPEG, within the bytes that AddImage takes: first with less quality, then with fewer pixels."""

from collections.abc import Iterator
from io import BytesIO
from typing import NamedTuple

from PIL import Image

from imagesearch_ingest.errors import IngestError
from imagesearch_ingest.images.fit import shrink
from imagesearch_ingest.images.policy import Policy
from imagesearch_ingest.reasons import Reason

_QUALITIES = (90, 85, 75, 60)
_SHARES = (0.75, 0.5, 0.35, 0.25)  # of each side, once quality alone has not sufficed
_QUALITY_WHEN_SMALLER = 75


class Encoded(NamedTuple):
    data: bytes
    width: int
    height: int
    steps: tuple[str, ...]


def encode(image: Image.Image, policy: Policy) -> Encoded:
    """The first attempt of at most ``policy.max_bytes``. Raises ``CANNOT_FIT_SIZE`` when none of the eight is."""
    smallest = 0
    for candidate, quality, steps in _attempts(image, policy):
        data = _jpeg(candidate, quality)
        if len(data) <= policy.max_bytes:
            return Encoded(data, *candidate.size, (*steps, f"encoded at q{quality}"))
        smallest = len(data)
    raise IngestError(Reason.CANNOT_FIT_SIZE, f"still {smallest} bytes at its smallest; at most {policy.max_bytes}")


def _attempts(image: Image.Image, policy: Policy) -> Iterator[tuple[Image.Image, int, tuple[str, ...]]]:
    for quality in _QUALITIES:
        yield image, quality, ()
    for share in _SHARES:
        width, height = round(image.width * share), round(image.height * share)
        if min(width, height) < policy.min_side:
            return
        note = f"{image.width}x{image.height} to {width}x{height}"
        yield shrink(image, (width, height)), _QUALITY_WHEN_SMALLER, (note,)


def _jpeg(image: Image.Image, quality: int) -> bytes:
    """4:2:0, as cameras write. The comment is named because Pillow would take it over from the source's ``info``;
    EXIF, XMP, profile and resolution it writes only when asked.
    """
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=quality, subsampling="4:2:0", comment=b"")
    return buffer.getvalue()
