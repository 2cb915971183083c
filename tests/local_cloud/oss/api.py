"""Send requests to the local OSS as a test writes them, signed by the newest SDK's signer."""

import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPSConnection
from typing import Self
from urllib.parse import quote, urlencode, urlsplit
from xml.etree import ElementTree as ET

import alibabacloud_oss_v2 as oss
from alibabacloud_oss_v2.signer import SignerV1, SignerV4
from alibabacloud_oss_v2.types import HttpRequest, SigningContext

from local_cloud.oss import OssService

SIGNERS = {"v1": SignerV1, "v4": SignerV4}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """The error code, or OK."""
        return "OK" if self.status < 300 else self.text("Code")

    @property
    def _document(self) -> ET.Element:
        return ET.fromstring(self.body)  # noqa: S314 - sent by the stand-in

    def text(self, path: str) -> str | None:
        return self._document.findtext(path)

    def texts(self, path: str) -> list[str]:
        return [one.text or "" for one in self._document.iterfind(path)]


class Api:
    """Calls with the bucket "shop", unless another is named. A ``host`` names the bucket instead of the path."""

    def __init__(
        self,
        service: OssService,
        clock: Callable[[], float] = time.time,
        key: tuple[str, str, str | None] = ("id", "secret", None),
    ) -> None:
        self._clock = clock
        self._url = service.url
        self._key = oss.Credentials(*key)
        context = ssl.create_default_context(cafile=str(service.ca_path))
        self._connection = HTTPSConnection(urlsplit(service.url).netloc, context=context)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def call(
        self,
        method: str,
        key: str = "",
        parameters: str | Mapping[str, str] = "",
        headers: Mapping[str, str] | None = None,
        body: bytes | Iterable[bytes] = b"",
        *,
        bucket: str = "shop",
        host: str | None = None,
        signature: str = "v4",
        in_url: bool = False,
    ) -> Answer:
        query = parameters if isinstance(parameters, str) else urlencode(parameters, quote_via=quote)
        path = f"/{quote(key)}" if host else f"/{bucket}/{quote(key)}" if bucket else "/"
        request = HttpRequest(method=method, url=f"{self._url}{path}{query and '?' + query}")
        request.headers.update(headers or {})
        context = SigningContext(product="oss", region="cn-shanghai", bucket=bucket or None, key=key, request=request)
        context.credentials, context.auth_method_query = self._key, in_url
        context.signing_time = datetime.fromtimestamp(self._clock(), UTC)
        SIGNERS[signature]().sign(context)
        sent = dict(request.headers) | ({"Host": host} if host else {})
        self._connection.request(
            method, request.url.removeprefix(self._url), body=body, headers=sent, encode_chunked=True
        )
        answer = self._connection.getresponse()
        return Answer(answer.status, {name.lower(): text for name, text in answer.getheaders()}, answer.read())

    def put(self, key: str, body: bytes = b"bytes", **headers: str) -> Answer:
        """Put an object. Underscores in the names of headers stand for hyphens."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        answer = self.call("PUT", key, headers=named, body=body)
        assert answer.status == 200, answer.body
        return answer

    def get(self, key: str, parameters: str = "", **headers: str) -> Answer:
        return self.call("GET", key, parameters, {name.replace("_", "-"): text for name, text in headers.items()})

    def enable_versioning(self, status: str = "Enabled") -> None:
        body = f"<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>".encode()
        assert self.call("PUT", "", "versioning", body=body).status == 200
