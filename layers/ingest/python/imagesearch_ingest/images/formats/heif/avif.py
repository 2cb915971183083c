"""Decode an AVIF at its own depth, and convert its colours to sRGB."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, cast

from PIL import AvifImagePlugin

from imagesearch_ingest.images.coded_colour import CodedColour
from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.formats.format import Decoded, describe
from imagesearch_ingest.images.formats.format import load as load_by_pillow
from imagesearch_ingest.images.formats.heif.libavif import AvifImage, LibavifError, find_libavif, open_avif
from imagesearch_ingest.images.limits import check_memory
from imagesearch_ingest.images.srgb import convert_coded, is_converted, wrap_pixels
from imagesearch_ingest.images.vips import render, shrink
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyvips  # type: ignore[import-untyped] # published without type information

    from imagesearch_ingest.images.policy import Policy

_CONVERSION, _DEPTH, _NO_CODEC, _NOT_IMPLEMENTED = 5, 6, 15, 25  # avifResult
_TRUNCATED = 20
_BAND_ROWS = 64  # few, since a band takes 16 bits a sample; even, as ``convert`` asks for
_PLANES_SHARE = 1.05  # the memory of the codec's planes, as measured, in that of their samples
_MATRICES = {0: "identity", 8: "YCgCo", 11: "SMPTE 2085", 14: "ICtCp", 17: "YCgCo-Ro"}


class AvifFile(AvifImagePlugin.AvifImageFile):
    """Read the header as Pillow does, and say in plain words why it cannot be read."""

    def _open(self) -> None:
        stream = cast("IO[bytes]", self.fp)
        self.file_bytes = stream.read()
        stream.seek(0)
        try:
            super()._open()
        except (OSError, ValueError, SyntaxError, RuntimeError) as error:
            raise _describe_fault(str(error)) from error


def load(opened: AvifFile, policy: Policy) -> Decoded:
    """Decode the first image, upright but for its EXIF orientation, in sRGB, and scaled down if it is too large.

    Without libavif, decode it as Pillow does. Raise ``TOO_MANY_PIXELS``, ``CORRUPT_IMAGE`` and ``UNSUPPORTED_FORMAT``.
    """
    library = find_libavif()
    if library is None:
        return load_by_pillow(opened, b"", policy)
    try:
        with open_avif(library, opened.file_bytes) as image:
            _check_planes(image, has_alpha=opened.mode == "RGBA")
            image.decode()
            pixels, steps = _convert(image, opened.info.get("icc_profile"))
            crop = image.crop
    except LibavifError as error:
        raise _describe_code(error.code, image.matrix if error.code == _CONVERSION else 0) from error
    if crop:
        pixels = pixels.crop(*crop)
    stored = pixels.width, pixels.height
    fitted, note = shrink(pixels, policy)
    return describe(opened, render(fitted), stored=stored, steps=(*steps, note) if note else steps)


def _check_planes(image: AvifImage, *, has_alpha: bool) -> None:
    """Raise ``TOO_MANY_PIXELS``."""
    planes = (image.samples_per_pixel + has_alpha) * (1 if image.depth == 8 else 2) * _PLANES_SHARE  # noqa: PLR2004 (bits)
    result = 4 if has_alpha else 3
    needed = image.width * image.height * (planes + result)
    check_memory(image.width, image.height, needed, f"AVIF with {image.depth} bits")


def _convert(image: AvifImage, profile: bytes | None) -> tuple[pyvips.Image, tuple[str, ...]]:
    """Return the pixels in sRGB with 8 bits.

    Deep images are converted in bands, since libavif and the steps need several times the memory of the result.
    """
    colour = CodedColour(image.primaries, image.transfer, image.max_light)
    if image.bytes_per_sample == 1:
        pixels = bytearray(image.width * image.height * image.bands)
        image.convert(pixels)
        return convert_coded(_wrap(pixels, image, image.height), colour, profile)
    if is_converted(colour, profile):
        return _convert_deep(image, colour, profile)
    image.reduce_depth()
    reduced = _join((image.convert_band(*rows) for rows in _iterate_bands(image)), image.height)
    return _wrap(reduced, image, image.height), ("16 to 8 bits",)


def _convert_deep(image: AvifImage, colour: CodedColour, profile: bytes | None) -> tuple[pyvips.Image, tuple[str, ...]]:
    bands = 0
    steps: tuple[str, ...] = ()

    def convert_bands() -> Iterator[bytes]:
        nonlocal bands, steps
        for top, bottom in _iterate_bands(image):
            part, steps = convert_coded(_wrap(image.convert_band(top, bottom), image, bottom - top), colour, profile)
            bands = part.bands
            yield part.write_to_memory()

    pixels = _join(convert_bands(), image.height)
    return wrap_pixels(pixels, image.width, image.height, bands=bands, is_deep=False), steps


def _iterate_bands(image: AvifImage) -> Iterator[tuple[int, int]]:
    for top in range(0, image.height, _BAND_ROWS):
        yield top, min(image.height, top + _BAND_ROWS)


def _join(parts: Iterator[bytes | memoryview], height: int) -> bytearray:
    """Return the parts in one piece. The first has the usual number of rows, and says how long a row is."""
    first = next(parts)
    result = bytearray(len(first) // min(height, _BAND_ROWS) * height)
    at = len(first)
    result[:at] = first
    for part in parts:
        result[at : at + len(part)] = part
        at += len(part)
    return result


def _wrap(pixels: bytearray | memoryview, image: AvifImage, rows: int) -> pyvips.Image:
    """Return rows as an image. A grey one has one colour band."""
    is_deep = image.bytes_per_sample > 1
    wrapped = wrap_pixels(pixels, image.width, rows, bands=image.bands, is_deep=is_deep)
    if not image.is_grey:
        return wrapped
    grey = wrapped.extract_band(0)
    return grey.bandjoin(wrapped.extract_band(3)) if image.has_alpha else grey


def _describe_code(code: int, matrix: int) -> IngestError:
    if code == _CONVERSION:
        name = _MATRICES.get(matrix, f"number {matrix} of ITU-T H.273")
        return _refuse(f"its colours are stored by the matrix {name}")
    if code in {_DEPTH, _NO_CODEC, _NOT_IMPLEMENTED}:
        return _refuse("it uses a part of AVIF that its decoder does not have")
    if code == _TRUNCATED:
        return corrupt("AVIF", "its data ends too early")
    return corrupt("AVIF", "its compressed data is damaged")


def _describe_fault(words: str) -> IngestError:
    if "Truncated" in words:
        return corrupt("AVIF", "its data ends too early")
    if "Not implemented" in words or "nsupported" in words:
        return _refuse("it uses a part of AVIF that its decoder does not have")
    return corrupt("AVIF", "the boxes that describe its picture break the rules of the format")


def _refuse(finding: str) -> IngestError:
    return IngestError(
        Reason.UNSUPPORTED_FORMAT, f"this kind of AVIF cannot be read: {finding}; save the picture as JPEG or PNG"
    )
