"""JPEG has no transparency: what shows through is white."""

from PIL import Image

_WHITE = (255, 255, 255)


def flatten(image: Image.Image) -> tuple[Image.Image, str | None]:
    if image.mode != "RGBA":
        return image, None
    ground = Image.new("RGB", image.size, _WHITE)
    ground.paste(image, mask=image)
    return ground, "flattened"
