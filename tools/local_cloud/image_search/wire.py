"""Requests and answers as values: what the proxy reads and writes, and nothing of sockets."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import parse_qsl, urlsplit

OPEN_PLATFORM_HOST = "openplatform.aliyuncs.com"
# The upload bucket lies in Shanghai whatever the instance's region: seen in the wild, documented nowhere.
UPLOAD_BUCKET = "viapi-customer-temp"
UPLOAD_ENDPOINT = "oss-cn-shanghai.aliyuncs.com"
UPLOAD_HOST = f"{UPLOAD_BUCKET}.{UPLOAD_ENDPOINT}"
# The same bucket from within Alibaba Cloud's Shanghai, and from far away (OSS, "Endpoints", "Transfer acceleration").
INTERNAL_UPLOAD_HOST = f"{UPLOAD_BUCKET}.oss-cn-shanghai-internal.aliyuncs.com"
ACCELERATE_UPLOAD_HOST = f"{UPLOAD_BUCKET}.oss-accelerate.aliyuncs.com"
UPLOAD_HOSTS = (UPLOAD_HOST, INTERNAL_UPLOAD_HOST, ACCELERATE_UPLOAD_HOST)


def image_search_host(region: str) -> str:
    return f"imagesearch.{region}.aliyuncs.com"


@dataclass(frozen=True)
class Request:
    """``host`` is the tunnel's, empty for a plain request; the names in ``headers`` are in lower case."""

    method: str
    host: str
    target: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def path(self) -> str:
        return urlsplit(self.target).path or "/"

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(urlsplit(self.target).query, keep_blank_values=True)

    @property
    def action(self) -> str:
        return self.headers.get("x-acs-action", "")


@dataclass(frozen=True)
class Answer:
    """``code`` is what the list of calls shows: ``OK``, or why not."""

    status: int
    content_type: str
    body: bytes = field(repr=False)
    code: str = "OK"


class Client(Protocol):
    """The other end of a connection, for a fault that keeps it waiting."""

    def waits(self, seconds: float) -> bool:
        """True after ``seconds``; False, at once, when the client hangs up before."""


def json_answer(status: int, body: object, code: str = "OK") -> Answer:
    return Answer(status, "application/json;charset=utf-8", json.dumps(body, ensure_ascii=False).encode(), code)


def request_id() -> str:
    return str(uuid.uuid4()).upper()


def xml_answer(status: int, body: str, code: str = "OK") -> Answer:
    return Answer(status, "application/xml", f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'.encode(), code)
