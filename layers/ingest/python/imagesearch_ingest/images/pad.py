"""Give a small picture the sides that the service demands, by ground around it."""

from PIL import Image

from imagesearch_ingest.images.policy import Policy


def pad(image: Image.Image, policy: Policy) -> tuple[Image.Image, tuple[int, int], str | None]:
    """The picture in the middle of the smallest ground that is large enough; where its upper left corner came to lie;
    and a word on it. Sides in pixels.
    """
    size = max(image.width, policy.min_side), max(image.height, policy.min_side)
    if size == image.size:
        return image, (0, 0), None
    corner = (size[0] - image.width) // 2, (size[1] - image.height) // 2
    ground = Image.new("RGB", size, policy.background)
    ground.paste(image.convert("RGB"), corner)
    return ground, corner, f"padded to {size[0]}x{size[1]}"
