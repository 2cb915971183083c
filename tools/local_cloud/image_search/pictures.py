"""What AddImage demands of a picture (AddImage reference, "PicContent"), decided by decoding it.

The format is known by its first bytes and decoded by that format's plug-in alone: no guessing, and Pillow's own limits,
which would warn rather than refuse, do not apply. Only the first frame is decoded.
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

from local_cloud.image_search.errors import ApiRefusal
from local_cloud.image_search.perceptual_hash import perceptual_hash

MAX_BYTES = 4 * 1024 * 1024
MIN_SIDE, MAX_SIDE = 100, 4096
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
    # P3 and P6 are PPM. Their grey and bitmap relatives, which the same plug-in reads, are not in the reference's list.
    (re.compile(rb"P[36]\s"), PpmImagePlugin.PpmImageFile),
)


@dataclass(frozen=True)
class Picture:
    format: str
    width: int
    height: int
    perceptual_hash: int


def inspect(data: bytes) -> Picture:
    """What is in the picture, or the refusal it meets."""
    if len(data) > MAX_BYTES:
        raise ApiRefusal("InvalidPicContent", f"{len(data)} bytes exceed {MAX_BYTES}.")
    try:
        return _decode(data)
    except ApiRefusal:
        raise
    except Exception as error:
        # A decoder fed with anything raises anything.
        raise ApiRefusal("UnsupportedPicFormat", f"Not decodable: {error}") from error


def _decode(data: bytes) -> Picture:
    plugin = next((plugin for signature, plugin in _SIGNATURES if signature.match(data)), None)
    if plugin is None:
        raise ApiRefusal("UnsupportedPicFormat", "Not PNG, JPEG, BMP, GIF, WebP, TIFF or PPM.")
    # verify() checks what load() lets pass, a PNG's checksums above all, and leaves the image useless.
    plugin(io.BytesIO(data)).verify()
    with plugin(io.BytesIO(data)) as image:
        _check_sides(image)
        # EXIF before load(), which turns a TIFF upright and drops the tag; XMP after it, for it may follow the pixels.
        _check_upright(image.getexif().get(ExifTags.Base.Orientation, UPRIGHT))
        image.load()
        for orientation in _xmp_orientations(image):
            _check_upright(orientation)
        return Picture(plugin.format or "", image.width, image.height, perceptual_hash(image))


def _check_sides(image: Image.Image) -> None:
    if not all(MIN_SIDE <= side <= MAX_SIDE for side in image.size):
        raise ApiRefusal("UnsupportedPicPixels", f"{image.width} x {image.height}, not {MIN_SIDE} to {MAX_SIDE}.")


def _check_upright(orientation: int) -> None:
    """No tag but the one that changes nothing: "The image cannot contain rotation settings"."""
    if orientation != UPRIGHT:
        raise ApiRefusal("IncorrectOrientation", f"Orientation is {orientation}.")


def _xmp_orientations(image: Image.Image) -> list[int]:
    found: list[int] = []
    for key in _XMP_KEYS:
        packet = image.info.get(key, b"")
        text = packet.decode("utf-8", "replace") if isinstance(packet, bytes) else str(packet)
        found += map(int, _XMP_ORIENTATION.findall(text))
    return found
