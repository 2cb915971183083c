"""Read the body of a request: with a length or in chunks (RFC 9112, sections 6 and 7.1)."""

import re
from collections.abc import Callable
from email.message import Message
from http import HTTPStatus
from io import BufferedIOBase

from local_cloud.server.errors import RefusedRequestError

# A line of a chunk's size with its extensions, and all trailers together.
MAX_LINE_BYTES = 4096
MAX_TRAILER_BYTES = 64 * 1024
_CRLF = b"\r\n"
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n]*)?\r\n")
_TRAILER = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n\0]*\r\n")


def find_length(headers: Message, *, may_be_chunked: bool, max_bytes: int) -> int | None:
    """Return the length of the body in bytes, or ``None`` if it comes in chunks.

    Raise ``RefusedRequestError`` if it has neither a valid length nor chunks, both, or more than ``max_bytes``.
    """
    lengths = {one.strip() for value in headers.get_all("Content-Length", []) for one in value.split(",")}
    codings = [one.strip().lower() for value in headers.get_all("Transfer-Encoding", []) for one in value.split(",")]
    if codings:
        _check_codings(codings, may_be_chunked=may_be_chunked, has_length=bool(lengths))
        return None
    if len(lengths) > 1:
        raise RefusedRequestError("the request has several Content-Lengths")
    declared = lengths.pop() if lengths else "0"
    if not (declared.isascii() and declared.isdecimal()):
        raise RefusedRequestError("Content-Length is not a number")
    # No valid length has more digits. int() refuses thousands of them.
    if len(declared.lstrip("0")) > len(str(max_bytes)) or int(declared) > max_bytes:
        raise _too_large(max_bytes)
    return int(declared)


class BodyReader:
    """Read one body from ``stream``. ``before_read`` is called each time before more data is awaited.

    Its methods raise ``ConnectionAbortedError`` if the client hangs up, and ``RefusedRequestError`` if it breaks the
    rules. The stream is of no use afterwards.
    """

    def __init__(self, stream: BufferedIOBase, max_bytes: int, before_read: Callable[[], None]) -> None:
        self._stream = stream
        self._max_bytes = max_bytes
        self._before_read = before_read

    def read(self, length: int) -> bytes:
        body = bytearray()
        while len(body) < length:
            self._before_read()
            piece = self._stream.read1(length - len(body))
            if not piece:
                raise _hung_up()
            body += piece
        return bytes(body)

    def read_chunks(self) -> bytes:
        """Return the chunks' data. The trailers are checked for their form and dropped."""
        body = bytearray()
        while size := self._read_size():
            if len(body) + size > self._max_bytes:
                raise _too_large(self._max_bytes)
            body += self.read(size)
            if self.read(len(_CRLF)) != _CRLF:
                raise RefusedRequestError("a chunk is not as long as its size says")
        self._skip_trailers()
        return bytes(body)

    def _read_size(self) -> int:
        found = _CHUNK_SIZE.fullmatch(self._read_line())
        if found is None:
            raise RefusedRequestError("a chunk does not begin with its size in hexadecimal digits")
        return int(found[1], 16)

    def _skip_trailers(self) -> None:
        total = 0
        while (line := self._read_line()) != _CRLF:
            total += len(line)
            if total > MAX_TRAILER_BYTES:
                reason = f"the trailers exceed {MAX_TRAILER_BYTES} bytes"
                raise RefusedRequestError(reason, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            if not _TRAILER.fullmatch(line):
                raise RefusedRequestError("a trailer is not of the form 'name: value'")

    def _read_line(self) -> bytes:
        self._before_read()
        line = self._stream.readline(MAX_LINE_BYTES)
        if not line.endswith(b"\n"):
            if len(line) < MAX_LINE_BYTES:
                raise _hung_up()
            raise RefusedRequestError(f"a line in the chunked body exceeds {MAX_LINE_BYTES} bytes")
        return line


def _check_codings(codings: list[str], *, may_be_chunked: bool, has_length: bool) -> None:
    if codings != ["chunked"]:
        reason = f"Transfer-Encoding {', '.join(codings)} is not supported, only chunked"
        raise RefusedRequestError(reason, HTTPStatus.NOT_IMPLEMENTED)
    if has_length:
        raise RefusedRequestError("the request has both Content-Length and Transfer-Encoding")
    if not may_be_chunked:
        raise RefusedRequestError("Transfer-Encoding needs HTTP/1.1")


def _too_large(max_bytes: int) -> RefusedRequestError:
    return RefusedRequestError(f"the body exceeds {max_bytes} bytes", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def _hung_up() -> ConnectionAbortedError:
    return ConnectionAbortedError("the client hung up within its request")
