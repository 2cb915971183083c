"""What happens to a picture, in order. Each step takes a picture and gives one back, with a word on what it did."""

from collections.abc import Callable
from functools import partial

from PIL import Image

from imagesearch_ingest.images.colour import to_srgb, unfold
from imagesearch_ingest.images.conforming.bare import Bare
from imagesearch_ingest.images.conforming.pass_through import pass_through
from imagesearch_ingest.images.depth import eight_bits
from imagesearch_ingest.images.encode import encode
from imagesearch_ingest.images.fit import fit
from imagesearch_ingest.images.flatten import flatten
from imagesearch_ingest.images.orient import orient
from imagesearch_ingest.images.pad import pad
from imagesearch_ingest.images.policy import Policy
from imagesearch_ingest.images.reading.decode import Decoded, decode
from imagesearch_ingest.images.reading.pillow import configure_pillow
from imagesearch_ingest.images.sniff import sniff
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import PreparedImage
from imagesearch_ingest.model.reasons import Reason

Step = Callable[[Image.Image], tuple[Image.Image, str | None]]


def prepare(data: bytes, policy: Policy) -> PreparedImage:
    """Raises ``IngestError`` with a reason of the prepare stage (or ``OBJECT_EMPTY``), and nothing else.

    Safe to call from several threads at once; the same bytes and policy give the same bytes, every time.
    """
    try:
        configure_pillow(policy.max_pixels)
        source_format = sniff(data)
        if bare := pass_through(data, source_format, policy):
            return _unchanged(bare, source_format, len(data))
        return _changed(data, source_format, policy)
    except MemoryError as error:
        raise IngestError(
            Reason.TOO_MANY_PIXELS, f"memory ran out while this picture of {len(data)} bytes was prepared"
        ) from error


def _unchanged(bare: Bare, source_format: str, source_bytes: int) -> PreparedImage:
    return PreparedImage(
        data=bare.data,
        format=source_format,
        width=bare.width,
        height=bare.height,
        source_format=source_format,
        source_width=bare.width,
        source_height=bare.height,
        displayed_width=bare.width,
        displayed_height=bare.height,
        content=(0, 0, bare.width, bare.height),
        source_bytes=source_bytes,
        steps=tuple(f"{name} removed" for name in bare.removed),
    )


def _changed(data: bytes, source_format: str, policy: Policy) -> PreparedImage:
    source = decode(data, source_format, policy)
    image, notes = _run(source, policy)
    padded, corner, padding = pad(image, policy)
    encoded = encode(padded, policy, len(data))
    # What had to be padded is too small to be made smaller: one of the two leaves the size as it was.
    shown = image.size if padding else (encoded.width, encoded.height)
    return PreparedImage(
        data=encoded.data,
        format="JPEG",
        width=encoded.width,
        height=encoded.height,
        source_format=source_format,
        source_width=source.stored[0],
        source_height=source.stored[1],
        displayed_width=source.displayed[0],
        displayed_height=source.displayed[1],
        content=(*corner, *shown),
        source_bytes=len(data),
        steps=(*notes, *([padding] if padding else []), *encoded.steps),
    )


def _run(source: Decoded, policy: Policy) -> tuple[Image.Image, tuple[str, ...]]:
    """Sampled down as early as can be: what follows has then less to do, and needs less memory to do it in."""
    steps: tuple[Step, ...] = (
        eight_bits,
        unfold,
        partial(fit, policy=policy),
        to_srgb,
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
