"""What programs make of the bytes of a picture on their way into a bucket: its name, a variant, and how it is made."""

import base64
import binascii
import gzip
import json
import quopri
import urllib.parse
import zlib
from collections.abc import Callable

BOUNDARY = b"------WebKitFormBoundary7MA4YWxk"
SIGNATURE = b"5f" * 32

# Texts, messages and streams, from which the picture can be taken out again.
WRAPPINGS: dict[str, Callable[[bytes], bytes]] = {
    "base64 text": base64.b64encode,
    "base64 text | lines": base64.encodebytes,
    "base64 text | URL-safe, without padding": lambda data: base64.urlsafe_b64encode(data).rstrip(b"="),
    "base64 text | a JSON string": lambda data: json.dumps(base64.b64encode(data).decode()).encode(),
    "base64 text | PHP's JSON": lambda data: b'"' + base64.b64encode(data).replace(b"/", rb"\/") + b'"',
    "base64 text | a JSON list": lambda data: json.dumps([base64.b64encode(data).decode()]).encode(),
    "base64 text | a form field": lambda data: b"image=" + base64.b64encode(data),
    "base64 text | UTF-16": lambda data: base64.b64encode(data).decode().encode("utf-16"),
    "base64 text | byte order mark": lambda data: b"\xef\xbb\xbf" + base64.b64encode(data),
    "base64 text inside base64 text": lambda data: base64.b64encode(base64.b64encode(data)),
    "a gzip stream inside base64 text": lambda data: base64.b64encode(gzip.compress(data)),
    "a data URL": lambda data: b"data:image/jpeg;base64," + base64.b64encode(data),
    "a data URL | charset": lambda data: b"data:image/x;charset=utf-8;base64," + base64.b64encode(data),
    "a data URL | quoted, no type": lambda data: b'"data:;base64,' + base64.b64encode(data) + b'"',
    "a data URL | percent": lambda data: urllib.parse.quote(
        b"data:image/png;base64," + base64.b64encode(data)
    ).encode(),
    "hexadecimal text": lambda data: data.hex().encode(),
    "hexadecimal text | SQL": lambda data: b"0x" + data.hex().upper().encode(),
    "hexadecimal text | PostgreSQL": lambda data: rb"\x" + data.hex().encode(),
    "hexadecimal text | spaces": lambda data: data.hex(" ").encode(),
    "hexadecimal text | C": lambda data: ", ".join(f"0x{byte:02x}" for byte in data).encode(),
    "hexadecimal text | Node.js": lambda data: b"<Buffer " + data[:50].hex(" ").encode() + b" ... 950 more bytes>",
    "a hex dump": lambda data: "\n".join(
        f"{at:08x}: {data[at : at + 16].hex(' ', 2)}  ................" for at in range(0, len(data), 16)
    ).encode(),
    "the printed form of a Python bytes value": lambda data: repr(data).encode(),
    "the printed form of a Python bytes value | array": lambda data: repr(bytearray(data)).encode(),
    "text with escaped bytes": lambda data: json.dumps(data.decode("latin-1")).encode(),
    "a Node.js Buffer written as JSON": lambda data: json.dumps({"type": "Buffer", "data": list(data)}).encode(),
    "an array of bytes written as JSON": lambda data: json.dumps(
        {str(at): byte for at, byte in enumerate(data)}
    ).encode(),
    "a list of byte values as text": lambda data: ",".join(map(str, data)).encode(),
    "a list of byte values as text | Java": lambda data: str([(byte ^ 128) - 128 for byte in data]).encode(),
    "JSON with base64": lambda data: json.dumps(
        {"headers": {"a": "b" * 3000}, "body": base64.b64encode(data).decode(), "isBase64Encoded": True}
    ).encode(),
    "JSON with base64 | data URL": lambda data: json.dumps(
        {"name": "x", "file": "data:image/png;base64," + base64.b64encode(data).decode()}
    ).encode(),
    "percent-encoded text": lambda data: urllib.parse.quote_from_bytes(data).encode(),
    "quoted-printable text": lambda data: quopri.encodestring(data.replace(b"\n", b"\xfe")),
    "uuencoded text": lambda data: (
        b"begin 644 a.jpg\n" + b"".join(binascii.b2a_uu(data[at : at + 45]) for at in range(0, 900, 45)) + b"`\nend\n"
    ),
    "a multipart body": lambda data: (
        BOUNDARY
        + b'\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
        + data
        + b"\r\n"
        + BOUNDARY
        + b"--\r\n"
    ),
    "a multipart body | field first": lambda data: (
        b'--x\r\nContent-Disposition: form-data; name="key"\r\n\r\nshop/1.jpg\r\n--x\r\n'
        b'Content-Disposition: form-data; name="file"\r\n\r\n' + data + b"\r\n--x--\r\n"
    ),
    "a signed upload stream (aws-chunked)": lambda data: (
        b"%x;chunk-signature=%b\r\n" % (len(data), SIGNATURE) + data + b"\r\n0;chunk-signature=%b\r\n\r\n" % SIGNATURE
    ),
    "a chunked upload stream (aws-chunked or HTTP)": lambda data: (
        b"%X\r\n" % len(data) + data + b"\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n"
    ),
    "an HTTP message with its headers": lambda data: b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n\r\n" + data,
    "an HTTP message with its headers | request": lambda data: b"PUT /a.jpg HTTP/1.1\r\nHost: b\r\n\r\n" + data,
    "base64 text inside a message with its headers": lambda data: (
        b"MIME-Version: 1.0\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(data)
    ),
    "a gzip stream": lambda data: gzip.compress(data, mtime=0),
    "a gzip stream inside a gzip stream": lambda data: gzip.compress(gzip.compress(data)),
    "a deflate stream": zlib.compress,
}
