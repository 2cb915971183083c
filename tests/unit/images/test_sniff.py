"""Formats by their first bytes, and the messages about files that are not accepted."""

import gzip
import zipfile
from io import BytesIO

import pytest

from imagesearch_ingest.images import prepare
from imagesearch_ingest.images.sniff import sniff
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from tests.unit.images.pictures import POLICY, encoded, quarters


def _box(major: bytes, *others: bytes) -> bytes:
    size = 16 + 4 * len(others)
    return size.to_bytes(4, "big") + b"ftyp" + major + bytes(4) + b"".join(others) + bytes(100)


def _zip() -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("picture.jpg", b"no")
    return buffer.getvalue()


OTHER_FILES = [
    (b"<!DOCTYPE html><html><body>404</body></html>", "an HTML page"),
    (b"\xef\xbb\xbf\n  <HTML>", "an HTML page"),
    (b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "an XML document"),
    (b'{"message": "not found"}', "text"),
    ("naïve".encode() * 300, "text"),
    ("text".encode("utf-16"), "text"),
    (b"P5 is a paragraph, no pixmap", "text"),
    (b"BMW builds cars, and this is about them", "text"),
    (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "a PDF document"),
    (_zip(), "a ZIP archive"),
    (gzip.compress(b"tar", mtime=0), "a gzip archive"),
    (_box(b"isom", b"mp42"), "an MP4 or QuickTime video"),
    (_box(b"qt  "), "an MP4 or QuickTime video"),
    (b"\x1aE\xdf\xa3" + bytes(50), "a Matroska or WebM video"),
    (b"RIFF\0\0\0\0AVI LIST", "an AVI video"),
    (b"RIFF\0\0\0\0WAVEfmt ", "a WAV recording"),
]
UNSUPPORTED = [
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n" + bytes(9), "JPEG XL"),
    (b"\xff\x0a" + bytes(9), "JPEG XL"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "JPEG 2000"),
    (b"8BPS\0\1", "Photoshop"),
    (b"\0\0\1\0\1\0\x10\x10\0\0", "icon"),
    (b"\0\0\2\0\1\0\x10\x10\0\0", "cursor"),
    (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
    (b"<svg/>", "SVG"),
    (b"Pf\n10 10\n-1.0\n" + bytes(400), "PFM"),
    (b"P7\nWIDTH 10\n", "PAM"),
    (_box(b"crx ", b"isom"), "camera raw"),
]


@pytest.mark.parametrize(("data", "likeness"), OTHER_FILES)
def test_other_files_are_named(data: bytes, likeness: str) -> None:
    with pytest.raises(IngestError) as caught:
        prepare(data, POLICY)
    assert caught.value.reason is Reason.NOT_AN_IMAGE
    assert caught.value.detail.startswith(f"it looks like {likeness};")


@pytest.mark.parametrize(("data", "name"), UNSUPPORTED)
def test_unsupported_images_are_named(data: bytes, name: str) -> None:
    with pytest.raises(IngestError) as caught:
        prepare(data, POLICY)
    assert caught.value.reason is Reason.UNSUPPORTED_FORMAT
    assert name in caught.value.detail


@pytest.mark.parametrize(
    ("brands", "source_format"),
    [
        ((b"heic", b"mif1"), "HEIC"),
        ((b"mif1", b"heic"), "HEIC"),
        ((b"heix",), "HEIC"),
        ((b"msf1", b"hevc"), "HEIC"),
        ((b"avif", b"mif1"), "AVIF"),
        ((b"mif1", b"avif"), "AVIF"),
    ],
)
def test_brands_tell_avif_from_heic(brands: tuple[bytes, ...], source_format: str) -> None:
    assert sniff(_box(*brands)).name == source_format


def test_an_empty_object_is_refused() -> None:
    with pytest.raises(IngestError) as caught:
        prepare(b"", POLICY)
    assert caught.value.reason is Reason.OBJECT_EMPTY


@pytest.mark.parametrize("data", [b"\0", bytes(1000), b"\x93\x11\x00\xfe" * 50, b"\0\0\2\0" + bytes(30)])
def test_unknown_bytes_are_not_an_image(data: bytes) -> None:
    with pytest.raises(IngestError) as caught:
        prepare(data, POLICY)
    assert caught.value.reason is Reason.NOT_AN_IMAGE
    assert "no known format" in caught.value.detail


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM"])
def test_formats_are_known_by_their_first_bytes(file_format: str) -> None:
    assert sniff(encoded(quarters(), file_format)[:40]).name == file_format
