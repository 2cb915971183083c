"""Write the JPEG, within the bytes that AddImage takes: first with less quality, then with fewer pixels."""

from collections.abc import Iterator
from io import BytesIO
from typing import NamedTuple

from PIL import Image

from imagesearch_ingest.images.fit import resize
from imagesearch_ingest.images.policy import Policy
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

_QUALITY_STEPS = 3
_SHARES = (0.75, 0.5, 0.35, 0.25)  # of each side, once quality alone has not sufficed
_QUALITY_WHEN_SMALLER = 75
_MEGABYTE = 1_000_000
_DIRECTLY = {"L", "RGB", "YCbCr"}  # JPEG's own


class Encoded(NamedTuple):
    data: bytes
    width: int
    height: int
    steps: tuple[str, ...]


def encode(image: Image.Image, policy: Policy, source_bytes: int) -> Encoded:
    """The first attempt of at most ``policy.max_bytes``; nearly always the very first.

    Raises ``CANNOT_FIT_SIZE`` when none of the eight is.
    """
    smallest = 0
    image = image if image.mode in _DIRECTLY else image.convert("RGB")
    for candidate, quality, steps in _attempts(image, policy):
        data = _jpeg(candidate, quality)
        if len(data) <= policy.max_bytes:
            note = f"{amount(source_bytes)} to {amount(len(data))} at q{quality}"
            return Encoded(data, *candidate.size, (*steps, note))
        smallest = len(data)
    raise IngestError(Reason.CANNOT_FIT_SIZE, f"still {smallest} bytes at its smallest; at most {policy.max_bytes}")


def amount(size: int) -> str:
    """Bytes as people say them."""
    return f"{size / _MEGABYTE:.1f} MB" if size >= _MEGABYTE else f"{-(-size * 1000 // _MEGABYTE)} kB"


def _attempts(image: Image.Image, policy: Policy) -> Iterator[tuple[Image.Image, int, tuple[str, ...]]]:
    span = policy.quality - policy.min_quality
    qualities = dict.fromkeys(policy.quality - span * step // _QUALITY_STEPS for step in range(_QUALITY_STEPS + 1))
    for quality in qualities:
        yield image, quality, ()
    quality = max(policy.min_quality, min(policy.quality, _QUALITY_WHEN_SMALLER))
    for share in _SHARES:
        width, height = round(image.width * share), round(image.height * share)
        if min(width, height) < policy.min_side:
            return
        note = f"{image.width}x{image.height} to {width}x{height}"
        yield resize(image, (width, height)), quality, (note,)


def _jpeg(image: Image.Image, quality: int) -> bytes:
    """4:2:0, as cameras write. The comment is named because Pillow would take it over from the source's ``info``;
    EXIF, XMP, profile and resolution it writes only when asked.
    """
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=quality, subsampling="4:2:0", comment=b"")
    return buffer.getvalue()
