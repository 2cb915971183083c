"""Encode an image while it is decoded, in one pipeline of libvips from the file to the JPEG (ADR 39).

This is a fast path, like ``pass_through``. It rejects no image and gives no reason: whatever it does not understand is
decoded first and encoded then. It takes images that certainly show something.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagesearch_ingest.images.colour import is_srgb
from imagesearch_ingest.images.contrast import exceeds_contrast
from imagesearch_ingest.images.encode import Encoded, describe_encoding
from imagesearch_ingest.images.limits import check_size, has_allowed_bytes
from imagesearch_ingest.images.orient import UPRIGHT, name_turn
from imagesearch_ingest.images.vips import convert_to_srgb, encode, open_image, shrink, turn

if TYPE_CHECKING:
    import pyvips  # type: ignore[import-untyped] # published without type information

    from imagesearch_ingest.images.formats import Format
    from imagesearch_ingest.images.formats.format import Pipeline
    from imagesearch_ingest.images.policy import Policy

# A contrast, in levels, that no blank image has after JPEG's noise. Two pixels that differ so much cannot both be as
# light as the background, either.
_CERTAIN_CONTRAST = 48
_DIVISOR = 8  # of the sides, to look at the result; its pixels are averages, so their contrast is not larger
_COLOURS, _COLOURS_WITH_ALPHA = {1: "b-w", 3: "srgb"}, 4  # bands, and libvips' name for them


def stream(data: bytes, file_format: Format, policy: Policy) -> tuple[Pipeline, Encoded] | None:
    """Return the encoded image and where it comes from, or ``None`` if it has to be decoded first."""
    if file_format.open_pipeline is None:
        return None
    try:
        pipeline = file_format.open_pipeline(data, policy)
        encoded = _run(pipeline, policy, len(data)) if pipeline else None
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 (a broken file raises anything; decoding it will find the reason)
        return None
    return (pipeline, encoded) if pipeline and encoded else None


def _run(pipeline: Pipeline, policy: Policy, source_bytes: int) -> Encoded | None:
    check_size(*pipeline.stored, policy)
    image, flattened = _flatten(pipeline, policy)
    image, _ = shrink(image, policy)
    scaled = _describe_scaling(pipeline, image)
    if image.bands not in _COLOURS or min(image.width, image.height) < policy.min_side:
        return None
    image, converted = _convert(image.copy(interpretation=_COLOURS[image.bands]), pipeline.profile)
    image, turned = _turn(image, pipeline.orientation)
    output = encode(image, policy.quality)
    pipeline.check_end()
    if not has_allowed_bytes(output, policy):
        return None
    if not exceeds_contrast(open_image(output, "jpeg", shrink=_DIVISOR), _CERTAIN_CONTRAST):
        return None
    notes = (scaled, converted, flattened, turned, describe_encoding(source_bytes, output, policy.quality))
    return Encoded(output, image.width, image.height, tuple(note for note in notes if note))


def _flatten(pipeline: Pipeline, policy: Policy) -> tuple[pyvips.Image, str | None]:
    """Draw the image on the background. Scaling it afterwards is the same, and has less to do."""
    image = pipeline.image
    if image.bands != _COLOURS_WITH_ALPHA or (pipeline.profile and not is_srgb(pipeline.profile)):
        return image, None
    return image.flatten(background=list(policy.background)), "flattened"


def _describe_scaling(pipeline: Pipeline, image: pyvips.Image) -> str | None:
    width, height = pipeline.stored
    return (
        None if (width, height) == (image.width, image.height) else f"{width}x{height} to {image.width}x{image.height}"
    )


def _convert(image: pyvips.Image, profile: bytes | None) -> tuple[pyvips.Image, str | None]:
    """Convert by the profile. Raise ``ValueError`` for a profile that does not fit."""
    if not profile or is_srgb(profile):
        return image, None
    converted = convert_to_srgb(image, profile)
    if converted is None:
        raise ValueError("a profile that cannot be used")
    return converted, f"{'grey' if image.bands == 1 else 'rgb'} to srgb by its profile"


def _turn(image: pyvips.Image, orientation: int) -> tuple[pyvips.Image, str | None]:
    return (image, None) if orientation == UPRIGHT else (turn(image, orientation), name_turn(orientation))
