"""Find pictures that a program has wrapped: in a text encoding, in a message, or in a compressed stream.

Only the first kilobytes are unwrapped. A wrapping may hold another one, such as base64 of gzip.
"""

import binascii
import re
import zlib
from collections.abc import Callable
from typing import NamedTuple

from imagesearch_ingest.images.formats import FORMATS
from imagesearch_ingest.images.markup import read_start
from imagesearch_ingest.images.unread import name_image_format

_START = 32 * 1024  # bytes of the file that are looked at
_INNER = 4096  # bytes that are taken out of a compressed stream
_MOST_LAYERS = 3
_USUALLY_COMPRESSED = {"SVG", "Windows metafile (EMF)", "Windows metafile (WMF)"}

_DECODE = "upload the decoded bytes; behind an API gateway, set its binary media types"
_BYTES = "upload the bytes themselves, not a text made of them"
_PART = "upload the file's part alone, not the whole body of the request"
_CHUNKED = "upload without this framing: use the storage service's SDK, or send the body with its Content-Length"
_PACKED = "upload it unpacked, without Content-Encoding"


class Wrapped(NamedTuple):
    """A wrapping that was found: what it is, what to do instead, and the first bytes of its content."""

    what: str
    advice: str
    inner: bytes
    is_certain: bool = False  # whether it is worth naming although its content is no known picture


def describe_wrapped(data: bytes) -> str | None:
    """Return what the picture is wrapped in and what to do, or ``None`` if the file is no wrapped picture."""
    names, advice, inner, certain = [], "", data[:_START], 0
    for _ in range(_MOST_LAYERS):
        wrapped = _unwrap(inner)
        if wrapped is None:
            break
        names.append(wrapped.what)
        advice, inner = advice or wrapped.advice, wrapped.inner
        certain = len(names) if wrapped.is_certain else certain
        if picture := name_picture(inner):
            return f"{' inside '.join(reversed(names))} that holds a picture ({picture}): {advice}"
    return f"{names[0]}: {advice}" if certain else None


def name_compressed_format(data: bytes) -> str | None:
    """Return the name of an image format that is not read and that is usually compressed: SVGZ, EMZ and WMZ."""
    packed = _unwrap_gzip(data[:_START])
    name = name_image_format(packed.inner) if packed else None
    return f"gzip-compressed {name}" if name in _USUALLY_COMPRESSED else None


def name_picture(data: bytes) -> str | None:
    """Return the name of the image format that the bytes begin with, whether it is read or not."""
    return next((one.title for one in FORMATS if one.matches(data)), None) or name_image_format(data)


def _unwrap(data: bytes) -> Wrapped | None:
    found = [one for unwrap in _FROM_BYTES if (one := unwrap(data))]
    text = read_start(data, _START).lstrip("\ufeff \t\r\n")
    if not found and "\0" not in text[:64]:
        found = [one for unwrap_text in _FROM_TEXT if (one := unwrap_text(text))]
    return next(
        (one for is_likely in (_holds_picture, _is_worth_it) for one in found if one.is_certain or is_likely(one)), None
    )


def _holds_picture(wrapped: Wrapped) -> bool:
    return bool(name_picture(wrapped.inner))


def _is_worth_it(wrapped: Wrapped) -> bool:
    """Return whether the content may be wrapped again. Ordinary words are valid base64, too."""
    return wrapped.inner[:3] == b"\x1f\x8b\x08" or _BASE64_OR_URL.match(wrapped.inner) is not None


def _unwrap_data_url(text: str) -> Wrapped | None:
    text = text.lstrip("\"'")
    head = text[:300]
    if head[:12].lower().startswith(("data%3a", "data%3A")):
        text = _unquote(text).decode("latin-1")
    found = re.match(r"(?:[\w.-]{1,40}=)?data:([^,;]{0,100}(?:;[^,;]{0,100})*?)(;base64)?,", text, re.IGNORECASE)
    if not found:
        return None
    content = text[found.end() :]
    inner = _decode_base64(content) if found[2] else _unquote(content)
    is_image = found[1].lower().startswith("image/")
    return Wrapped("a data URL", "upload the decoded bytes behind its comma", inner, is_certain=is_image)


