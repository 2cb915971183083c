"""Requests and responses as values, without sockets."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

Headers = Mapping[str, str]
XML = "application/xml"
_XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True)
class Request:
    """A request. The names in ``headers`` are in lower case, and ``target`` is a path with its query.

    ``host`` is the host that the client asked a proxy for; it is empty if the client came straight to the port.
    """

    method: str
    host: str
    target: str
    headers: Headers
    body: bytes = field(repr=False)

    @property
    def path(self) -> str:
        # Not urlsplit, which takes what follows two slashes for a host.
        return self.target.partition("?")[0]

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(self.target.partition("?")[2], keep_blank_values=True)


@dataclass(frozen=True)
class Response:
    """A response. ``code`` is the service's error code or ``OK``, for lists of calls.

    The connection breaks off after ``sent_bytes`` of the body; ``None`` sends the whole body.
    """

    status: int
    content_type: str = ""
    body: bytes = field(default=b"", repr=False)
    code: str = "OK"
    headers: Headers = field(default_factory=dict)
    sent_bytes: int | None = None


class Client(Protocol):
    """The other end of a connection, for a fault that delays the response."""

    def wait(self, seconds: float) -> bool:
        """Return True after ``seconds``, or False as soon as the client hangs up."""


def json_response(status: int, body: object, code: str = "OK") -> Response:
    return Response(status, "application/json;charset=utf-8", json.dumps(body, ensure_ascii=False).encode(), code)


def xml_response(status: int, body: str, code: str = "OK", headers: Headers | None = None) -> Response:
    return Response(status, XML, encode_xml(body), code, headers or {})


def encode_xml(body: str) -> bytes:
    return f"{_XML_DECLARATION}{body}".encode()


def xml_elements(fields: Mapping[str, str]) -> str:
    """Return one element for each field, with the text escaped."""
    return "".join(f"<{name}>{escape(text)}</{name}>" for name, text in fields.items())


def new_request_id() -> str:
    """Return 24 upper-case hexadecimal digits, as OSS and SMQ number their requests."""
    return uuid.uuid4().hex[:24].upper()
