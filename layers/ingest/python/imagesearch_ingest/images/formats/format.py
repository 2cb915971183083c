"""One row per file format: how its files are recognised, checked, decoded and passed through."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from PIL import Image, ImageFile

from imagesearch_ingest.images.formats.exif import read_orientation
from imagesearch_ingest.images.orient import get_displayed_size
from imagesearch_ingest.images.pillow import Plugin
from imagesearch_ingest.images.policy import Policy

if TYPE_CHECKING:
    import pyvips  # type: ignore[import-untyped] # published without type information

_MEBIBYTE = 1024 * 1024


class StrippedImage(NamedTuple):
    """A file of one image without metadata. Its pixel data is copied, byte for byte, from the uploaded file."""

    data: bytes
    width: int  # pixels
    height: int
    removed: tuple[str, ...]  # names of the removed parts, for people: "EXIF", "XMP", "ICC profile", "comment", ...
    exif: bytes | None = None  # the removed EXIF block, from its byte order mark on; it may ask for a rotation
    profile: bytes | None = None  # the removed ICC profile; only an sRGB profile may be removed
    only_colour: str | None = None  # of an image that shows nothing, as #rrggbb; found after the proof


class Inspection(NamedTuple):
    """The result of reading a file's structure before Pillow does."""

    data: bytes  # the bytes for Pillow: the file, or a repaired copy
    is_animated: bool | None = None  # None: ask the plugin
    repaired: bytes | None = None  # the bytes for the loader, in place of the file


@dataclass
class Decoded:
    """Pixels and what is known about them. Mutable, so that a caller can release the image early."""

    image: Image.Image  # in any mode
    stored: tuple[int, int]  # pixels, in the file: before rotation and scaling
    displayed: tuple[int, int]  # pixels, after rotation, before scaling
    orientation: int  # 1 to 8: the rotation still to do
    steps: tuple[str, ...] = ()  # what decoding did to the image, for people


class Pipeline(NamedTuple):
    """An image that libvips decodes while it encodes it. It has 8 bits, and is grey or RGB, perhaps with alpha."""

    image: "pyvips.Image"
    stored: tuple[int, int]  # pixels, in the file
    orientation: int  # 1 to 8: the rotation still to do
    profile: bytes | None
    # Raise an error if the pixels are not proven to be whole. Called when all of them have been decoded.
    check_end: Callable[[], object] = lambda: None


class PassThrough(NamedTuple):
    """The two halves of the proof that a file can be sent as it is, without its metadata.

    If either function raises anything but ``MemoryError``, the proof has failed, and the file is decoded and encoded.
    """

    strip: Callable[[bytes], StrippedImage | None]  # None: the image needs a change, or the file is unusual
    # Called only for an image within all limits. If the proof decodes the image, it returns the image, perhaps reduced.
    is_decodable: Callable[[StrippedImage], Image.Image | bool | None]
    # Prove without decoding the whole image that it shows something. None: the proof has decoded it, or it is quick.
    has_contrast: Callable[[StrippedImage], bool] | None = None


def keep(data: bytes, _: Policy) -> Inspection:
    """Return the file unchanged."""
    return Inspection(data)


def load(opened: ImageFile.ImageFile, _data: bytes, _policy: Policy) -> Decoded:
    """Decode the image as Pillow does."""
    stored = opened.size
    opened.load()
    return describe(opened, opened, stored=stored)


def describe(
    opened: ImageFile.ImageFile,
    image: Image.Image,
    *,
    stored: tuple[int, int] | None = None,
    steps: tuple[str, ...] = (),
) -> Decoded:
    """Return a decoded image with the orientation from its EXIF block.

    Call it after the pixels are loaded: a PNG may keep EXIF behind them. ``stored`` is the size in the file, if the
    plugin changed its own.
    """
    stored = stored or opened.size
    orientation = read_orientation(opened.info.get("exif"))
    return Decoded(image, stored, get_displayed_size(*stored, orientation), orientation, steps)


def starts_with(*magics: bytes) -> Callable[[bytes], bool]:
    """Return a predicate that is true for a file that begins with one of ``magics``."""
    return lambda data: data.startswith(magics)


@dataclass(frozen=True)
class Format:
    """Everything the rest of the library knows about a file format."""

    name: str  # Pillow's name, or HEIC
    title: str  # the name in messages
    matches: Callable[[bytes], bool]  # whether a file is in this format, by its first bytes
    plugin: Plugin
    inspect: Callable[[bytes, Policy], Inspection] = keep  # check and repair the file before Pillow sees it
    load: Callable[[ImageFile.ImageFile, bytes, Policy], Decoded] = (
        load  # decode; the bytes are the file's, or repaired
    )
    pass_through: PassThrough | None = None  # None: AddImage does not accept the format
    # Open an image that can be encoded while it is decoded; it may be scaled already. ``None``: decode it first.
    open_pipeline: Callable[[bytes, Policy], Pipeline | None] | None = None
    # Decode the frames after the first of an animation, as they are displayed. None: the format has no animations.
    read_later_frames: Callable[[bytes, Plugin], Iterator[Image.Image]] | None = None
    # Memory that decoding takes, in bytes per pixel, as measured. None: the pixels alone, by their mode.
    bytes_per_pixel: float | None = None
    removable_bytes: float = _MEBIBYTE  # metadata that a file in this format may have; more is not worth parsing
