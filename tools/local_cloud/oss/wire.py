"""Answers as values: those of ``image_search.wire``, with headers, and with a body that may break off."""

import base64
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from local_cloud.image_search.wire import Answer, Request
from local_cloud.oss.errors import OssRefusal, error_xml

XML = "application/xml"
Headers = Mapping[str, str]


@dataclass(frozen=True)
class OssAnswer(Answer):
    """``sent`` is how many bytes of the body arrive before the connection breaks off; ``None``, all of them."""

    headers: Headers = field(default_factory=dict)
    sent: int | None = None


@dataclass(frozen=True)
class Place:
    """What a request in path style is about; ``key`` is empty where it is the bucket itself."""

    bucket: str
    key: str


def place_of(request: Request) -> Place:
    bucket, _, key = request.path.removeprefix("/").partition("/")
    return Place(unquote(bucket), unquote(key))


def done(status: int = 200, headers: Headers | None = None, body: bytes = b"", media: str = "") -> OssAnswer:
    return OssAnswer(status, media, body, headers={**(headers or {}), "x-oss-request-id": request_id()})


def xml(body: str) -> OssAnswer:
    return done(body=f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'.encode(), media=XML)


def refused(request: Request, refusal: OssRefusal) -> OssAnswer:
    """A HEAD's answer has no body, so the same XML travels in a header (HeadObject reference, x-oss-err)."""
    number = request_id()
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{error_xml(refusal, number)}'.encode()
    headers = {**refusal.headers, "x-oss-request-id": number, **({"x-oss-ec": refusal.ec} if refusal.ec else {})}
    if request.method == "HEAD":
        headers["x-oss-err"] = base64.b64encode(body).decode()
        body = b""
    return OssAnswer(refusal.status, XML, body, refusal.code, headers)


def request_id() -> str:
    return uuid.uuid4().hex[:24].upper()
