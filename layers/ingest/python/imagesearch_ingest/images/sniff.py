"""Which format the bytes are, by their first ones alone: names and content types are only what somebody claimed."""

import re
from codecs import getincrementaldecoder

from imagesearch_ingest.images.signatures import NO_PICTURES, OTHER_PICTURES, READ
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

_PPM = re.compile(rb"P[1-6][ \t\r\n\v\f]+(#|[0-9])")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_TAKEN = "PNG, JPEG, BMP, GIF, WebP, TIFF, PPM, AVIF and HEIC"
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_AVIF_BRANDS = {b"avif", b"avis"}
_BMP_HEADERS = range(12, 125)  # bytes: from BITMAPCOREHEADER to BITMAPV5HEADER; OS/2 2 cuts its own anywhere between


def sniff(data: bytes) -> str:
    """Pillow's name of the format, or HEIC. Raises ``OBJECT_EMPTY``, ``UNSUPPORTED_FORMAT`` or ``NOT_AN_IMAGE``, saying
    what the bytes look like.
    """
    if not data:
        raise IngestError(Reason.OBJECT_EMPTY, "the object has no bytes")
    found = _starting_with(data, READ) or _by_structure(data)
    if found is None:
        raise _refusal(data)
    return found


def _starting_with(data: bytes, table: tuple[tuple[bytes, str], ...]) -> str | None:
    return next((name for magic, name in table if data.startswith(magic)), None)


def _by_structure(data: bytes) -> str | None:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[:2] == b"BM" and int.from_bytes(data[14:18], "little") in _BMP_HEADERS:
        return "BMP"
    if data[4:8] == b"ftyp":
        return _by_brands(_brands(data))
    return "PPM" if _PPM.match(data) else None


def _brands(data: bytes) -> set[bytes]:
    """Of ISO base media files: they tell pictures from videos (ISO/IEC 14496-12, section 4.3)."""
    box = data[8 : max(16, min(int.from_bytes(data[:4], "big"), 256))]
    return {box[:4], *(box[at : at + 4] for at in range(8, len(box), 4))}


def _by_brands(brands: set[bytes]) -> str | None:
    if brands & _AVIF_BRANDS:
        return "AVIF"
    return "HEIC" if brands & _HEIF_BRANDS else None


def _refusal(data: bytes) -> IngestError:
    if data[4:8] == b"ftyp":
        return _unsupported("camera raw (CR3)") if data[8:12] == b"crx " else _not_an_image("an MP4 or QuickTime video")
    if picture := _starting_with(data, OTHER_PICTURES) or _icon(data) or _by_its_text(data):
        return _unsupported(picture)
    return _not_an_image(_starting_with(data, NO_PICTURES) or _riff(data) or _text(data))


def _icon(data: bytes) -> str | None:
    """The magic is so short that only with a count of pictures, and their reserved byte zero, is it one."""
    if data[:2] != b"\0\0" or data[4:6] in {b"", b"\0\0"} or data[9:10] != b"\0":
        return None
    return {b"\1\0": "Windows icon (ICO)", b"\2\0": "Windows cursor (CUR)"}.get(data[2:4])


def _by_its_text(data: bytes) -> str | None:
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return "SVG" if start.startswith(b"<") and b"<svg" in start else None


def _riff(data: bytes) -> str | None:
    if data[:4] != b"RIFF":
        return None
    return {b"AVI ": "an AVI video", b"WAVE": "a WAV recording"}.get(data[8:12], "a RIFF file")


def _text(data: bytes) -> str | None:
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.lower().startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script")):
        return "an HTML page"
    if start.startswith(b"<?xml"):
        return "an XML document"
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
    return "text" if start and _is_text(data[:1024], encoding) else None


def _is_text(start: bytes, encoding: str) -> bool:
    """The sample may end inside a character: a decoder that waits for more takes no offence at that."""
    try:
        text = getincrementaldecoder(encoding)().decode(start)
    except UnicodeDecodeError:
        return False
    return not _CONTROLS.search(text)


def _unsupported(name: str) -> IngestError:
    return IngestError(Reason.UNSUPPORTED_FORMAT, f"a picture in {name} format; only {_TAKEN} are taken")


def _not_an_image(likeness: str | None) -> IngestError:
    looks = f"it looks like {likeness}" if likeness else "its first bytes are those of no format we know"
    return IngestError(Reason.NOT_AN_IMAGE, f"{looks}; only {_TAKEN} are taken")
