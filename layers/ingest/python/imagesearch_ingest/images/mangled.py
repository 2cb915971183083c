"""Recognise pictures whose bytes were handled as text on their way. Such a change cannot be undone."""

import re
from codecs import getincrementaldecoder

_SAMPLE = 64 * 1024  # bytes
_LONGEST_SAMPLE = 1024 * 1024
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_LOST = "\ufffd"
_LOST_BYTES = _LOST.encode()
_LOOKED_AT = 4096  # bytes in which a decoder has replaced some
_CR = 0x0D
_FEWEST_LOST = 3  # a text may hold one
_LAST_OF_CODE_PAGES = "\u25ff"  # Latin-1 and the code pages of Windows and DOS have no character above it
_ADVICE = "upload the bytes as they are; behind an API gateway, set its binary media types"
_UTF_8 = f"{{}} that went through a UTF-8 decoder, which destroyed it: {_ADVICE}"
_AGAIN = f"{{}} whose bytes were encoded as UTF-8 text: {_ADVICE}"
_UTF_16 = "{} that was written as UTF-16 text, as PowerShell's > does: copy the file itself"
_ASCII = f"{{}} whose bytes above 127 are lost, as in a text of ASCII: {_ADVICE}"
_LINES = "{} whose line ends were converted, as transfers in text mode do: send it in binary mode"
# Letters near the beginning of a picture, which every such change leaves as they are.
_LETTERS = re.compile(
    r"(?P<JPEG>JFIF\0|Exif\0)|(?P<PNG>PNG\s)|(?P<GIF>GIF8[79]a)|(?P<WebP>WEBPVP8)|(?P<HEIF>ftyp)", re.ASCII
)
# Pictures without any byte above 127: cut to seven bits, or with each such byte dropped or replaced by a question mark.
_STRIPPED = re.compile(
    rb"\x7fX\x7f[\x40-\x7f]|[?\t]?PNG\r?\n\x1a\n|\?{2,4}..(?:JFIF|Exif)\0|\0\x10JFIF\0|RIFF.{0,8}?WEBP", re.DOTALL
)
_PNG = re.compile(rb"\x89PNG(?:\n\x1a\n|\r\r\n\x1a|\r\n\x1a\r\n|\r\x1a\r|\n\n\x1a\n)")
_COMPRESSED = {"JPEG", "PNG", "GIF", "WebP", "AVIF", "HEIC"}
_FEWEST_LINE_ENDS = 16
_FEWEST_VALUES = 200
_FEWEST_BYTES = 1000
_FEWEST_BYTES_WITHOUT_CR = 16 * 1024  # at random, 64 of them would be CR
_HEADER = 256  # bytes at the front that may be text
_EVERY_VALUE = frozenset(range(256))


def describe_mangled(data: bytes) -> str | None:
    """Return what happened to a file whose first bytes belong to no format; ``None`` if it was not handled as text."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) and _is_utf_16(data):
        return _UTF_16.format(_name(_read_utf_16(data)))
    if _PNG.match(data):
        return _LINES.format("a PNG")
    if _STRIPPED.match(data) and data[:_SAMPLE].isascii():
        return _ASCII.format(_name(data[:64].decode("ascii")))
    return _describe_utf_8(data)


def is_suspicious(data: bytes) -> bool:
    """Return whether ``describe_converted`` is worth calling. It is quick, and false for nearly any file."""
    first_line = data.find(b"\n", _HEADER)
    return (
        data.find(_LOST_BYTES, 0, _LOOKED_AT) >= 0
        or (first_line >= 0 and data[first_line - 1] == _CR)
        or data.find(b"\r", _HEADER) < 0
    )


def describe_converted(data: bytes, title: str) -> str | None:
    """Return what happened to a file whose first bytes have survived. Such a file may decode, into a false picture."""
    if words := _describe_utf_8(data, is_lossless_named=False):
        return words
    has_lines = _has_converted_lines(data[_HEADER:_LONGEST_SAMPLE], is_compressed=title in _COMPRESSED)
    return _LINES.format(f"a {title}") if has_lines else None


def describe_undecodable(data: bytes, title: str) -> str | None:
    """Return what happened to a file of a known format that cannot be decoded.

    In compressed data all values of a byte are about equally frequent. So it is never valid UTF-8 by chance.
    """
    if words := _describe_utf_8(data):
        return words
    if title not in _COMPRESSED or len(data) < _FEWEST_BYTES:
        return None
    if data[:_LONGEST_SAMPLE].isascii():
        return _ASCII.format(f"a {title}")
    return _UTF_8.format(f"a {title}") if _read_utf_8(data) else None


def _describe_utf_8(data: bytes, *, is_lossless_named: bool = True) -> str | None:
    """Recognise binary data that is valid UTF-8: the decoder has replaced what was not, or has encoded each byte."""
    text = _read_utf_8(data)
    if text.isascii() or len(_CONTROLS.findall(text)) * 100 < len(text):
        return None
    lost = text.count(_LOST)
    foreign = {character for character in text if not character.isascii()} - {_LOST}
    encoded = sum(map(text.count, foreign))
    if lost > encoded and lost * 50 >= len(text) and lost >= _FEWEST_LOST:
        return _UTF_8.format(_name(text))
    is_one_byte_each = foreign and encoded * 10 >= len(text) and max(foreign) <= _LAST_OF_CODE_PAGES
    return _AGAIN.format(_name(text)) if is_lossless_named and is_one_byte_each else None


def _read_utf_8(data: bytes) -> str:
    """Return the beginning as text, empty if it is not UTF-8. The sample may end inside a character."""
    try:
        return getincrementaldecoder("utf-8")().decode(data[:_SAMPLE])
    except UnicodeDecodeError:
        return ""


def _is_utf_16(data: bytes) -> bool:
    """Return whether each byte has become a character of a code page."""
    text = _read_utf_16(data)
    return bool(_CONTROLS.search(text)) and max(set(text) - {_LOST}) <= _LAST_OF_CODE_PAGES


def _read_utf_16(data: bytes) -> str:
    return data[: min(len(data), _SAMPLE) // 2 * 2].decode("utf-16", "replace")


def _name(text: str) -> str:
    """Return the format that the letters name, with its article."""
    found = _LETTERS.search(text[:64])
    return f"a {found.lastgroup}" if found else "a picture or other binary data"


def _has_converted_lines(body: bytes, *, is_compressed: bool) -> bool:
    """Return whether every LF got a CR in front of it, or every CR is gone while all other values of a byte occur."""
    lines = body.count(b"\n")
    if lines < _FEWEST_LINE_ENDS:
        return False
    returns, both, values = body.count(b"\r"), body.count(b"\r\n"), frozenset(body)
    if both == lines:
        return returns - both >= _FEWEST_LINE_ENDS // 2 and len(values) >= _FEWEST_VALUES
    return is_compressed and len(body) >= _FEWEST_BYTES_WITHOUT_CR and _EVERY_VALUE - values == {_CR}
