"""Decode an AVIF at its own depth, and convert its colours to sRGB."""

from __future__ import annotations

import re
from typing import IO, TYPE_CHECKING, cast

from PIL import AvifImagePlugin

from imagesearch_ingest.images.coded_colour import CodedColour
from imagesearch_ingest.images.faults import corrupt
from imagesearch_ingest.images.formats.format import Decoded, describe
from imagesearch_ingest.images.formats.format import load as load_by_pillow
from imagesearch_ingest.images.formats.heif.container import read_container
from imagesearch_ingest.images.formats.heif.libavif import AvifImage, LibavifError, find_libavif, open_avif
from imagesearch_ingest.images.limits import check_memory, fits_memory
from imagesearch_ingest.images.orient import UPRIGHT
from imagesearch_ingest.images.sides import find_fitted_size
from imagesearch_ingest.images.srgb import convert_coded, is_converted, wrap_pixels
from imagesearch_ingest.images.vips import attempt, fill_levels, open_image, render, shrink
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyvips  # type: ignore[import-untyped] # published without type information

    from imagesearch_ingest.images.policy import Policy

_CONVERSION, _DEPTH, _NO_CODEC, _NOT_IMPLEMENTED = 5, 6, 15, 25  # avifResult
_TRUNCATED = 20
_SIDES = re.compile(rb"ispe\0{4}(.{8})", re.DOTALL)
_MAX_SIDE = 65_535  # pixels
_HEADER_BYTES = 1 << 20
_BAND_ROWS = 64  # few, since a band takes 16 bits a sample; even, as ``convert`` asks for
_PLANES_SHARE = 1.05  # the memory of the codec's planes, as measured, in that of their samples
# Bytes that libheif and libvips take for a pixel with transparency, as measured: of 8 bits, and of more.
_LENIENT_NEEDED = {"uchar": 13, "ushort": 26}
_MATRICES = {0: "identity", 8: "YCgCo", 11: "SMPTE 2085", 14: "ICtCp", 17: "YCgCo-Ro"}


class AvifFile(AvifImagePlugin.AvifImageFile):
    """Read the header as Pillow does, or leniently, and say in plain words why it cannot be read."""

    fault: IngestError | None = None  # why libavif cannot read the header; None: it can

    def _open(self) -> None:
        stream = cast("IO[bytes]", self.fp)
        self.file_bytes = stream.read()
        stream.seek(0)
        try:
            super()._open()
        except (OSError, ValueError, SyntaxError, RuntimeError) as error:
            self.fault = _describe_fault(str(error))
            if "Truncated" in str(error) or not self._open_leniently():
                raise self.fault from error

    def _open_leniently(self) -> bool:
        """Read the header with libvips, whose libheif bears sloppy boxes that libavif refuses, as browsers do."""
        if max(_read_sides(self.file_bytes), default=0) > _MAX_SIDE:
            return False  # GLib would write about it on standard error
        image = attempt(lambda: open_image(self.file_bytes, "heif"))
        if image is None:
            return False
        self._size, self._mode = (image.width, image.height), "RGBA" if image.hasalpha() else "RGB"
        self.info["icc_profile"] = _read_profile(image)
        return True


def _read_sides(data: bytes) -> Iterator[int]:
    """Yield the sides in all ``ispe`` properties, in pixels (ISO/IEC 23008-12, section 6.5.3)."""
    for found in _SIDES.finditer(data, 0, _HEADER_BYTES):
        yield int.from_bytes(found[1][:4], "big")
        yield int.from_bytes(found[1][4:], "big")


def load(opened: AvifFile, policy: Policy) -> Decoded:
    """Decode the first image, upright but for its EXIF orientation, in sRGB, and scaled down if it is too large.

    Without libavif, decode it as Pillow does. Raise ``TOO_MANY_PIXELS``, ``CORRUPT_IMAGE`` and ``UNSUPPORTED_FORMAT``.
    """
    if opened.fault:
        return _load_leniently(opened, policy, opened.fault)
    library = find_libavif()
    if library is None:
        return load_by_pillow(opened, b"", policy)
    try:
        with open_avif(library, opened.file_bytes) as image:
            _check_planes(image, has_alpha=opened.mode == "RGBA")
            image.decode()
            stored = image.crop[2:] if image.crop else (image.width, image.height)
            pixels, steps = _convert(image, opened.info.get("icc_profile"), policy)
    except LibavifError as error:
        raise _describe_code(error.code, image.matrix if error.code == _CONVERSION else 0) from error
    return describe(opened, render(pixels), stored=stored, steps=steps)


