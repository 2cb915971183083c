"""Recognise the first bytes of formats that are not read, so that a message can say what a file looks like.

Signatures: the formats' own specifications.
"""

import re
from codecs import getincrementaldecoder

_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
UNREAD_IMAGES = (
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "JPEG XL"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"8BPS", "Photoshop (PSD)"),
    (b"DDS ", "DirectDraw Surface (DDS)"),
    (b"\x76\x2f\x31\x01", "OpenEXR"),
    (b"#?RADIANCE", "Radiance HDR"),
    (b"qoif", "QOI"),
    (b"icns", "Apple icon (ICNS)"),
    (b"gimp xcf", "GIMP (XCF)"),
    (b"\x01\xda\x00", "SGI"),
    (b"\x01\xda\x01", "SGI"),
    (b"BLP1", "BLP"),
    (b"BLP2", "BLP"),
    (b"BPG\xfb", "BPG"),
    (b"AT&TFORM", "DjVu"),
    (b"SIMPLE  =", "FITS"),
    (b"\xd7\xcd\xc6\x9a", "Windows metafile (WMF)"),
    (b"%!PS", "PostScript"),
    (b"\xc5\xd0\xd3\xc6", "PostScript"),
    (b"PF\n", "PFM"),
    (b"Pf\n", "PFM"),
    (b"P7\n", "PAM"),
    (b"FUJIFILMCCD-RAW", "camera raw (RAF)"),
    (b"IIU\x00", "camera raw (RW2)"),
    (b"IIRO", "camera raw (ORF)"),
    (b"IIRS", "camera raw (ORF)"),
)
OTHER_FILES = (
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"PK\x05\x06", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x1aE\xdf\xa3", "a Matroska or WebM video"),
    (b"\x00\x00\x01\xba", "an MPEG video"),
    (b"\x00\x00\x01\xb3", "an MPEG video"),
    (b"FLV\x01", "a Flash video"),
    (b"OggS", "an Ogg recording"),
    (b"ID3", "an MP3 recording"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
)


def name_image_format(data: bytes) -> str | None:
    """Return the name of an image format that is not read; ``None`` if the file is not an image."""
    if _is_iso_media(data):
        return "camera raw (CR3)" if data[8:12] == b"crx " else None
    return _find(data, UNREAD_IMAGES) or _name_icon(data) or _name_svg(data)


def describe_other_file(data: bytes) -> str | None:
    """Return what a file that is not an image looks like, with its article; ``None`` if it is unknown."""
    if _is_iso_media(data):
        return "an MP4 or QuickTime video"
    return _find(data, OTHER_FILES) or _describe_riff(data) or _describe_text(data)


def _is_iso_media(data: bytes) -> bool:
    return data[4:8] == b"ftyp"


def _find(data: bytes, table: tuple[tuple[bytes, str], ...]) -> str | None:
    return next((name for magic, name in table if data.startswith(magic)), None)


def _name_icon(data: bytes) -> str | None:
    """Check more than the magic, which is short: the number of images, and a reserved byte that must be zero."""
    if data[:2] != b"\0\0" or data[4:6] in {b"", b"\0\0"} or data[9:10] != b"\0":
        return None
    return {b"\1\0": "Windows icon (ICO)", b"\2\0": "Windows cursor (CUR)"}.get(data[2:4])


def _name_svg(data: bytes) -> str | None:
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return "SVG" if start.startswith(b"<") and b"<svg" in start else None


def _describe_riff(data: bytes) -> str | None:
    if data[:4] != b"RIFF":
        return None
    return {b"AVI ": "an AVI video", b"WAVE": "a WAV recording"}.get(data[8:12], "a RIFF file")


def _describe_text(data: bytes) -> str | None:
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.lower().startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script")):
        return "an HTML page"
    if start.startswith(b"<?xml"):
        return "an XML document"
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
    return "text" if start and _is_text(data[:1024], encoding) else None


def _is_text(start: bytes, encoding: str) -> bool:
    """Return whether the sample is text. It may end inside a character, which an incremental decoder accepts."""
    try:
        text = getincrementaldecoder(encoding)().decode(start)
    except UnicodeDecodeError:
        return False
    return not _CONTROLS.search(text)
