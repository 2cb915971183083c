"""Prepare an uploaded image by a list of steps. Each takes an image and returns one, with a note on what it did."""

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from PIL import Image

from imagesearch_ingest.images.animation import FIRST_FRAME, describe_frame, limit_frames
from imagesearch_ingest.images.blank import find_only_colour
from imagesearch_ingest.images.colour import convert_to_srgb, expand_colours
from imagesearch_ingest.images.decode import decode
from imagesearch_ingest.images.depth import reduce_depth
from imagesearch_ingest.images.encode import OUTPUT_FORMAT, Encoded, encode
from imagesearch_ingest.images.fit import fit
from imagesearch_ingest.images.flatten import flatten
from imagesearch_ingest.images.formats import Format
from imagesearch_ingest.images.formats.format import Decoded, Pipeline, StrippedImage
from imagesearch_ingest.images.orient import get_displayed_size, orient
from imagesearch_ingest.images.pad import pad
from imagesearch_ingest.images.pass_through import pass_through
from imagesearch_ingest.images.pillow import configure_pillow
from imagesearch_ingest.images.policy import BlankPictures, Colour, Policy
from imagesearch_ingest.images.sniff import sniff
from imagesearch_ingest.images.stream import stream
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import PreparedImage
from imagesearch_ingest.model.reasons import Reason

# libvips tells its errors and warnings in one text for the whole process. What one image is told must not decide about
# another, so images are prepared one at a time: a function has one processor anyway.
_turns = threading.Lock()
Step = Callable[[Image.Image], tuple[Image.Image, str | None]]


class _Shown(NamedTuple):
    """An image after the steps that change its pixels, and the ground on which it stands."""

    image: Image.Image
    ground: Colour
    notes: tuple[str, ...]
    only_colour: str | None  # if it shows nothing else: its name, as #rrggbb


def prepare(data: bytes, policy: Policy) -> PreparedImage:
    """Return an image that AddImage accepts.

    Raise ``IngestError`` with a reason of the prepare stage, or with ``OBJECT_EMPTY``. Other exceptions are bugs. Safe
    to call from several threads, which take turns. The same bytes and policy always give the same result.
    """
    with _turns:
        return _prepare(data, policy)


def _prepare(data: bytes, policy: Policy) -> PreparedImage:
    try:
        configure_pillow(policy.max_pixels)
        file_format = sniff(data)
        if stripped := pass_through(data, file_format, policy):
            return _describe_stripped(stripped, file_format, len(data), policy)
        if streamed := stream(data, file_format, policy):
            return _describe_streamed(*streamed, file_format, len(data))
        return _decode_and_encode(data, file_format, policy)
    except MemoryError as error:
        raise IngestError(
            Reason.TOO_MANY_PIXELS, f"memory ran out while this file of {len(data)} bytes was prepared"
        ) from error


def _describe_stripped(
    stripped: StrippedImage, file_format: Format, source_bytes: int, policy: Policy
) -> PreparedImage:
    warning = _warn_of_blank(stripped.only_colour, policy)
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
        steps=(*warning, *(f"{name} removed" for name in stripped.removed)),
        is_blank=bool(warning),
    )


def _describe_streamed(source: Pipeline, encoded: Encoded, file_format: Format, source_bytes: int) -> PreparedImage:
    width, height = source.stored
    displayed = get_displayed_size(width, height, source.orientation)
    return PreparedImage(
        data=encoded.data,
        format=OUTPUT_FORMAT,
        width=encoded.width,
        height=encoded.height,
        source_format=file_format.name,
        source_width=width,
        source_height=height,
        displayed_width=displayed[0],
        displayed_height=displayed[1],
        content=(0, 0, encoded.width, encoded.height),
        source_bytes=source_bytes,
        steps=encoded.steps,
    )


def _decode_and_encode(data: bytes, file_format: Format, policy: Policy) -> PreparedImage:
    source = decode(data, file_format, policy)
    shown = _run_steps(source, policy)
    if shown.only_colour and FIRST_FRAME in source.steps:
        shown = _find_shown_frame(data, file_format, source, policy) or shown
    warning = _warn_of_blank(shown.only_colour, policy)
    padded, corner, padding = pad(shown.image, shown.ground, policy)
    encoded = encode(padded, policy, len(data))
    # Encode never shrinks a padded image, because it is small: at most one of the two changes the size.
    size = shown.image.size if padding else (encoded.width, encoded.height)
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
        content=(*corner, *size),
        source_bytes=len(data),
        steps=(*shown.notes, *warning, *([padding] if padding else []), *encoded.steps),
        is_blank=bool(warning),
    )


def _warn_of_blank(only_colour: str | None, policy: Policy) -> tuple[str, ...]:
    """Return the warning about an image that shows one colour. Raise ``IMAGE_BLANK`` if the policy rejects it."""
    if only_colour is None:
        return ()
    finding = f"it shows nothing but {only_colour}"
    if policy.blank_pictures is BlankPictures.REJECT:
        detail = f"{finding}, and the settings reject blank pictures (INGEST_BLANK_PICTURES)"
        raise IngestError(Reason.IMAGE_BLANK, detail)
    return (f"blank: {finding}",)


def _find_shown_frame(data: bytes, file_format: Format, first: Decoded, policy: Policy) -> _Shown | None:
    """Return the first of the later frames that shows something, if there is one."""
    if file_format.read_later_frames is None:
        return None
    width, height = first.stored
    frames = limit_frames(file_format.read_later_frames(data, file_format.plugin), width * height)
    for number, frame in enumerate(frames, start=2):
        shown = _run_steps(replace(first, image=frame, steps=(describe_frame(number),)), policy)
        if shown.only_colour is None:
            return shown
    return None


def _run_steps(source: Decoded, policy: Policy) -> _Shown:
    """Run the steps that change pixels. Scaling comes early: the steps after it are faster and need less memory."""
    notes: list[str] = list(source.steps)
    image = source.image
    del source.image

    def run(*steps: Step) -> None:
        nonlocal image
        for step in steps:
            image, note = step(image)
            notes.extend([note] if note else [])

    run(reduce_depth, expand_colours, partial(fit, policy=policy), convert_to_srgb)
    image, ground, note = flatten(image, policy)
    notes.extend([note] if note else [])
    only_colour = find_only_colour(image)
    run(partial(orient, orientation=source.orientation))
    return _Shown(image, ground, tuple(notes), only_colour)
