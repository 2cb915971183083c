"""Prepare images with Pillow, as tutorials show it."""

from io import BytesIO

from PIL import Image, ImageCms, ImageOps
from PIL import __version__ as pillow_version

from benchmarks.images.workers.protocol import serve


def work(data: bytes, limit: int) -> bytes:
    with Image.open(BytesIO(data)) as opened:
        image = _flatten(_convert_to_srgb(ImageOps.exif_transpose(opened)))
    image.thumbnail((limit, limit), Image.Resampling.LANCZOS)
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=90, subsampling="4:2:0")
    return buffer.getvalue()


def _convert_to_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if not profile:
        return image
    source, target = ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB")
    return ImageCms.profileToProfile(image, source, target, outputMode="RGB") or image


def _flatten(image: Image.Image) -> Image.Image:
    """Flatten the image: ``convert("RGB")`` alone would show the colours of transparent pixels."""
    if image.mode != "RGBA":
        return image.convert("RGB")
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground


if __name__ == "__main__":
    serve(work, {"Pillow": pillow_version})
