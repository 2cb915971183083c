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


def _zip(name: str = "picture.jpg") -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, b"no")
    return buffer.getvalue()


OTHER_FILES = [
    (b"<!DOCTYPE html><html><body>404</body></html>", "an HTML page"),
    (b"\xef\xbb\xbf\n  <HTML>", "an HTML page"),
    (b"<!-- made by hand -->\n<!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0//EN'>\n<html><svg/></html>", "an HTML page"),
    (b"<html><body><svg xmlns='http://www.w3.org/2000/svg'/></body></html>", "an HTML page"),
    (
        b'<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code><Message>no</Message></Error>',
        "an error answer of a storage service (AccessDenied), saved as a file",
    ),
    (
        b"<Error>\n  <Code>NoSuchKey</Code><RequestId>5C3D9175B6FC201293AD****</RequestId></Error>",
        "an error answer of a storage service (NoSuchKey), saved as a file",
    ),
    (b'<?xml version="1.0"?><Error><Code>&lt;script&gt;</Code></Error>', "an XML document"),
    (b'<?xml version="1.0"?><kml/>', "an XML document"),
    (b'{"message": "not found"}', "JSON text"),
    (b'[{"a": 1}]', "JSON text"),
    (b"[only a text] in brackets", "text"),
    (b"{TEXT} in braces", "text"),
    (b"[object Object]", "the name of a program's value instead of a picture"),
    (b"undefined", "the name of a program's value instead of a picture"),
    (b"System.Byte[]", "the name of a program's value instead of a picture"),
    (b"<_io.BytesIO object at 0x7f1d2c>", "the name of a program's value instead of a picture"),
    (b"https://shop.example/a.jpg\n", "an address instead of a picture: fetch the picture and upload its bytes"),
    (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n",
        "a Git LFS pointer: run git lfs pull, then upload the picture",
    ),
    (
        b"\0\x05\x16\7\0\2\0\0Mac OS X        \0\2",
        "the companion file of macOS (AppleDouble), which holds no pixels: upload the file without '._'",
    ),
    (b"L\0\0\0\1\x14\2\0\0\0\0\0\xc0\0", "a Windows shortcut (.lnk), not the picture that it leads to"),
    (b"[InternetShortcut]\r\nURL=x", "a Windows shortcut (.url), not the picture that it leads to"),
    (b"book\0\0\0\0mark\0", "a macOS alias, not the picture that it leads to"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "a Microsoft Office document or a thumbnail database of Windows"),
    (b"{\\rtf1\\ansi", "an RTF document"),
    (b"Salted__\x01\x02" + bytes(99), "encrypted data: decrypt it before the upload"),
    (b"-----BEGIN PGP MESSAGE-----\n", "encrypted data: decrypt it before the upload"),
    (b"\x28\xb5\x2f\xfd\x04", "a zstd archive"),
    (b"BZh91AY&SY" + bytes(9), "a bzip2 archive"),
    (bytes(257) + b"ustar\0", "a tar archive"),
    (b"\0\0\0\x08wide\0\0\0\0mdat", "an MP4 or QuickTime video"),
    ((b"G" + bytes(187)) * 6, "an MPEG video"),
    (_box(b"M4A "), "an MP4 recording"),
    (b"FORM\0\0\0\0AIFF", "an AIFF recording"),
    ("naïve".encode() * 300, "text"),
    ("text".encode("utf-16"), "text"),
    (b"P5 is a paragraph, no pixmap", "text"),
    (b"BMW builds cars, and this is about them", "text"),
    (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "a PDF document"),
    (_zip(), "a ZIP archive"),
    (_zip("[Content_Types].xml"), "a Microsoft Office document"),
    (_zip("mimetype"), "an OpenDocument or EPUB document"),
    (gzip.compress(b"tar", mtime=0), "a gzip archive"),
    (_box(b"isom", b"mp42"), "an MP4 or QuickTime video"),
    (_box(b"qt  "), "an MP4 or QuickTime video"),
    (b"\x1aE\xdf\xa3" + bytes(50), "a Matroska or WebM video"),
    (b"RIFF\0\0\0\0AVI LIST", "an AVI video"),
    (b"RIFF\0\0\0\0WAVEfmt ", "a WAV recording"),
]


@pytest.mark.parametrize(("data", "likeness"), OTHER_FILES)
def test_other_files_are_named(data: bytes, likeness: str) -> None:
    with pytest.raises(IngestError) as caught:
        prepare(data, POLICY)
    assert caught.value.reason is Reason.NOT_AN_IMAGE
    assert f"{caught.value.detail};".startswith((f"it looks like {likeness};", f"it looks like {likeness}: "))


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


@pytest.mark.parametrize("data", [b"\x93\x11\x00\xfe" * 50, b"\xff\xd8", b"\x89PN", b"\0\0\2\0" + bytes(30)])
def test_unknown_bytes_are_not_an_image(data: bytes) -> None:
    with pytest.raises(IngestError) as caught:
        prepare(data, POLICY)
    assert caught.value.reason is Reason.NOT_AN_IMAGE
    assert "no known format" in caught.value.detail


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM"])
def test_formats_are_known_by_their_first_bytes(file_format: str) -> None:
    assert sniff(encoded(quarters(), file_format)[:40]).name == file_format


@pytest.mark.parametrize("size", [16, 511, 512, 100_000])
@pytest.mark.parametrize(("value", "words"), [(b"\0", "zeros"), (b"\xff", "bytes of the value 255")])
def test_a_file_of_one_value_is_an_interrupted_copy(size: int, value: bytes, words: str) -> None:
    with pytest.raises(IngestError) as caught:
        prepare(value * size, POLICY)
    assert caught.value.reason is Reason.NOT_AN_IMAGE
    found = f"it is a file of {size} bytes that holds only {words}, as an interrupted copy leaves: copy it again"
    assert caught.value.detail == found


def test_a_beginning_of_zeros_is_an_interrupted_copy() -> None:
    with pytest.raises(IngestError) as caught:
        prepare(bytes(4096) + encoded(quarters(), "JPEG")[4096:] + b"the rest", POLICY)
    assert caught.value.detail.startswith(
        "it is a file whose beginning holds only zeros, as an interrupted copy leaves"
    )