def _unwrap_json(text: str) -> Wrapped | None:
    """Take the bytes out of what JavaScript and gateways make of them: a Buffer, an array, a body in base64."""
    if text[:1] not in {"{", "["}:
        return None
    if found := re.search(r'"(?:type|data)"\s*:\s*(?:"Buffer"\s*,\s*"data"\s*:\s*)?\[([0-9,\s]+)', text):
        return Wrapped("a Node.js Buffer written as JSON", _BYTES, _read_numbers(found[1]))
    if found := re.match(r'\{\s*"0"\s*:\s*[0-9]', text):
        numbers = re.sub(r'"[0-9]+"\s*:', "", text[1:])
        return Wrapped("an array of bytes written as JSON", _BYTES, _read_numbers(numbers))
    for value in _JSON_TEXT.findall(text):
        inner = _decode_base64(_unescape(re.sub(r"^data:[^,]{0,100};base64,", "", value)))
        if name_picture(inner):
            return Wrapped("JSON with base64", _DECODE, inner)
    return None


def _unwrap_numbers(text: str) -> Wrapped | None:
    found = re.match(r"[\[(]?\s*-?[0-9]{1,3}(?:[,\s]+-?[0-9]{1,3}){7,}", text)
    return Wrapped("a list of byte values as text", _BYTES, _read_numbers(found[0].strip("[( \n"))) if found else None


def _unwrap_hex(text: str) -> Wrapped | None:
    if line := re.match(r"[0-9a-fA-F]{6,8}:?[ \t]+((?:[0-9a-fA-F]{2,4}+  ?){4,16})", text):
        return Wrapped("a hex dump", _BYTES, _decode_hex(line[1]))
    found = re.match(r"(?:<Buffer |[bBxX]'|'|\")?([0-9a-fA-FxX\\ ,:\t\r\n]{16,})", text)
    return Wrapped("hexadecimal text", _BYTES, _decode_hex(found[1])) if found else None


def _unwrap_escapes(text: str) -> Wrapped | None:
    r"""Take the bytes out of a program's way to print them, such as Python's ``b'\xff\xd8'``."""
    found = re.match(r"(?:bytearray\()?(b?)(['\"])", text)
    body = text[found.end() :] if found else text
    if not re.match(r"[^\\]{0,16}\\(?:x[0-9a-fA-F]{2}|u00[0-9a-fA-F]{2}|[0-7]{3})", body):
        return None
    inner = body.encode("latin-1", "replace").decode("unicode_escape", "ignore").encode("latin-1", "ignore")
    what = "the printed form of a Python bytes value" if found and found[1] else "text with escaped bytes"
    return Wrapped(what, _BYTES, inner)


def _unwrap_percent(text: str) -> Wrapped | None:
    body = re.sub(r"^[\w.\[\]-]{1,40}=", "", text)
    if not re.match(r"[^%]{0,16}%[0-9a-fA-F]{2}", body):
        return None
    return Wrapped("percent-encoded text", _BYTES, _unquote(body.replace("+", " ")))


def _unwrap_mail(text: str) -> Wrapped | None:
    if re.match(r"[^=]{0,4}=[0-9A-F]{2}", text):
        inner = binascii.a2b_qp(text.encode("latin-1", "replace"))
        return Wrapped("quoted-printable text", _BYTES, inner)
    if found := re.match(r"begin(?:-base64)? [0-7]{3,4} [^\n]{1,200}\n", text):
        return Wrapped("uuencoded text", _BYTES, _decode_uu(text[found.end() :]), is_certain=True)
    return Wrapped("yEnc text", _BYTES, b"", is_certain=True) if text.startswith("=ybegin line=") else None


def _unwrap_base64(text: str) -> Wrapped | None:
    body = re.sub(r"^[\w.-]{1,40}=(?=[A-Za-z0-9+/_-]{16})", "", text.lstrip("[\"' \n"))
    body = re.sub(r"^-----BEGIN [A-Z ]{1,40}-----\s*", "", _unescape(body))
    if not re.match(r"[A-Za-z0-9+/_\s-]{16}", body):
        return None
    return Wrapped("base64 text", _DECODE, _decode_base64(body))


def _unwrap_multipart(data: bytes) -> Wrapped | None:
    found = _MULTIPART.match(data)
    if not found or b"content-" not in found[0].lower():
        return None
    inner = data[found.end() :]
    for part in re.finditer(rb"\r?\n\r?\n", data[found.start() :]):
        if name_picture(data[part.end() :]):
            inner = data[part.end() :]
            break
    return Wrapped("a multipart body", _PART, inner, is_certain=True)


def _unwrap_chunked(data: bytes) -> Wrapped | None:
    if found := re.match(rb"[0-9a-fA-F]{1,8};chunk-signature=[0-9a-fA-F]{64,}\r\n", data):
        return Wrapped("a signed upload stream (aws-chunked)", _CHUNKED, data[found.end() :], is_certain=True)
    found = re.match(rb"[0-9a-fA-F]{1,8}(?:;[^\r\n]{0,200})?\r\n", data)
    return Wrapped("a chunked upload stream (aws-chunked or HTTP)", _CHUNKED, data[found.end() :]) if found else None


