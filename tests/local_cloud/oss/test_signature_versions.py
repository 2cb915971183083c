"""Signatures of both versions, in a header and in the URL, against the vendor's signer and its published example."""

import ssl
import urllib.request
from datetime import UTC, datetime, timedelta
from urllib.error import HTTPError

import alibabacloud_oss_v2 as oss
import pytest
from alibabacloud_oss_v2.signer import SignerV1, SignerV4
from alibabacloud_oss_v2.types import HttpRequest, SigningContext

from local_cloud.oss import OssService
from local_cloud.oss.signatures_v1 import build_string_to_sign
from local_cloud.server.wire import Request
from tests.local_cloud.clocks import OffsetClock
from tests.local_cloud.oss.api import Api

HOUR = 3600
SIGNERS = {"v1": SignerV1, "v4": SignerV4}
NASTY = "red shoes/a+b%41&c=d;e ~'()*!鞋.jpg"


@pytest.mark.parametrize("signature", ["v1", "v4"])
@pytest.mark.parametrize("in_url", [False, True])
@pytest.mark.parametrize("key", ["a.jpg", NASTY])
def test_the_vendors_signatures_are_accepted(api: Api, signature: str, key: str, *, in_url: bool) -> None:
    headers = {"content-type": "image/jpeg", "x-oss-meta-colour": "red"}
    put = api.call("PUT", key, headers=headers, body=b"bytes", signature=signature, in_url=in_url)
    assert put.status == 200, put.body
    parameters = {"response-content-type": "a/b c+d"}
    got = api.call("GET", key, parameters, signature=signature, in_url=in_url)
    assert (got.body, got.headers["content-type"]) == (b"bytes", "a/b c+d")
    assert got.headers["x-oss-meta-colour"] == "red"


def test_the_text_of_version_1_is_that_of_the_reference() -> None:
    """OSS, "Include a V1 signature in the header of a request", example of PutObject."""
    headers = {
        "host": "oss-example.oss-cn-hangzhou.aliyuncs.com",
        "content-md5": "eB5eJF1ptWaXm4bijSPyxw==",
        "content-type": "text/html",
        "date": "Thu, 17 Nov 2005 18:49:58 GMT",
        "x-oss-meta-author": "foo@example.com",
        "x-oss-magic": "abracadabra",
    }
    request = Request("PUT", "", "/nelson?acl&unsigned=1", headers, b"")
    assert build_string_to_sign(request, headers["date"], "latin-1") == (
        b"PUT\neB5eJF1ptWaXm4bijSPyxw==\ntext/html\nThu, 17 Nov 2005 18:49:58 GMT\n"
        b"x-oss-magic:abracadabra\nx-oss-meta-author:foo@example.com\n/oss-example/nelson?acl"
    )


class SignedUrl:
    """A URL that the vendor's signer signed for one method, and what changes before it is used."""

    def __init__(self, service: OssService, version: str, **changed: object) -> None:
        self._service = service
        request = HttpRequest(method="GET", url=f"{service.url}/shop/a.jpg")
        context = SigningContext(product="oss", region="cn-shanghai", bucket="shop", key="a.jpg", request=request)
        context.credentials = oss.Credentials(*changed.get("key", ("id", "secret")))
        context.auth_method_query = True
        context.expiration_time = datetime.now(UTC) + timedelta(seconds=changed.get("seconds", HOUR))
        SIGNERS[version]().sign(context)
        self.url = request.url

    def fetch(self, method: str = "GET", headers: dict[str, str] | None = None) -> tuple[int, str]:
        """Return the status, and the body as text."""
        request = urllib.request.Request(self.url, method=method, headers=headers or {})  # noqa: S310 - our own server
        context = ssl.create_default_context(cafile=str(self._service.ca_path))
        try:
            with urllib.request.urlopen(request, context=context, timeout=5) as answer:  # noqa: S310 - as above
                return answer.status, answer.read().decode()
        except HTTPError as error:
            with error:
                return error.status, error.read().decode()


@pytest.fixture
def stored(service: OssService, api: Api) -> OssService:
    api.put("a.jpg")
    return service


@pytest.mark.parametrize("version", ["v1", "v4"])
def test_a_signed_url_is_for_one_method_key_and_caller(stored: OssService, version: str) -> None:
    url = SignedUrl(stored, version)
    assert url.fetch() == (200, "bytes")
    assert "<Code>SignatureDoesNotMatch</Code>" in url.fetch("DELETE")[1]
    url.url = url.url.replace("/a.jpg", "/b.jpg")
    assert "<Code>SignatureDoesNotMatch</Code>" in url.fetch()[1]
    assert "<Code>SignatureDoesNotMatch</Code>" in SignedUrl(stored, version, key=("id", "other")).fetch()[1]
    assert "<Code>InvalidAccessKeyId</Code>" in SignedUrl(stored, version, key=("other", "secret")).fetch()[1]
    assert [one.key for one in stored.objects("shop")] == ["a.jpg"]


@pytest.mark.parametrize("version", ["v1", "v4"])
def test_a_signed_url_ends(stored: OssService, clock: OffsetClock, version: str) -> None:
    url = SignedUrl(stored, version)
    clock.ahead = HOUR - 60
    assert url.fetch()[0] == 200
    clock.ahead = HOUR + 60
    status, body = url.fetch()
    assert (status, "Request has expired." in body) == (403, True)


@pytest.mark.parametrize("version", ["v1", "v4"])
def test_a_header_that_changes_the_request_must_be_signed(stored: OssService, version: str) -> None:
    url = SignedUrl(stored, version)
    assert "<Code>SignatureDoesNotMatch</Code>" in url.fetch(headers={"x-oss-range-behavior": "standard"})[1]


@pytest.mark.parametrize("seconds", [-60, 8 * 24 * HOUR])
def test_version_4_limits_the_life_of_a_url(stored: OssService, seconds: int) -> None:
    assert "<Code>InvalidArgument</Code>" in SignedUrl(stored, "v4", seconds=seconds).fetch()[1]


def test_version_1_needs_a_time(stored: OssService) -> None:
    url = SignedUrl(stored, "v1")
    url.url = url.url.replace("Expires=", "Expired=")
    status, body = url.fetch()
    assert (status, "<Code>AccessDenied</Code>" in body) == (403, True)


def test_two_signatures_at_once_are_refused(stored: OssService) -> None:
    status, body = SignedUrl(stored, "v4").fetch(headers={"Authorization": "OSS id:x"})
    assert (status, "<Code>InvalidArgument</Code>" in body) == (400, True)


@pytest.mark.parametrize("ahead", [16 * 60, -16 * 60])
def test_version_1_needs_a_fresh_date(api: Api, clock: OffsetClock, ahead: int) -> None:
    api.put("a.jpg")
    headers = {"Date": "Thu, 17 Nov 2005 18:49:58 GMT"}
    clock.ahead = ahead
    assert api.call("GET", "a.jpg", signature="v1").status == 200
    assert api.call("GET", "a.jpg", "", {"x-oss-date": headers["Date"]}, signature="v1").code == "RequestTimeTooSkewed"
    assert api.call("GET", "a.jpg", "", {"x-oss-date": "yesterday"}, signature="v1").code == "AccessDenied"
