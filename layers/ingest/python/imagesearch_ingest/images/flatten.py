"""JPEG has no transparency: what shows through is the policy's background."""

from PIL import Image

from imagesearch_ingest.images.policy import Policy


def flatten(image: Image.Image, policy: Policy) -> tuple[Image.Image, str | None]:
    if image.mode not in {"LA", "RGBA"}:
        return image, None
    ground = Image.new("RGB", image.size, policy.background)
    ground.paste(image if image.mode == "RGBA" else image.convert("RGBA"), mask=image)
    return ground, "flattened"
