"""Assertions about the pass-through modules of all formats."""

from collections.abc import Iterator
from io import BytesIO
from random import Random
from typing import Protocol
from zipfile import ZipFile, is_zipfile

from PIL import Image

from imagesearch_ingest.images import prepare
from imagesearch_ingest.images.formats.format import StrippedImage
from imagesearch_ingest.images.pillow import configure_pillow
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from local_cloud.image_search.pictures import inspect
from tests.unit.images.pictures import POLICY

SECRET = b"taken at 48.8584 N, 2.2945 E"
# The caller checks the sides between the two calls.
REASONS_OF_CALLER = {None, Reason.TOO_MANY_PIXELS, Reason.IMAGE_TOO_SMALL, Reason.IMAGE_TOO_LONG}


class PassThroughModule(Protocol):
    def strip(self, data: bytes) -> StrippedImage | None: ...

    def is_decodable(self, stripped: StrippedImage) -> Image.Image | bool | None: ...


def accepted(module: PassThroughModule, data: bytes) -> StrippedImage | None:
    """Call the module as ``pass_through`` does."""
    configure_pillow(POLICY.max_pixels)
    try:
        stripped = module.strip(data)
        fits = stripped is not None and max(stripped.width, stripped.height) <= POLICY.max_side
        return stripped if stripped and fits and module.is_decodable(stripped) else None
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 (any exception means that the file needs decoding)
        return None


def assert_stripped(module: PassThroughModule, data: bytes, *removed: str) -> StrippedImage:
    """Only metadata is removed, the pixels stay the same, and nothing is left to remove."""
    stripped = accepted(module, data)
    assert stripped is not None
    assert stripped.removed == removed
    assert SECRET not in stripped.data
    assert pixels(stripped.data) == pixels(data)
    assert (stripped.width, stripped.height) == Image.open(BytesIO(stripped.data)).size
    assert inspect(stripped.data).width == stripped.width
    assert accepted(module, stripped.data) == StrippedImage(stripped.data, stripped.width, stripped.height, ())
    return stripped


def assert_no_archive_is_left(module: PassThroughModule, data: bytes) -> None:
    both = with_archive(data)
    assert is_zipfile(BytesIO(both))
    stripped = assert_stripped(module, both, "trailing data")
    assert not is_zipfile(BytesIO(stripped.data))


def with_archive(data: bytes) -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        archive.writestr("secret.txt", SECRET)
    return data + buffer.getvalue()


def assert_needs_decoding(module: PassThroughModule, data: bytes) -> None:
    assert accepted(module, data) is None


def assert_damage_never_passes(module: PassThroughModule, data: bytes, count: int = 300) -> None:
    """Every accepted file decodes, suits the service, and would not have been rejected.

    Fail also if no file was refused: then there was no damage.
    """
    refused = 0
    for damaged in _damaged(data, count):
        stripped = accepted(module, damaged)
        if stripped is None:
            refused += 1
            continue
        image = Image.open(BytesIO(stripped.data))
        image.load()
        assert image.size == (stripped.width, stripped.height)
        if min(image.size) >= POLICY.min_side:
            inspect(stripped.data)
        assert _rejection(damaged) in REASONS_OF_CALLER
    assert refused


def assert_cut_anywhere_is_refused(module: PassThroughModule, data: bytes) -> None:
    assert accepted(module, data)
    cuts = {*range(64), *range(0, len(data), len(data) // 40), *range(len(data) - 20, len(data))}
    for end in sorted(cuts):
        assert accepted(module, data[:end]) is None, end


def pixels(data: bytes) -> tuple[tuple[int, int], bytes]:
    image = Image.open(BytesIO(data))
    return image.size, image.convert("RGB").tobytes()


def _rejection(data: bytes) -> Reason | None:
    try:
        prepare(data, POLICY)
    except IngestError as error:
        return error.reason
    return None


def _damaged(data: bytes, count: int) -> Iterator[bytes]:
    """Put half of the damage at the beginning or the end, where the structure is densest."""
    rng = Random(len(data))
    for number in range(count):
        near, far = (0, len(data)) if number % 2 else rng.choice([(0, 200), (len(data) - 200, len(data))])
        at = rng.randrange(near, far)
        yield rng.choice(
            [
                data[:at] + bytes((data[at] ^ 1 << rng.randrange(8),)) + data[at + 1 :],
                data[:at] + rng.randbytes(1) + data[at + 1 :],
                data[:at] + data[at + rng.choice([1, 2, 40]) :],
                data[:at] + rng.randbytes(2) + data[at:],
            ]
        )
