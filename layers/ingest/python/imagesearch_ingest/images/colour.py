"""Convert every colour space to sRGB, which displays and the service assume, and keep transparency."""

from hashlib import sha256
from io import BytesIO

from PIL import Image, ImageChops

from imagesearch_ingest.images.bands import apply_in_bands

# The colour space that an embedded profile must describe, by mode (ICC.1:2022, table 19).
_SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK", "LAB": "Lab"}
_NAMES = {"L": "grey", "LAB": "lab", "YCbCr": "ycbcr", "HSV": "hsv", "CMYK": "cmyk", "RGB": "rgb"}
_EXPANDED = {"1": "L", "La": "LA", "PA": "RGBA", "RGBa": "RGBA", "RGBX": "RGB"}
_SRGB_CODED = {"L", "LA", "RGB", "RGBA", "YCbCr"}
_INVISIBLE = 3  # levels
_GREYS = Image.frombytes("L", (256, 1), bytes(range(256)))
_CUBE = range(0, 256, 17)
_COLOURS = Image.frombytes(
    "RGB", (16**3, 1), bytes(level for r in _CUBE for g in _CUBE for b in _CUBE for level in (r, g, b))
)
# Results of trying profiles, by digest. A shop has few profiles, and trying one takes longer than checking a small
# image. Threads may share the results, because they all get the same ones.
_srgb_by_digest: dict[bytes, bool] = {}
_MAX_CACHED = 1000


def expand_colours(image: Image.Image) -> tuple[Image.Image, str | None]:
    """Replace palettes by colours, and colour keys and premultiplied alpha by a plain alpha band."""
    target = "RGB" if image.mode == "P" else _EXPANDED.get(image.mode)
    if "transparency" in image.info and image.mode in {"1", "L", "P", "RGB"}:
        target = "RGBA"
    return (apply_in_bands(image, lambda band: band.convert(target)), None) if target else (image, None)


def is_srgb(profile: bytes) -> bool:
    """Return whether the profile describes sRGB, so that removing it moves no colour visibly.

    There are many sRGB profiles, with nothing in common but their effect. So the profile is tried on colours and greys.
    """
    digest = sha256(profile).digest()
    found = _srgb_by_digest.get(digest)
    if found is None:
        if len(_srgb_by_digest) >= _MAX_CACHED:
            _srgb_by_digest.clear()
        found = _srgb_by_digest[digest] = _has_no_effect(profile)
    return found


def is_usable(profile: bytes, mode: str) -> bool:
    """Return whether images in this mode can be converted by the profile."""
    return _apply_profile(Image.new(mode, (1, 1)), profile) is not None


def _has_no_effect(profile: bytes) -> bool:
    for probe in (_COLOURS, _GREYS):
        converted = _apply_profile(probe, profile)
        if converted:
            return max(ImageChops.difference(converted, probe.convert("RGB")).tobytes()) <= _INVISIBLE
    return False


def convert_to_srgb(image: Image.Image) -> tuple[Image.Image, str | None]:
    """Convert by the embedded profile if it is usable, else by Pillow's plain formulas. The note says which.

    Grey and JPEG's YCbCr are left as they are: both are sRGB already, in another encoding.
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
    if converted := _apply_profile(image, profile):
        return converted, f"{space} to srgb by its profile"
    return image.convert("RGB"), f"{space} to srgb without its profile, which does not fit"


def _apply_profile(image: Image.Image, profile: bytes) -> Image.Image | None:
    """Return the converted image, or ``None`` if the profile is broken or describes another colour space.

    The intent is relative colorimetric with black point compensation, as in browsers. Profiles and transforms are
    created per image: they are not safe to share between threads.
    """
    from PIL import ImageCms  # noqa: PLC0415 (few images have a profile, and the import is slow)

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
