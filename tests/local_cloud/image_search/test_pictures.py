"""The pictures that AddImage accepts (AddImage reference, "PicContent")."""

import io
import struct
import zlib

import pytest
from PIL import Image, PngImagePlugin

from local_cloud.image_search.errors import ApiError
from local_cloud.image_search.perceptual_hash import perceptual_hash
from local_cloud.image_search.pictures import inspect
from tests.local_cloud.image_search.api import picture

ORIENTATION = 0x0112


def _exif(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    return exif.tobytes()


def _xmp(orientation: int, shape: str = '<rdf:Description tiff:Orientation="{}"/>') -> bytes:
    return f"<x:xmpmeta>{shape.format(orientation)}</x:xmpmeta>".encode()


def _png_with_text(key: str, text: str) -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_itxt(key, text)
    return picture("PNG", pnginfo=info)


def _png_with_last_chunk(name: bytes, content: bytes) -> bytes:
    """Return a PNG with a chunk after the pixels, which a reader that stops early does not see."""
    end = struct.pack(">I", 0) + b"IEND" + struct.pack(">I", zlib.crc32(b"IEND"))
    chunk = struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
    return picture("PNG").removesuffix(end) + chunk + end


def _code(data: bytes) -> str:
    with pytest.raises(ApiError) as refused:
        inspect(data)
    return refused.value.code


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM"])
def test_every_documented_format_is_accepted(kind: str) -> None:
    found = inspect(picture(kind))
    assert (found.format, found.width, found.height) == (kind, 160, 120)


@pytest.mark.parametrize("kind", ["ICO", "TGA", "JPEG2000", "SGI", "PDF"])
def test_other_formats_are_refused(kind: str) -> None:
    assert _code(picture(kind)) == "UnsupportedPicFormat"


def test_a_pgm_is_refused() -> None:
    stream = io.BytesIO()
    Image.new("L", (200, 200)).save(stream, "PPM")
    assert stream.getvalue().startswith(b"P5")
    assert _code(stream.getvalue()) == "UnsupportedPicFormat"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM"])
def test_a_truncated_picture_is_refused(kind: str) -> None:
    data = picture(kind, (400, 300))
    assert _code(data[: len(data) // 2]) == "UnsupportedPicFormat"


def test_a_png_with_a_wrong_checksum_is_refused() -> None:
    data = bytearray(picture("PNG"))
    data[data.index(b"IDAT") + 20] ^= 0xFF
    assert _code(bytes(data)) == "UnsupportedPicFormat"


@pytest.mark.parametrize("size", [(100, 100), (4096, 100), (100, 4096)])
def test_sides_at_the_limits_are_accepted(size: tuple[int, int]) -> None:
    assert inspect(picture("PNG", size)).width == size[0]


@pytest.mark.parametrize("size", [(99, 100), (100, 99), (4097, 100), (100, 4097)])
def test_sides_beyond_the_limits_are_refused(size: tuple[int, int]) -> None:
    assert _code(picture("PNG", size)) == "UnsupportedPicPixels"


def test_a_decompression_bomb_is_refused_by_its_header() -> None:
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    data = bytearray(picture("PNG"))
    data[16:29] = header
    data[29:33] = struct.pack(">I", zlib.crc32(b"IHDR" + header))
    assert _code(bytes(data)) == "UnsupportedPicPixels"


def test_the_size_limit_is_four_mebibytes() -> None:
    padded = picture("PNG").ljust(4 * 1024 * 1024, b"\0")
    assert inspect(padded).format == "PNG"
    assert _code(padded + b"\0") == "InvalidPicContent"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", [0, 3, 6, 8])
def test_a_rotation_in_exif_is_refused(kind: str, orientation: int) -> None:
    assert _code(picture(kind, exif=_exif(orientation))) == "IncorrectOrientation"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_an_upright_orientation_is_accepted(kind: str) -> None:
    assert inspect(picture(kind, exif=_exif(1))).format == kind


@pytest.mark.parametrize(
    "shape",
    [
        '<rdf:Description tiff:Orientation="{}"/>',
        "<rdf:Description tiff:Orientation = '{}'/>",
        "<tiff:Orientation>{}</tiff:Orientation>",
    ],
)
def test_a_rotation_in_xmp_is_refused_despite_exif(shape: str) -> None:
    assert _code(picture("JPEG", xmp=_xmp(6, shape))) == "IncorrectOrientation"
    assert _code(picture("JPEG", exif=_exif(1), xmp=_xmp(6, shape))) == "IncorrectOrientation"
    assert inspect(picture("JPEG", xmp=_xmp(1, shape))).format == "JPEG"


@pytest.mark.parametrize(
    "data",
    [
        picture("WEBP", xmp=_xmp(6)),
        _png_with_text("XML:com.adobe.xmp", _xmp(6).decode()),
        _png_with_last_chunk(b"eXIf", _exif(6).removeprefix(b"Exif\0\0")),
        _png_with_last_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + _xmp(6)),
    ],
    ids=["xmp in WebP", "xmp in PNG", "eXIf after the pixels", "xmp after the pixels"],
)
def test_a_rotation_is_found_in_every_place(data: bytes) -> None:
    assert _code(data) == "IncorrectOrientation"


def test_a_hash_survives_size_and_format() -> None:
    original, larger, other = (
        inspect(data).perceptual_hash for data in (picture(), picture("PNG", (320, 240)), picture(corner=1))
    )
    assert larger == original
    assert (original ^ other).bit_count() == 32


def test_a_palette_with_transparency_has_a_hash() -> None:
    image = Image.new("P", (100, 100))
    image.info["transparency"] = b"\0\x80"
    assert perceptual_hash(image) == 0
