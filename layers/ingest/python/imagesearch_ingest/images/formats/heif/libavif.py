"""Decode AVIF with the libavif that Pillow's wheel holds, at the depth of the file (ADR 35).

Pillow itself asks it for 8 bits only, and copies the pixels twice. Only fields are used whose place libavif 1.x keeps
(avif/avif.h: later versions add theirs at the end of a structure). This module holds everything that knows them.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

_MAPS = Path("/proc/self/maps")
_COLUMNS_BEFORE_PATH = 5  # proc(5): address, permissions, offset, device, inode
_KNOWN_VERSION = b"1."
_HAS_CROP = 2  # avifTransformFlags
_MONOCHROME = 4  # avifPixelFormat
_RGB, _RGBA = 0, 1  # avifRGBFormat
_SAMPLES = {1: 3, 2: 2, 3: 1.5, _MONOCHROME: 1}  # per pixel, by avifPixelFormat
_SIMILAR = {10: 9, 13: 12}  # matrices of H.273, table 4
_LOSSLESS = {16, 17}  # matrices that store 8 bits in 10
_BYTE = 8  # bits
_OUT_OF_MEMORY = 26  # avifResult
# Rows above and below a band at which the upsampling of its chroma looks. Even, since 4:2:0 shares a row between two.
_REACH = 4


class LibavifError(Exception):
    """Libavif cannot decode the file. ``code`` is its avifResult."""

    def __init__(self, code: int) -> None:
        super().__init__(f"libavif: {code}")
        self.code = code


class Crop(NamedTuple):
    """The part of the image to display, in pixels."""

    left: int
    top: int
    width: int
    height: int


class _Bytes(ctypes.Structure):
    _fields_ = (("data", ctypes.c_void_p), ("size", ctypes.c_size_t))


class _Image(ctypes.Structure):
    _fields_ = (
        ("width", ctypes.c_uint32),
        ("height", ctypes.c_uint32),
        ("depth", ctypes.c_uint32),
        ("pixel_format", ctypes.c_int),
        ("range", ctypes.c_int),
        ("chroma_position", ctypes.c_int),
        ("planes", ctypes.c_void_p * 3),
        ("row_bytes", ctypes.c_uint32 * 3),
        ("owns_planes", ctypes.c_int),
        ("alpha_plane", ctypes.c_void_p),
        ("alpha_row_bytes", ctypes.c_uint32),
        ("owns_alpha", ctypes.c_int),
        ("is_premultiplied", ctypes.c_int),
        ("icc", _Bytes),
        ("primaries", ctypes.c_uint16),
        ("transfer", ctypes.c_uint16),
        ("matrix", ctypes.c_uint16),
        ("max_light", ctypes.c_uint16),
        ("average_light", ctypes.c_uint16),
        ("transforms", ctypes.c_uint32),
        ("aspect", ctypes.c_uint32 * 2),
        ("crop", ctypes.c_uint32 * 8),
    )


class _Decoder(ctypes.Structure):
    _fields_ = (
        ("codec", ctypes.c_int),
        ("threads", ctypes.c_int),
        ("source", ctypes.c_int),
        ("allows_progressive", ctypes.c_int),
        ("allows_incremental", ctypes.c_int),
        ("ignores_exif", ctypes.c_int),
        ("ignores_xmp", ctypes.c_int),
        ("most_pixels", ctypes.c_uint32),
        ("longest_side", ctypes.c_uint32),
        ("most_images", ctypes.c_uint32),
        ("strictness", ctypes.c_uint32),
        ("image", ctypes.POINTER(_Image)),
    )


class _Rgb(ctypes.Structure):
    _fields_ = (
        ("width", ctypes.c_uint32),
        ("height", ctypes.c_uint32),
        ("depth", ctypes.c_uint32),
        ("format", ctypes.c_int),
        ("upsampling", ctypes.c_int),
        ("downsampling", ctypes.c_int),
        ("avoids_libyuv", ctypes.c_int),
        ("ignores_alpha", ctypes.c_int),
        ("is_premultiplied", ctypes.c_int),
        ("is_float", ctypes.c_int),
        ("threads", ctypes.c_int),
        ("pixels", ctypes.c_void_p),
        ("row_bytes", ctypes.c_uint32),
        ("reserve", ctypes.c_uint8 * 64),  # for fields of later versions, which avifRGBImageSetDefaults would set
    )


class _Rectangle(ctypes.Structure):
    _fields_ = (("x", ctypes.c_uint32), ("y", ctypes.c_uint32), ("width", ctypes.c_uint32), ("height", ctypes.c_uint32))


class AvifImage:
    """The first image of an AVIF. Its fields are known at once, its pixels after ``decode``."""

    def __init__(self, library: ctypes.CDLL, decoder: ctypes._Pointer[_Decoder]) -> None:
        self._library, self._decoder, self._image = library, decoder, decoder.contents.image
        fields = self._image.contents
        self.width, self.height, self.depth = int(fields.width), int(fields.height), int(fields.depth)
        self.primaries, self.transfer = int(fields.primaries), int(fields.transfer)
        self.matrix, self.max_light = int(fields.matrix), int(fields.max_light)
        self.is_grey = fields.pixel_format == _MONOCHROME
        # 1 for samples of 8 bits, and 2 for deeper ones, which become 16 bits
        self.bytes_per_sample = 1 if self.depth == _BYTE or self.matrix in _LOSSLESS else 2
        self.samples_per_pixel = _SAMPLES.get(fields.pixel_format, 3)  # without transparency

    def decode(self) -> None:
        """Decode the pixels, into the planes of the codec. Raise ``LibavifError``."""
        _check(self._library.avifDecoderNextImage(self._decoder))
        # The two kinds with constant luminance are read like those without, as in libheif.
        fields = self._image.contents
        fields.matrix = _SIMILAR.get(self.matrix, self.matrix)

    def reduce_depth(self) -> None:
        """Let ``convert`` write 8 bits, which is much faster."""
        self.bytes_per_sample = 1

    @property
    def has_alpha(self) -> bool:
        """Return whether the decoded image has transparency."""
        return bool(self._image.contents.alpha_plane)

    @property
    def bands(self) -> int:
        """Return the number of bands that ``convert`` writes."""
        return 4 if self.has_alpha else 3

    @property
    def crop(self) -> Crop | None:
        """Return the part to display (ISO/IEC 23008-12, section 6.5.9). ``None``: all of it."""
        fields = self._image.contents
        if not fields.transforms & _HAS_CROP:
            return None
        rectangle, diagnostics = _Rectangle(), ctypes.create_string_buffer(1024)
        arguments = (ctypes.byref(fields, _Image.crop.offset), fields.width, fields.height, diagnostics)
        if not self._library.avifCropRectFromCleanApertureBox(ctypes.byref(rectangle), *arguments):
            return None
        return Crop(rectangle.x, rectangle.y, rectangle.width, rectangle.height)

    def convert(self, target: bytearray, top: int = 0, bottom: int | None = None) -> None:
        """Write rows as RGB, or RGBA without premultiplied alpha, to the beginning of ``target``.

        ``top`` is even. Raise ``LibavifError``.
        """
        bottom = self.height if bottom is None else bottom
        view = self._library.avifImageCreateEmpty()
        try:
            rows = _Rectangle(0, top, self.width, bottom - top)
            _check(self._library.avifImageSetViewRect(view, self._image, ctypes.byref(rows)))
            rgb = _Rgb()
            self._library.avifRGBImageSetDefaults(ctypes.byref(rgb), view)
            rgb.depth, rgb.format = 8 * self.bytes_per_sample, _RGBA if self.has_alpha else _RGB
            rgb.row_bytes = self.width * self.bands * self.bytes_per_sample
            rgb.pixels = ctypes.addressof((ctypes.c_char * (rgb.row_bytes * (bottom - top))).from_buffer(target))
            _check(self._library.avifImageYUVToRGB(view, ctypes.byref(rgb)))
        finally:
            self._library.avifImageDestroy(view)

    def convert_band(self, top: int, bottom: int) -> memoryview:
        """Return rows as in ``convert``. Their chroma is the same as in the whole image."""
        first, last = max(0, top - _REACH) // 2 * 2, min(self.height, bottom + _REACH)
        row = self.width * self.bands * self.bytes_per_sample
        pixels = bytearray(row * (last - first))
        self.convert(pixels, first, last)
        return memoryview(pixels)[row * (top - first) : row * (bottom - first)]


@contextmanager
def open_avif(library: ctypes.CDLL, data: bytes) -> Iterator[AvifImage]:
    """Read the header of a file, and free everything at the end. Raise ``LibavifError``."""
    decoder = library.avifDecoderCreate()
    if not decoder:
        raise MemoryError
    try:
        decoder.contents.threads = 1
        decoder.contents.ignores_exif = decoder.contents.ignores_xmp = 1
        decoder.contents.strictness = 0  # Pillow has read the header already, and decides about sloppy ones
        _check(library.avifDecoderSetIOMemory(decoder, data, len(data)))
        _check(library.avifDecoderParse(decoder))
        yield AvifImage(library, decoder)
    finally:
        library.avifDecoderDestroy(decoder)


@cache
def find_libavif() -> ctypes.CDLL | None:
    """Return the library that Pillow loaded.

    ``None``: it is of another version, or cannot be found, as outside Linux, or if Pillow links it statically.
    """
    if not _MAPS.exists():
        return None
    columns = (line.split(maxsplit=_COLUMNS_BEFORE_PATH) for line in _MAPS.read_bytes().splitlines())
    paths = {os.fsdecode(found[-1]) for found in columns if len(found) > _COLUMNS_BEFORE_PATH}
    for path in paths:
        if "libavif" in Path(path).name:
            with suppress(OSError, AttributeError):
                return _declare(ctypes.CDLL(path))
    return None


def _declare(library: ctypes.CDLL) -> ctypes.CDLL | None:
    library.avifVersion.restype = ctypes.c_char_p
    if not library.avifVersion().startswith(_KNOWN_VERSION):
        return None
    pointer, size = ctypes.c_void_p, ctypes.c_size_t
    library.avifDecoderCreate.restype = ctypes.POINTER(_Decoder)
    library.avifDecoderSetIOMemory.argtypes = (pointer, ctypes.c_char_p, size)
    library.avifImageCreateEmpty.restype = ctypes.POINTER(_Image)
    for name in ("avifImageSetViewRect", "avifCropRectFromCleanApertureBox", "avifImageYUVToRGB"):
        getattr(library, name).restype = ctypes.c_int
    return library


def _check(code: int) -> None:
    if code == _OUT_OF_MEMORY:
        raise MemoryError
    if code:
        raise LibavifError(code)
