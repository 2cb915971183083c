"""What happens to a picture, in order. Each step takes a picture and gives one back, with a word on what it did."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PIL import Image

from imagesearch_ingest.errors import IngestError
from imagesearch_ingest.images.colour import to_srgb, unfold
from imagesearch_ingest.images.depth import eight_bits
from imagesearch_ingest.images.encode import encode
from imagesearch_ingest.images.fit import fit
from imagesearch_ingest.images.flatten import flatten
from imagesearch_ingest.images.orient import orient
from imagesearch_ingest.images.policy import Policy
from imagesearch_ingest.images.reading.decode import decode
from imagesearch_ingest.images.reading.pillow import take_charge
from imagesearch_ingest.images.sniff import sniff
from imagesearch_ingest.reasons import Reason

Step = Callable[[Image.Image], tuple[Image.Image, str | None]]


@dataclass(frozen=True, slots=True)
class PreparedImage:
    """A picture within every limit of AddImage's PicContent. Sides in pixels."""

    data: bytes
    format: str  # "JPEG"
    width: int
    height: int
    source_format: str  # Pillow's name
    source_width: int  # as stored: before any rotation
    source_height: int
    displayed_width: int  # as people see it, and measure it: after rotation, before any scaling
    displayed_height: int
    source_bytes: int
    steps: tuple[str, ...]  # each step that acted, for people


def prepare(data: bytes, policy: Policy) -> PreparedImage:
    """Raises ``IngestError`` with a reason of the prepare stage (or ``OBJECT_EMPTY``), and nothing else.

    Safe to call from several threads at once.
    """
    try:
        return _prepare(data, policy)
    except MemoryError as error:
        raise IngestError(
            Reason.TOO_MANY_PIXELS, f"memory ran out while this picture of {len(data)} bytes was prepared"
        ) from error


def _prepare(data: bytes, policy: Policy) -> PreparedImage:
    take_charge(policy.max_pixels)
    source_format = sniff(data)
    source = decode(data, source_format, policy)
    upright, turn = _run((orient,), source.image)
    steps: tuple[Step, ...] = (eight_bits, unfold, to_srgb, flatten, partial(fit, policy=policy))
    image, notes = _run(steps, upright)
    encoded = encode(image, policy)
    return PreparedImage(
        data=encoded.data,
        format="JPEG",
        width=encoded.width,
        height=encoded.height,
        source_format=source_format,
        source_width=source.width,
        source_height=source.height,
        displayed_width=upright.width,
        displayed_height=upright.height,
        source_bytes=len(data),
        steps=source.steps + turn + notes + encoded.steps,
    )


def _run(steps: tuple[Step, ...], image: Image.Image) -> tuple[Image.Image, tuple[str, ...]]:
    notes: list[str] = []
    for step in steps:
        image, note = step(image)
        if note:
            notes.append(note)
    return image, tuple(notes)
