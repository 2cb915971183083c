"""Bring every colour space to sRGB, keeping transparency: what displays, and so the service, take pixels to be."""

from hashlib import sha256
from io import BytesIO

from PIL import Image, ImageChops

from imagesearch_ingest.images.bands import by_bands

# What a picture's own profile must describe, per mode (ICC.1:2022, table 19).
_SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK", "LAB": "Lab"}
_NAMES = {"L": "grey", "LAB": "lab", "YCbCr": "ycbcr", "HSV": "hsv", "CMYK": "cmyk", "RGB": "rgb"}
_OPENED = {"1": "L", "La": "LA", "PA": "RGBA", "RGBa": "RGBA", "RGBX": "RGB"}
_SRGB_CODED = {"L", "LA", "RGB", "RGBA", "YCbCr"}
_INVISIBLE = 3  # levels
_GREYS = Image.frombytes("L", (256, 1), bytes(range(256)))
_CUBE = range(0, 256, 17)
_COLOURS = Image.frombytes(
    "RGB", (16**3, 1), bytes(level for r in _CUBE for g in _CUBE for b in _CUBE for level in (r, g, b))
)
# What was found out about profiles: a shop has few, and trying one takes longer than proving a small picture. All
# threads find out the same.
_verdicts: dict[bytes, bool] = {}
_MANY = 1000


def unfold(image: Image.Image) -> tuple[Image.Image, str | None]:
    """Palettes to colours, colour keys and premultiplied alpha to a plain alpha band."""
    target = "RGB" if image.mode == "P" else _OPENED.get(image.mode)
    if "transparency" in image.info and image.mode in {"1", "L", "P", "RGB"}:
        target = "RGBA"
    return (by_bands(image, lambda band: band.convert(target)), None) if target else (image, None)


def is_srgb(profile: bytes) -> bool:
    """Whether doing without the profile moves no colour by more than can be seen: it is sRGB's, whoever made it.

    Profiles of sRGB are many; what they have in common is what they do. So the profile is tried on colours and greys.
    """
    digest = sha256(profile).digest()
    verdict = _verdicts.get(digest)
    if verdict is None:
        if len(_verdicts) >= _MANY:
            _verdicts.clear()
        verdict = _verdicts[digest] = _changes_nothing(profile)
    return verdict


def _changes_nothing(profile: bytes) -> bool:
    for probe in (_COLOURS, _GREYS):
        converted = _by_profile(probe, profile)
        if converted:
            return max(ImageChops.difference(converted, probe.convert("RGB")).tobytes()) <= _INVISIBLE
    return False


def to_srgb(image: Image.Image) -> tuple[Image.Image, str | None]:
    """By the embedded profile if it can be used, else by Pillow's plain formulas; the note says which.

    Grey stays grey, and YCbCr as JPEG means it stays so: both are sRGB already, coded in another way.
    """
    profile = image.info.get("icc_profile")
    if image.mode in _SRGB_CODED and (not profile or is_srgb(profile)):
        return image, None
    if image.mode == "YCbCr":
        image = image.convert("RGB")
    alpha = image.getchannel("A") if image.mode in {"LA", "RGBA"} else None
    colours = image.convert(image.mode[:-1]) if alpha else image
    converted, note = _convert(colours, profile)
    if alpha:
        converted.putalpha(alpha)
    return converted, note


def _convert(image: Image.Image, profile: bytes | None) -> tuple[Image.Image, str | None]:
    space = _NAMES.get(image.mode, image.mode.lower())
    if not profile:
        return image.convert("RGB"), f"{space} to srgb" if image.mode in _SPACES else None
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
