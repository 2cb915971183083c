"""Prepare an uploaded image by a list of steps. Each takes an image and returns one, with a note on what it did."""

from collections.abc import Callable
from functools import partial

from PIL import Image

from imagesearch_ingest.images.colour import convert_to_srgb, expand_colours
from imagesearch_ingest.images.decode import decode
from imagesearch_ingest.images.depth import reduce_depth
from imagesearch_ingest.images.encode import OUTPUT_FORMAT, encode
from imagesearch_ingest.images.fit import fit
from imagesearch_ingest.images.flatten import flatten
from imagesearch_ingest.images.formats import Format
from imagesearch_ingest.images.formats.format import Decoded, StrippedImage
from imagesearch_ingest.images.orient import orient
from imagesearch_ingest.images.pad import pad
from imagesearch_ingest.images.pass_through import pass_through
from imagesearch_ingest.images.pillow import configure_pillow
from imagesearch_ingest.images.policy import Policy
from imagesearch_ingest.images.sniff import sniff
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import PreparedImage
from imagesearch_ingest.model.reasons import Reason

Step = Callable[[Image.Image], tuple[Image.Image, str | None]]


def prepare(data: bytes, policy: Policy) -> PreparedImage:
    """Return an image that AddImage accepts.

    Raise ``IngestError`` with a reason of the prepare stage, or with ``OBJECT_EMPTY``. Other exceptions are bugs. Safe
    to call from several threads at once. The same bytes and policy always give the same result.
    """
    try:
        configure_pillow(policy.max_pixels)
        file_format = sniff(data)
        if stripped := pass_through(data, file_format, policy):
            return _describe_stripped(stripped, file_format, len(data))
        return _decode_and_encode(data, file_format, policy)
    except MemoryError as error:
        raise IngestError(
            Reason.TOO_MANY_PIXELS, f"memory ran out while this file of {len(data)} bytes was prepared"
        ) from error


def _describe_stripped(stripped: StrippedImage, file_format: Format, source_bytes: int) -> PreparedImage:
    return PreparedImage(
        data=stripped.data,
        format=file_format.name,
        width=stripped.width,
        height=stripped.height,
        source_format=file_format.name,
        source_width=stripped.width,
        source_height=stripped.height,
        displayed_width=stripped.width,
        displayed_height=stripped.height,
        content=(0, 0, stripped.width, stripped.height),
        source_bytes=source_bytes,
        steps=tuple(f"{name} removed" for name in stripped.removed),
    )


def _decode_and_encode(data: bytes, file_format: Format, policy: Policy) -> PreparedImage:
    source = decode(data, file_format, policy)
    image, notes = _run_steps(source, policy)
    padded, corner, padding = pad(image, policy)
    encoded = encode(padded, policy, len(data))
    # Encode never shrinks a padded image, because it is small: at most one of the two changes the size.
    shown = image.size if padding else (encoded.width, encoded.height)
    return PreparedImage(
        data=encoded.data,
        format=OUTPUT_FORMAT,
        width=encoded.width,
        height=encoded.height,
        source_format=file_format.name,
        source_width=source.stored[0],
        source_height=source.stored[1],
        displayed_width=source.displayed[0],
        displayed_height=source.displayed[1],
        content=(*corner, *shown),
        source_bytes=len(data),
        steps=(*notes, *([padding] if padding else []), *encoded.steps),
    )


def _run_steps(source: Decoded, policy: Policy) -> tuple[Image.Image, tuple[str, ...]]:
    """Run the steps that change pixels. Scaling comes early: the steps after it are faster and need less memory."""
    steps: tuple[Step, ...] = (
        reduce_depth,
        expand_colours,
        partial(fit, policy=policy),
        convert_to_srgb,
        partial(flatten, policy=policy),
        partial(orient, orientation=source.orientation),
    )
    notes: list[str] = list(source.steps)
    image = source.image
    del source.image
    for step in steps:
        image, note = step(image)
        if note:
            notes.append(note)
    return image, tuple(notes)