def _load_leniently(opened: AvifFile, policy: Policy, fault: IngestError) -> Decoded:
    """Decode with libvips, which turns the image upright. Raise ``fault`` if it cannot, either."""
    image = open_image(opened.file_bytes, "heif")
    depth = image.get("bits-per-sample")
    check_memory(*opened.size, image.width * image.height * _LENIENT_NEEDED[image.format], f"AVIF with {depth} bits")
    if image.format == "ushort":
        image = fill_levels(image, depth)
    container = read_container(opened.file_bytes)
    fitted, note = shrink(image, policy)
    colour = container.find_colour() if container else None
    converted, steps = convert_coded(fitted, colour, opened.info["icc_profile"])
    rendered = attempt(lambda: render(converted))
    if rendered is None:
        raise fault
    return Decoded(rendered, opened.size, opened.size, UPRIGHT, (note, *steps) if note else steps)


def _read_profile(image: pyvips.Image) -> bytes | None:
    return image.get("icc-profile-data") if image.get_typeof("icc-profile-data") else None


def _check_planes(image: AvifImage, *, has_alpha: bool) -> None:
    """Raise ``TOO_MANY_PIXELS``."""
    needed = image.width * image.height * _count_bytes(image, has_alpha=has_alpha, result=1)
    check_memory(image.width, image.height, needed, f"AVIF with {image.depth} bits")


def _count_bytes(image: AvifImage, *, has_alpha: bool, result: int) -> float:
    """Return the bytes of a pixel in the codec's planes and in a result of ``result`` bytes a sample."""
    planes = (image.samples_per_pixel + has_alpha) * (1 if image.depth == 8 else 2) * _PLANES_SHARE  # noqa: PLR2004 (bits)
    return planes + (4 if has_alpha else 3) * result


def _convert(image: AvifImage, profile: bytes | None, policy: Policy) -> tuple[pyvips.Image, tuple[str, ...]]:
    """Return the pixels to display in sRGB with 8 bits, scaled down if they are too large.

    Deep images are converted in bands, since libavif and the steps need several times the memory of the result.
    """
    colour = CodedColour(image.primaries, image.transfer, image.max_light)
    if image.bytes_per_sample > 1 and is_converted(colour, profile):
        if _is_scaled_first(image, policy):
            fitted, note = _fit(_convert_at_once(image), image, policy)
            converted, steps = convert_coded(fitted, colour, profile)
            return converted, (*note, *steps)
        converted, steps = _convert_deep(image, colour, profile)
    elif image.bytes_per_sample > 1:
        image.reduce_depth()
        reduced = _join((image.convert_band(*rows) for rows in _iterate_bands(image)), image.height)
        converted, steps = _wrap(reduced, image, image.height), ("16 to 8 bits",)
    else:
        converted, steps = convert_coded(_convert_at_once(image), colour, profile)
    fitted, note = _fit(converted, image, policy)
    return fitted, (*steps, *note)


def _is_scaled_first(image: AvifImage, policy: Policy) -> bool:
    """Return whether deep samples become fewer before their colours are converted, which is slow.

    All of them must have room at once.
    """
    needed = image.width * image.height * _count_bytes(image, has_alpha=image.has_alpha, result=2)
    return find_fitted_size(image.width, image.height, policy)[0] < image.width and fits_memory(needed)


def _fit(pixels: pyvips.Image, image: AvifImage, policy: Policy) -> tuple[pyvips.Image, tuple[str, ...]]:
    """Return the part to display, scaled down if it is too large."""
    fitted, note = shrink(pixels.crop(*image.crop) if image.crop else pixels, policy)
    return fitted, (note,) if note else ()


def _convert_at_once(image: AvifImage) -> pyvips.Image:
    pixels = bytearray(image.width * image.height * image.bands * image.bytes_per_sample)
    image.convert(pixels)
    return _wrap(pixels, image, image.height)


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
        return _refuse("it uses an unusual feature of AVIF")
    if code == _TRUNCATED:
        return corrupt("AVIF", "its data ends too early")
    return corrupt("AVIF", "its compressed data is damaged")


def _describe_fault(words: str) -> IngestError:
    if "Truncated" in words:
        return corrupt("AVIF", "its data ends too early")
    if "Not implemented" in words or "nsupported" in words:
        return _refuse("it uses an unusual feature of AVIF")
    return corrupt("AVIF", "the boxes that describe its picture break the rules of the format")


def _refuse(finding: str) -> IngestError:
    return IngestError(
        Reason.UNSUPPORTED_FORMAT, f"this kind of AVIF cannot be read: {finding}; save the picture as JPEG or PNG"
    )