def _unwrap_message(data: bytes) -> Wrapped | None:
    found = _MESSAGE.match(data)
    if not found:
        return None
    is_http = b"HTTP/" in found[0].split(b"\n", 1)[0]
    what = "an HTTP message with its headers" if is_http else "a message with its headers"
    return Wrapped(what, "upload its body alone", data[found.end() :], is_certain=is_http)


def _unwrap_gzip(data: bytes) -> Wrapped | None:
    return _inflate(data, 31, "a gzip stream") if data[:3] == b"\x1f\x8b\x08" else None


def _unwrap_zlib(data: bytes) -> Wrapped | None:
    """Inflate what Content-Encoding calls deflate. Its header is a multiple of 31 (RFC 1950, section 2.2)."""
    if data[:1] != b"\x78" or int.from_bytes(data[:2], "big") % 31:
        return None
    return _inflate(data, 15, "a deflate stream")


def _inflate(data: bytes, window: int, what: str) -> Wrapped | None:
    try:
        return Wrapped(what, _PACKED, zlib.decompressobj(window).decompress(data, _INNER))
    except zlib.error:
        return None


def _decode_base64(text: str) -> bytes:
    """Decode up to the first character that is not base64, in both alphabets, with or without padding."""
    found = re.match(r"[A-Za-z0-9+/_-]*", re.sub(r"\s+", "", text))
    body = found[0].replace("-", "+").replace("_", "/") if found else ""
    return binascii.a2b_base64(body[: len(body) // 4 * 4])


def _unquote(text: str) -> bytes:
    """Decode percent signs without ``urllib.parse``, which takes a child process a while to load."""
    return re.sub(rb"%([0-9a-fA-F]{2})", lambda found: bytes.fromhex(found[1].decode()), text.encode())


def _unescape(text: str) -> str:
    """Undo what JSON does to base64: slashes, plus signs and line breaks."""
    return text.replace("\\/", "/").replace("\\u002b", "+").replace("\\n", "").replace("\\r", "")


def _decode_hex(text: str) -> bytes:
    digits = re.sub(r"0x|\\{1,2}x|[^0-9a-fA-F]", "", text)
    return bytes.fromhex(digits[: len(digits) // 2 * 2])


def _decode_uu(text: str) -> bytes:
    try:
        return b"".join(binascii.a2b_uu(line) for line in text.splitlines()[:4])
    except (ValueError, binascii.Error):
        return b""


def _read_numbers(text: str) -> bytes:
    numbers = re.findall(r"-?[0-9]+", text[:_START])[:-1]  # the last one may be cut
    return bytes(int(number) & 0xFF for number in numbers if len(number) < 5)  # noqa: PLR2004 (Java's are signed)


_FROM_BYTES: tuple[Callable[[bytes], Wrapped | None], ...] = (
    _unwrap_gzip,
    _unwrap_zlib,
    _unwrap_multipart,
    _unwrap_chunked,
    _unwrap_message,
)
_FROM_TEXT: tuple[Callable[[str], Wrapped | None], ...] = (
    _unwrap_data_url,
    _unwrap_json,
    _unwrap_numbers,
    _unwrap_escapes,
    _unwrap_hex,
    _unwrap_percent,
    _unwrap_mail,
    _unwrap_base64,
)
_JSON_TEXT = re.compile(r'"[^"\\]{1,60}"\s*:\s*"((?:[A-Za-z0-9+/=_:;,.-]|\\[/nr]|\\u002b){16,})')
_MULTIPART = re.compile(rb"(?:\r?\n)?--[^\r\n]{1,200}\r?\n(?:[A-Za-z-]{1,60}:[^\r\n]{0,500}\r?\n){1,20}\r?\n")
_MESSAGE = re.compile(
    rb"(?:HTTP/[0-9.]{1,3} [0-9]{3}[^\r\n]{0,200}\r?\n|(?:GET|PUT|POST|PATCH) [^\r\n]{1,2000} HTTP/[0-9.]{1,3}\r?\n)?"
    rb"(?:[A-Za-z][A-Za-z0-9-]{0,60}:[^\r\n]{0,1000}\r?\n(?:[ \t][^\r\n]{0,1000}\r?\n){0,20}){1,100}\r?\n"
)
_BASE64_OR_URL = re.compile(rb"[A-Za-z0-9+/_-]{64}|data:image/")
