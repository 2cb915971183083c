"""Replace transparency, which JPEG does not have, by a ground on which the image can be seen (ADR 36)."""

from typing import NamedTuple, cast

from PIL import Image

from imagesearch_ingest.images.blank import find_only_colour, probe
from imagesearch_ingest.images.policy import BARELY_SEEN, Colour, Policy, find_distance

_HALF_CLEAR = 128  # alpha


class Flat(NamedTuple):
    """An opaque image, the ground that it stands on, and a note on what was done to it."""

    image: Image.Image
    ground: Colour
    note: str | None


def flatten(image: Image.Image, policy: Policy) -> Flat:
    """Draw the image on the background; or on the other ground of the policy, if it is only seen there."""
    if image.mode not in {"LA", "RGBA"}:
        return Flat(image, policy.background, None)
    flat = Flat(_draw(image, policy.background), policy.background, "flattened")
    other = policy.background_if_unseen
    if other is None or not _has_clear_part(image) or not _is_lost(flat.image, policy.background):
        return flat
    drawn = _draw(image, other)
    if _is_lost(drawn, other) or find_only_colour(drawn):
        return flat
    return Flat(drawn, other, f"flattened on {_name(other)}: it would not be seen on {_name(policy.background)}")


def _draw(image: Image.Image, ground: Colour) -> Image.Image:
    flat = Image.new("RGB", image.size, ground)
    flat.paste(image if image.mode == "RGBA" else image.convert("RGBA"), mask=image)
    return flat


def _has_clear_part(image: Image.Image) -> bool:
    lowest, _ = image.getchannel("A").getextrema()
    return isinstance(lowest, int) and lowest < _HALF_CLEAR


def _is_lost(image: Image.Image, ground: Colour) -> bool:
    """Return whether no pixel differs enough from the ground. A few probes settle it for most images."""
    return _is_near(probe(image), ground) and _is_near(image, ground)


def _is_near(image: Image.Image, ground: Colour) -> bool:
    extrema = cast("tuple[tuple[int, int], ...]", image.getextrema())
    lowest, highest = zip(*extrema, strict=True)
    return max(find_distance(lowest, ground), find_distance(highest, ground)) <= BARELY_SEEN


def _name(colour: Colour) -> str:
    return f"#{bytes(colour).hex()}"
