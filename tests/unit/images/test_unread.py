"""Formats that are named but not read."""

import gzip
import random
import struct
from io import BytesIO

import pytest
from PIL import Image

from imagesearch_ingest.images.formats import FORMATS
from imagesearch_ingest.images.other_files import OTHER_FILES
from imagesearch_ingest.images.unread import UNREAD_IMAGES, name_image_format
from imagesearch_ingest.model.reasons import Reason
from tests.unit.images.pictures import encoded, quarters, refuse

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>'
ENTITIES = b"".join(b'<!ENTITY ns_%d "http://ns.adobe.com/%d/>">\n' % (number, number) for number in range(500))
EMF = struct.pack("<LL", 1, 108) + bytes(32) + b" EMF" + bytes(64)
WMF = struct.pack("<HHHLHLH", 1, 9, 0x300, 100, 1, 50, 0) + bytes(64)
PICT = bytes(512) + struct.pack(">H4h", 0, 0, 0, 200, 300) + b"\0\x11\2\xff\x0c\0" + bytes(40)


def tga(mode: str = "RGB", **options: object) -> bytes:
    return encoded(quarters().convert(mode), "TGA", **options)


def box(brand: bytes) -> bytes:
    return b"\0\0\0\x14ftyp" + brand + bytes(4) + b"mif9" + bytes(100)


UNSUPPORTED = {
    "JPEG XL | boxes": b"\x00\x00\x00\x0cJXL \r\n\x87\n" + bytes(9),
    "JPEG XL | codestream": b"\xff\x0a" + bytes(9),
    "JPEG 2000 | boxes": encoded(quarters(), "JPEG2000"),
    "JPEG 2000 | codestream": encoded(quarters(), "JPEG2000", no_jp2=True),
    "JPEG XR": b"II\xbc\x01\x20\0\0\0" + bytes(60),
    "MNG": b"\x8aMNG\r\n\x1a\n" + bytes(30),
    "JNG": b"\x8bJNG\r\n\x1a\n" + bytes(30),
    "Photoshop (PSD)": b"8BPS\0\1" + bytes(30),
    "Photoshop large document (PSB)": b"8BPS\0\2" + bytes(30),
    "Windows icon (ICO)": encoded(quarters(64, 64), "ICO"),
    "Windows cursor (CUR)": struct.pack("<3H4B2H2I", 0, 2, 1, 16, 16, 0, 0, 9, 9, 40, 22) + bytes(40),
    "animated Windows cursor (ANI)": b"RIFF\x20\0\0\0ACONanih",
    "Apple icon (ICNS)": b"icns\0\0\1\0",
    "SVG": SVG,
    "SVG | XML declaration": b'<?xml version="1.0"?>\n' + SVG,
    "SVG | byte order mark, comment": b"\xef\xbb\xbf <!-- <html> -->\n" + SVG,
    "SVG | long DOCTYPE": b'<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x" ['
    + ENTITIES
    + b"]>"
    + SVG,
    "SVG | prefix": b'<svg:svg xmlns:svg="http://www.w3.org/2000/svg"/>',
    "SVG | UTF-16": SVG.decode().encode("utf-16"),
    "SVG | UTF-16, no mark": SVG.decode().encode("utf-16-be"),
    "gzip-compressed SVG": gzip.compress(SVG),
    "Windows metafile (EMF)": EMF,
    "gzip-compressed Windows metafile (EMF)": gzip.compress(EMF),
    "Windows metafile (WMF)": WMF,
    "Windows metafile (WMF) | placeable": b"\xd7\xcd\xc6\x9a" + bytes(18) + WMF,
    "Targa (TGA)": tga(),
    "Targa (TGA) | RLE": tga(compression="tga_rle"),
    "Targa (TGA) | grey": tga("L"),
    "Targa (TGA) | palette": tga("P"),
    "Targa (TGA) | alpha": tga("RGBA"),
    "Targa (TGA) | version 1": tga().removesuffix(bytes(8) + b"TRUEVISION-XFILE.\0"),
    "PCX": encoded(quarters(), "PCX"),
    "PCX | palette": encoded(quarters().convert("P"), "PCX"),
    "Macintosh picture (PICT)": PICT,
    "Macintosh picture (PICT) | no header": PICT[512:],
    "Macintosh picture (PICT) | version 1": PICT[:522] + b"\x11\1\1\0\x0a",
    "wireless bitmap (WBMP)": b"\0\0\x81\x00\x40" + bytes(16 * 64),
    "Radiance HDR": b"#?RGBE\nFORMAT=32-bit_rle_rgbe\n",
    "OpenEXR": b"\x76\x2f\x31\x01\2\0\0\0",
    "QOI": encoded(quarters(), "QOI"),
    "FLIF": b"FLIF41" + bytes(30),
    "SGI": encoded(quarters(), "SGI"),
    "Sun raster": b"\x59\xa6\x6a\x95" + bytes(28),
    "X pixmap (XPM)": b"/* XPM */\nstatic char *a[] = {",
    "X bitmap (XBM)": encoded(quarters().convert("1"), "XBM"),
    "PFM": encoded(quarters().convert("F"), "PPM"),
    "PAM": b"P7\nWIDTH 10\n",
    "DICOM": bytes(128) + b"DICM\2\0",
    "DirectDraw Surface (DDS)": encoded(quarters(), "DDS"),
    "Amiga (ILBM)": b"FORM\0\0\1\0ILBMBMHD",
    "Amiga (ILBM) | CAT": b"CAT \0\0\1\0ILBMFORM",
    "Maya (IFF)": b"FOR4\0\0\1\0CIMGTBHD",
    "OS/2 bitmap array": b"BA\x28\0\0\0\0\0\0\0\0\0\0\0CI\x1a\0\0\0",
    "BMP without its file header (DIB)": encoded(quarters(), "BMP")[14:],
    "X window dump (XWD)": struct.pack(">4L", 107, 7, 2, 24) + bytes(90),
    "farbfeld": b"farbfeld\0\0\0\1\0\0\0\1" + bytes(8),
    "PostScript": encoded(quarters(), "EPS"),
    "camera raw (CR3)": box(b"crx "),
    "camera raw (CRW)": b"II\x1a\0\0\0HEAPCCDR" + bytes(30),
    "camera raw (CRW) | big-endian": b"MM\0\0\0\x1aHEAPCCDR" + bytes(30),
    "camera raw (X3F)": b"FOVb\0\0\2\0",
    "camera raw (MRW)": b"\0MRM\0\0\1\0",
    "camera raw (RAF)": b"FUJIFILMCCD-RAW 0201",
    "camera raw (RW2)": b"IIU\0\x18\0\0\0",
    "camera raw (ORF)": b"IIRO\x08\0\0\0",
    "HEIF with AVC": box(b"avci"),
    "HEIF with JPEG 2000": box(b"j2ki"),
}


