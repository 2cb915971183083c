"""Encode the image as JPEG within AddImage's limit in bytes: first with less quality, then with fewer pixels."""

from collections.abc import Iterator
from io import BytesIO
from typing import NamedTuple

from PIL import Image

from imagesearch_ingest.images.fit import resize
from imagesearch_ingest.images.limits import has_allowed_bytes
from imagesearch_ingest.images.policy import Policy
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

OUTPUT_FORMAT = "JPEG"
_QUALITY_STEPS = 3
_SHARES = (0.75, 0.5, 0.35, 0.25)  # of each side, if less quality alone was not enough
_QUALITY_WHEN_SMALLER = 75
_MEGABYTE = 1_000_000
_MODES = {"L", "RGB", "YCbCr"}  # that JPEG stores


class Encoded(NamedTuple):
    """A JPEG, its sides in pixels, and what was done to get it."""

    data: bytes
    width: int
    height: int
    steps: tuple[str, ...]


def encode(image: Image.Image, policy: Policy, source_bytes: int) -> Encoded:
    """Return the first of eight attempts that has at most ``policy.max_bytes``; nearly always the first.

    Raise ``CANNOT_FIT_SIZE`` if none has.
    """
    smallest = 0
    image = image if image.mode in _MODES else image.convert("RGB")
    for candidate, quality, steps in _generate_attempts(image, policy):
        data = _write(candidate, quality)
        if has_allowed_bytes(data, policy):
            return Encoded(data, *candidate.size, (*steps, describe_encoding(source_bytes, data, quality)))
        smallest = len(data)
    raise IngestError(
        Reason.CANNOT_FIT_SIZE, f"the smallest JPEG has {smallest} bytes; the limit is {policy.max_bytes} bytes"
    )


def describe_encoding(source_bytes: int, encoded: bytes, quality: int) -> str:
    """Return the step that says what encoding did."""
    return f"{format_bytes(source_bytes)} to {format_bytes(len(encoded))} at q{quality}"


def format_bytes(size: int) -> str:
    """Return a number of bytes for people to read."""
    return f"{size / _MEGABYTE:.1f} MB" if size >= _MEGABYTE else f"{-(-size * 1000 // _MEGABYTE)} kB"


def _generate_attempts(image: Image.Image, policy: Policy) -> Iterator[tuple[Image.Image, int, tuple[str, ...]]]:
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


def _write(image: Image.Image, quality: int) -> bytes:
    """Return a JPEG with 4:2:0, as cameras write it. Pillow writes EXIF, XMP, profile and resolution only if passed.

    It would copy the comment from the source.
    """
    buffer = BytesIO()
    image.save(buffer, OUTPUT_FORMAT, quality=quality, subsampling="4:2:0", comment=b"")
    return buffer.getvalue()
