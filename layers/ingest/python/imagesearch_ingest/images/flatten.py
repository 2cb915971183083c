"""Replace transparency, which JPEG does not have, by the background of the policy."""

from PIL import Image

from imagesearch_ingest.images.policy import Policy


def flatten(image: Image.Image, policy: Policy) -> tuple[Image.Image, str | None]:
    """Draw the image on the background."""
    if image.mode not in {"LA", "RGBA"}:
        return image, None
    flat = Image.new("RGB", image.size, policy.background)
    flat.paste(image if image.mode == "RGBA" else image.convert("RGBA"), mask=image)
    return flat, "flattened"
