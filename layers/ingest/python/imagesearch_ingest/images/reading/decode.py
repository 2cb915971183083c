"""From bytes to pixels: limits before memory is taken, and every fault of a file turned into a reason."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from PIL import Image, ImageFile

from imagesearch_ingest.images.limits import check_memory, check_pixels, check_sides
from imagesearch_ingest.images.orient import UPRIGHT, displayed_size, orientation_of
from imagesearch_ingest.images.policy import Animations, Policy
from imagesearch_ingest.images.reading import bmp, directories, gif, heif, jpeg, netpbm, png
from imagesearch_ingest.images.reading.pillow import decoding, open_header
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason


@dataclass(slots=True)
class Decoded:
    """Not frozen, so that the picture can be given up as soon as a smaller one has been made of it."""

    image: Image.Image  # in whatever mode it has
    stored: tuple[int, int]  # pixels, in the file: before rotation and scaling
    displayed: tuple[int, int]  # pixels, after rotation, before scaling
    orientation: int  # 1 to 8: what remains to be done
    steps: tuple[str, ...]  # what decoding itself did to the picture


class _Inspection(NamedTuple):
    """What Pillow is handed in place of the file, and whether the file holds more than that one picture."""

    data: bytes
    animated: bool | None = None  # None: the plugin knows


# What is looked at, or mended, in the bytes before a plugin sees them.
_INSPECTIONS: dict[str, Callable[[bytes, Policy], _Inspection]] = {
    "PNG": lambda data, _: _Inspection(png.critical_chunks(data), png.is_animated(data)),
    "JPEG": lambda data, _: _Inspection(jpeg.check_segments(data)),
    "GIF": lambda data, _: _Inspection(*gif.first_picture(data)),
    "BMP": lambda data, _: _Inspection(bmp.repair(data)),
    "PPM": lambda data, policy: _Inspection(netpbm.with_byte_samples(data, policy)),
    "TIFF": lambda data, _: _Inspection(directories.check_directories(data)),
    "HEIC": lambda data, _: _Inspection(
        heif.check_items(data), animated=False
    ),  # further pictures are bursts, depths, gain maps
}


def _as_it_is(data: bytes, _: Policy) -> _Inspection:
    return _Inspection(data)


# What a format needs while its pixels are made, or after that.
_LOADERS: dict[str, Callable[[ImageFile.ImageFile, bytes, Policy], Image.Image]] = {
    "JPEG": jpeg.load,
    "PNG": lambda opened, data, _: png.load(opened, data),
    "GIF": lambda opened, _, __: gif.load(opened),
    "BMP": lambda opened, _, __: bmp.load(opened),
}
# Memory while a picture is decoded, in bytes a pixel, as measured; elsewhere it is the picture itself, and what is made
# of its palette, bits or wide samples. A JPEG's depends on the scale it is decoded at.
_NEEDS = {"JPEG": 0, "WEBP": 16.5, "AVIF": 9.5, "HEIC": 7.5}
_SAMPLE_BYTES = {"1": 2, "L": 1, "P": 5, "I;16": 3, "I": 5, "F": 5}


def decode(data: bytes, source_format: str, policy: Policy) -> Decoded:
    """The first picture of the file, in whatever mode it has; a JPEG that is too large, already scaled down.

    Raises ``TOO_MANY_PIXELS``, ``TOO_MANY_FRAMES``, ``IMAGE_TOO_SMALL`` and ``IMAGE_TOO_LONG`` from the header alone,
    ``CORRUPT_IMAGE`` for whatever a decoder raises, ``UNSUPPORTED_FORMAT`` for a private kind of PNG, and
    ``HEIC_NOT_INSTALLED``.
    """
    with decoding(source_format, policy.max_pixels):
        inspected = _INSPECTIONS.get(source_format, _as_it_is)(data, policy)
        opened = open_header(inspected.data, source_format)
        width, height = opened.size
        check_pixels(width, height, policy)
        check_sides(width, height, policy)
        needed = width * height * _NEEDS.get(source_format, _SAMPLE_BYTES.get(opened.mode, 4))
        check_memory(width, height, needed, source_format)
        frames = _frames(opened, inspected, policy)
        if source_format == "TIFF":
            return _tiff(opened, frames, policy)
        return _others(opened, data, source_format, frames, policy)


def _load(opened: ImageFile.ImageFile, _: bytes, __: Policy) -> Image.Image:
    opened.load()
    return opened


def _frames(opened: ImageFile.ImageFile, inspected: _Inspection, policy: Policy) -> tuple[str, ...]:
    animated = getattr(opened, "is_animated", False) if inspected.animated is None else inspected.animated
    if animated and policy.animations is Animations.REJECT:
        raise IngestError(Reason.TOO_MANY_FRAMES, "it has more than one frame, and the settings refuse such pictures")
    return ("first frame",) if animated else ()


def _others(
    opened: ImageFile.ImageFile, data: bytes, source_format: str, frames: tuple[str, ...], policy: Policy
) -> Decoded:
    stored = opened.size
    image = _LOADERS.get(source_format, _load)(opened, data, policy)
    if source_format == "JPEG" and image.size != stored:
        frames += (f"{stored[0]}x{stored[1]} to {image.width}x{image.height}",)
    orientation = orientation_of(opened.info.get("exif"))  # only now: a PNG may keep it behind its pixels
    return Decoded(image, stored, displayed_size(*stored, orientation), orientation, frames)


def _tiff(opened: ImageFile.ImageFile, frames: tuple[str, ...], policy: Policy) -> Decoded:
    from imagesearch_ingest.images.reading import libtiff, tiff  # noqa: PLC0415 (slow to import, and TIFF is rare)

    libtiff.silence()
    stored, displayed = tiff.stored_size(opened), opened.size
    tiff.check_layout(opened, policy)
    turned = tiff.rotation_done_by_pillow(opened)
    opened.load()
    steps = frames + ((turned,) if turned else ())
    return Decoded(tiff.full_range(opened, opened), stored, displayed, UPRIGHT, steps)
