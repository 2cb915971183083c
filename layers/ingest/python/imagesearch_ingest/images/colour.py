"""Bring every colour space to sRGB, keeping transparency: what displays, and so the service, take pixels to be."""

from io import BytesIO

from PIL import Image

# What a picture's own profile must describe, per mode (ICC.1:2022, table 19).
_SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK", "LAB": "Lab"}
_NAMES = {"L": "grey", "LAB": "lab", "YCbCr": "ycbcr", "HSV": "hsv", "CMYK": "cmyk", "RGB": "rgb"}
_OPENED = {"1": "L", "La": "LA", "PA": "RGBA", "RGBa": "RGBA", "RGBX": "RGB"}


def unfold(image: Image.Image) -> tuple[Image.Image, str | None]:
    """Palettes to colours, colour keys and premultiplied alpha to a plain alpha band."""
    if "transparency" in image.info and image.mode in {"1", "L", "P", "RGB"}:
        return image.convert("RGBA"), None
    target = "RGB" if image.mode == "P" else _OPENED.get(image.mode)
    return (image.convert(target), None) if target else (image, None)


def to_srgb(image: Image.Image) -> tuple[Image.Image, str | None]:
    """By the embedded profile if it can be used, else by Pillow's plain formulas; the note says which."""
    alpha = image.getchannel("A") if image.mode in {"LA", "RGBA"} else None
    colours = image.convert(image.mode[:-1]) if alpha else image
    converted, note = _convert(colours, image.info.get("icc_profile"))
    if alpha:
        converted.putalpha(alpha)
    return converted, note


def _convert(image: Image.Image, profile: bytes | None) -> tuple[Image.Image, str | None]:
    space = _NAMES.get(image.mode, image.mode.lower())
    if not profile:
        return (image, None) if image.mode == "RGB" else (image.convert("RGB"), f"{space} to srgb")
    if converted := _by_profile(image, profile):
        return converted, f"{space} to srgb by its profile"
    return image.convert("RGB"), f"{space} to srgb without its profile, which does not fit"


def _by_profile(image: Image.Image, profile: bytes) -> Image.Image | None:
    """``None`` when the profile is broken or is another kind of picture's.

    Relative colorimetric with black point compensation, as browsers do. Profiles and transforms are made for each
    picture and never shared: they are not safe among threads.
    """
    from PIL import ImageCms  # noqa: PLC0415 (few pictures have a profile, and the import is slow)

    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        if source.profile.xcolor_space.strip() != _SPACES.get(image.mode):
            return None
        return ImageCms.profileToProfile(
            image,
            source,
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
