"""Draw and encode images for tests."""

import io

from PIL import Image, ImageDraw


def scene(width: int = 320, height: int = 200) -> Image.Image:
    """Return an image in which all corners differ, so every orientation looks different."""
    image = Image.new("RGB", (width, height), (240, 240, 240))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, width // 2, height // 3), fill=(200, 30, 30))
    draw.rectangle((width // 2, height // 2, width, height), fill=(30, 60, 200))
    draw.ellipse((width // 8, height // 2, width // 3, height - 8), fill=(30, 160, 60))
    return image


def encode(image: Image.Image, form: str = "JPEG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def jpeg(width: int = 320, height: int = 200) -> bytes:
    return encode(scene(width, height), quality=90)