@pytest.mark.parametrize("magic", [magic for magic, _ in (*UNREAD_IMAGES, *OTHER_FILES)])
def test_a_format_that_is_read_is_not_listed_here(magic: bytes) -> None:
    assert [row.name for row in FORMATS if row.matches(magic.ljust(64, b"\0"))] == []


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_unsupported_images_are_named(name: str) -> None:
    reason, detail = refuse(UNSUPPORTED[name])
    assert reason is Reason.UNSUPPORTED_FORMAT
    assert detail.startswith(f"a picture in {name.partition(' | ')[0]} format; only PNG, JPEG,")


@pytest.mark.parametrize("length", [18, 40, 128, 600, 5000])
def test_random_bytes_have_no_name(length: int) -> None:
    """Signatures of two bytes are met by chance once in 65,536 files; the seed is one without them."""
    rng = random.Random(length)
    assert {name_image_format(rng.randbytes(length)) for _ in range(3000)} == {None}


@pytest.mark.parametrize("length", [18, 40, 128, 600, 5000])
def test_small_numbers_have_no_name(length: int) -> None:
    rng = random.Random(length)
    small = bytes(number % 4 for number in range(256))
    found = [name_image_format(rng.randbytes(length).translate(small)) for _ in range(3000)]
    assert sum(map(bool, found)) < 20


def test_a_word_is_no_picture() -> None:
    for text in (
        b"DDS is a format of textures",
        b"ARRIVAL of the pictures",
        b"MMORPG",
        b"IIRO, a town",
        b"FORM of a letter",
    ):
        assert refuse(text)[0] is Reason.NOT_AN_IMAGE


@pytest.mark.parametrize(("colours", "depth"), [(212, 8), (3, 16), (1, 24)])
def test_a_broken_targa_is_not_an_icon(colours: int, depth: int) -> None:
    """It announces no palette, and its first four bytes are those of an icon."""
    head = struct.pack("<4BHB4H2B", 0, 0, 1, 0, colours << 8, 32, 0, 0, 48, 48, depth, 0)
    assert name_image_format(head + bytes(range(256)) * 12) is None


@pytest.mark.parametrize(
    ("count", "reserved", "length", "place"),
    [(0, 0, 40, 22), (1, 1, 40, 22), (1, 0, 0, 22), (2, 0, 40, 22), (1, 0, 40, 9999)],
)
def test_an_icon_with_fields_that_make_no_sense_is_none(count: int, reserved: int, length: int, place: int) -> None:
    pixels = bytes(range(1, 41))
    assert name_image_format(_icon(1, 0, 40, 22) + pixels) == "Windows icon (ICO)"
    assert name_image_format(_icon(count, reserved, length, place) + pixels) is None


def _icon(count: int, reserved: int, length: int, place: int) -> bytes:
    return struct.pack("<3H4B2H2I", 0, 1, count, 16, 16, 0, reserved, 1, 32, length, place)


def test_a_truncated_targa_without_its_footer_has_no_name() -> None:
    assert name_image_format(tga()[:5000]) is None


def test_samples_are_what_they_claim() -> None:
    for name in ("Targa (TGA)", "Targa (TGA) | version 1", "PCX", "QOI", "SGI"):
        with Image.open(BytesIO(UNSUPPORTED[name])) as image:
            assert image.size == (320, 200)
