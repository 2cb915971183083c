"""Draw images for the tests, and read the prepared ones."""

import re
import struct
from collections.abc import Mapping
from functools import cache
from io import BytesIO
from random import Random
from typing import Any

import pytest
from PIL import Image, ImageCms

from imagesearch_ingest.images import Policy, prepare
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import PreparedImage
from imagesearch_ingest.model.reasons import Reason

RED, GREEN, BLUE, YELLOW, WHITE = (220, 30, 30), (30, 200, 30), (30, 30, 220), (230, 220, 30), (255, 255, 255)
POLICY = Policy()


def quarters(width: int = 320, height: int = 200) -> Image.Image:
    """Return red and green over blue and yellow: every rotation looks different."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(GREEN, (width // 2, 0, width, height // 2))
    image.paste(BLUE, (0, height // 2, width // 2, height))
    image.paste(YELLOW, (width // 2, height // 2, width, height))
    return image


def noise(width: int = 320, height: int = 200, *, spread: int = 60) -> Image.Image:
    """Return fixed noise, which hardly compresses, so a file can be cut anywhere. ``spread``: levels from 128."""
    levels = Random(0).randbytes(width * height * 3)
    darkest = 128 - spread
    return Image.frombytes("RGB", (width, height), levels).point(lambda level: level * 2 * spread // 255 + darkest)


def encoded(image: Image.Image, file_format: str, **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def run(data: bytes, limits: Policy = POLICY) -> tuple[PreparedImage, Image.Image]:
    prepared = prepare(data, limits)
    image = Image.open(BytesIO(prepared.data))
    image.load()
    assert (image.format, image.size) == (prepared.format, (prepared.width, prepared.height))
    assert image.mode in {"1", "L", "P", "RGB"}
    return prepared, image.convert("RGB")


def refuse(data: bytes, limits: Policy = POLICY) -> tuple[Reason, str]:
    """Return the reason and the detail with which the file is refused."""
    with pytest.raises(IngestError) as caught:
        prepare(data, limits)
    return caught.value.reason, caught.value.detail


def refuse_corrupt(data: bytes) -> str:
    """Assert that the file is refused as corrupt, in words for people. Return the detail."""
    reason, detail = refuse(data)
    assert reason is Reason.CORRUPT_IMAGE, detail
    assert "0x" not in detail
    assert "<" not in detail
    return detail


def steps_of(prepared: PreparedImage) -> tuple[str, ...]:
    """Leave out the numbers of bytes, which vary: "1.2 MB to 410 kB at q90" becomes "encoded at q90"."""
    return tuple(re.sub(r"^[\d.]+ [kM]B to [\d.]+ [kM]B at", "encoded at", step) for step in prepared.steps)


def corners(image: Image.Image) -> list[tuple[int, ...]]:
    """Return a colour from each quarter: upper left, upper right, lower left, lower right."""
    width, height = image.size
    points = [(x * width // 8, y * height // 8) for y in (1, 7) for x in (1, 7)]
    return [colour_at(image, point) for point in points]


def colour_at(image: Image.Image, point: tuple[int, int]) -> tuple[int, ...]:
    colour = image.getpixel(point)
    assert isinstance(colour, tuple)
    return tuple(int(level) for level in colour)


def close(one: tuple[int, ...], other: tuple[int, ...], tolerance: int = 8) -> bool:
    """Return whether two colours differ by a few levels at most, as JPEG at quality 90 moves flat colours."""
    return all(abs(a - b) <= tolerance for a, b in zip(one, other, strict=True))


def assert_quarters(image: Image.Image, tolerance: int = 8) -> None:
    for found, expected in zip(corners(image), (RED, GREEN, BLUE, YELLOW), strict=True):
        assert close(found, expected, tolerance), (found, expected)


@cache
def srgb_profile() -> bytes:
    """Make the profile once, since it contains its time of creation."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def swapped_profile() -> bytes:
    """Return the sRGB profile with red and blue exchanged: stored red is shown as blue."""
    profile = bytearray(srgb_profile())
    entries = [128 + 4 + 12 * n for n in range(struct.unpack(">I", profile[128:132])[0])]
    red = next(at for at in entries if profile[at : at + 4] == b"rXYZ")
    blue = next(at for at in entries if profile[at : at + 4] == b"bXYZ")
    profile[red : red + 4], profile[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return bytes(profile)


def tiff(tags: Mapping[int, int | tuple[int, ...]], pixels: bytes) -> bytes:
    """Return a little-endian TIFF, pixels first. Use ``PIXELS`` in a tag for the offset of the pixels."""
    values = {tag: value if isinstance(value, tuple) else (value,) for tag, value in sorted(tags.items())}
    spilled = b""
    start = 8 + len(pixels) + 2 + 12 * len(values) + 4
    entries = b""
    for tag, value in values.items():
        packed = struct.pack(f"<{len(value)}I", *value)
        field = packed if len(packed) == 4 else struct.pack("<I", start + len(spilled))
        spilled += b"" if len(packed) == 4 else packed
        entries += struct.pack("<HHI", tag, 4, len(value)) + field
    head = b"II*\0" + struct.pack("<I", 8 + len(pixels))
    return head + pixels + struct.pack("<H", len(values)) + entries + bytes(4) + spilled


PIXELS = 8
