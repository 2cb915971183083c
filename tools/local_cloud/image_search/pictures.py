"""Decode a picture and check it against the rules of AddImage (AddImage reference, "PicContent").

The sides depend on the kind of the instance.

The first bytes select the format, and only that format's plug-in decodes the picture. Pillow's own size limits, which
warn instead of failing, do not apply. Only the first frame is decoded.
"""

import io
import re
from dataclasses import dataclass

from PIL import (
    BmpImagePlugin,
    ExifTags,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from local_cloud.image_search.appearance import find_appearance
from local_cloud.image_search.errors import ApiError
from local_cloud.image_search.kinds import KINDS, Kind
from local_cloud.image_search.perceptual_hash import perceptual_hash

MAX_BYTES = 4 * 1024 * 1024
_PRODUCT = KINDS["product"]
MIN_SIDE, MAX_SIDE = _PRODUCT.min_side, _PRODUCT.max_side
UPRIGHT = 1
_XMP_KEYS = ("xmp", "XML:com.adobe.xmp", "Raw profile type xmp")
_XMP_ORIENTATION = re.compile(r"""Orientation(?:\s*=\s*["']|>)\s*(\d+)""")
_SIGNATURES: tuple[tuple[re.Pattern[bytes], type[ImageFile.ImageFile]], ...] = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), PngImagePlugin.PngImageFile),
    (re.compile(rb"\xff\xd8\xff"), JpegImagePlugin.JpegImageFile),
    (re.compile(rb"BM"), BmpImagePlugin.BmpImageFile),
    (re.compile(rb"GIF8[79]a"), GifImagePlugin.GifImageFile),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), WebPImagePlugin.WebPImageFile),
    (re.compile(rb"II\*\0|MM\0\*"), TiffImagePlugin.TiffImageFile),
    # P3 and P6 are PPM. The plug-in also reads PGM and PBM, which are not in the reference's list.
    (re.compile(rb"P[36]\s"), PpmImagePlugin.PpmImageFile),
)


@dataclass(frozen=True)
class Picture:
    format: str
    width: int
    height: int
    perceptual_hash: int
    appearance: int


def inspect(data: bytes, kind: Kind = _PRODUCT) -> Picture:
    """Return the picture's properties. Raise ``ApiError`` with the documented code if AddImage would refuse it."""
    if len(data) > MAX_BYTES:
        raise ApiError("InvalidPicContent", f"{len(data)} bytes exceed {MAX_BYTES}.")
    try:
        return _decode(data, kind)
    except ApiError:
        raise
    except Exception as error:
        # A decoder can raise any exception for damaged data.
        raise ApiError("UnsupportedPicFormat", f"It cannot be decoded: {error}") from error


def _decode(data: bytes, kind: Kind) -> Picture:
    plugin = next((plugin for signature, plugin in _SIGNATURES if signature.match(data)), None)
    if plugin is None:
        raise ApiError("UnsupportedPicFormat", "It is not PNG, JPEG, BMP, GIF, WebP, TIFF or PPM.")
    # verify() checks more than load(), such as a PNG's checksums, but the image cannot be used after it.
    plugin(io.BytesIO(data)).verify()
    with plugin(io.BytesIO(data)) as image:
        _check_sides(image, kind)
        # EXIF before load(), which rotates a TIFF and drops the tag. XMP after load(), since it may follow the pixels.
        _check_upright(image.getexif().get(ExifTags.Base.Orientation, UPRIGHT))
        image.load()
        for orientation in _find_xmp_orientations(image):
            _check_upright(orientation)
        return Picture(plugin.format or "", image.width, image.height, perceptual_hash(image), find_appearance(image))


def _check_sides(image: Image.Image, kind: Kind) -> None:
    if not all(kind.min_side <= side <= kind.max_side for side in image.size):
        allowed = f"sides of {kind.min_side} to {kind.max_side} are allowed."
        raise ApiError("UnsupportedPicPixels", f"{image.width} x {image.height}; {allowed}")


def _check_upright(orientation: int) -> None:
    """Allow only the orientation that changes nothing: "The image cannot contain rotation settings"."""
    if orientation != UPRIGHT:
        raise ApiError("IncorrectOrientation", f"Orientation is {orientation}.")


def _find_xmp_orientations(image: Image.Image) -> list[int]:
    found: list[int] = []
    for key in _XMP_KEYS:
        packet = image.info.get(key, b"")
        text = packet.decode("utf-8", "replace") if isinstance(packet, bytes) else str(packet)
        found += map(int, _XMP_ORIENTATION.findall(text))
    return found
