"""The local OSS refuses every request that OSS would refuse."""

import hashlib
import re
import ssl
from collections.abc import Callable, Iterator
from http.client import HTTPSConnection
from urllib.parse import urlsplit

import alibabacloud_oss_v2 as oss
import pytest
from alibabacloud_oss_v2.signer import SignerV4
from alibabacloud_oss_v2.types import HttpRequest, SigningContext

from local_cloud.oss import OssService
from tests.local_cloud.clocks import OffsetClock

LATE = 16 * 60


@pytest.fixture(scope="module")
def clock() -> OffsetClock:
    return OffsetClock()


@pytest.fixture(scope="module")
def running(clock: OffsetClock) -> Iterator[OssService]:
    with OssService(
        region="cn-shanghai", access_key_id="id", access_key_secret="secret", security_token="token", clock=clock
    ) as service:
        yield service


@pytest.fixture
def service(running: OssService, clock: OffsetClock) -> OssService:
    clock.ahead = 0.0
    running.reset()
    running.make_bucket("shop")
    running.uploader().put("shop", "a.jpg", b"bytes", {"colour": "red"})
    return running


def signed(
    service: OssService,
    *,
    method: str = "GET",
    target: str = "/shop/a.jpg",
    key: tuple[str, str, str | None] = ("id", "secret", "token"),
    region: str = "cn-shanghai",
    product: str = "oss",
) -> HttpRequest:
    """Return a request that the SDK's signer has signed."""
    bucket, _, name = urlsplit(target).path.removeprefix("/").partition("/")
    request = HttpRequest(method=method, url=f"{service.url}{target}")
    request.headers["x-oss-request-payer"] = "requester"
    context = SigningContext(product=product, region=region, bucket=bucket, key=name, request=request)
    context.credentials = oss.Credentials(*key)
    SignerV4().sign(context)
    return request


def send(service: OssService, request: HttpRequest, target: str = "/shop/a.jpg") -> tuple[int, bytes, dict[str, str]]:
    context = ssl.create_default_context(cafile=str(service.ca_path))
    connection = HTTPSConnection(urlsplit(service.url).netloc, context=context)
    try:
        connection.request(request.method, target, headers=dict(request.headers))
        answer = connection.getresponse()
        return answer.status, answer.read(), dict(answer.headers)
    finally:
        connection.close()


def code(service: OssService, request: HttpRequest, target: str = "/shop/a.jpg") -> str:
    status, body, _ = send(service, request, target)
    return "OK" if status == 200 else element("Code", body)


def element(name: str, body: bytes) -> str:
    return re.search(f"<{name}>(.*?)</{name}>", body.decode())[1]


def test_the_sdks_signature_is_accepted(service: OssService) -> None:
    assert code(service, signed(service)) == "OK"


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"key": ("id", "other", "token")}, "SignatureDoesNotMatch"),
        ({"key": ("other", "secret", "token")}, "InvalidAccessKeyId"),
        ({"key": ("id", "secret", None)}, "InvalidAccessKeyId"),
        ({"key": ("id", "secret", "other")}, "InvalidSecurityToken"),
        ({"region": "cn-beijing"}, "InvalidArgument"),
        ({"product": "oss-cloudbox"}, "InvalidArgument"),
    ],
    ids=["secret", "key", "no token", "token", "region", "product"],
)
def test_another_key_token_or_scope_is_refused(service: OssService, changed: dict, expected: str) -> None:
    assert code(service, signed(service, **changed)) == expected


def test_an_expired_token_has_its_own_code(service: OssService) -> None:
    service.expire_token()
    status, body, headers = send(service, signed(service))
    found = (status, element("Code", body), element("EC", body))
    assert found == (403, "SecurityTokenExpired", "0002-00000007")
    assert headers["x-oss-request-id"] == element("RequestId", body)


@pytest.mark.parametrize("ahead", [LATE, -LATE])
def test_clocks_over_fifteen_minutes_apart_are_refused(service: OssService, clock: OffsetClock, ahead: float) -> None:
    request = signed(service)
    clock.ahead = ahead
    assert code(service, request) == "RequestTimeTooSkewed"
    clock.ahead = ahead * 14 / 16
    assert code(service, request) == "OK"


def other_header(request: HttpRequest) -> None:
    request.headers["x-oss-request-payer"] = "owner"


def more_headers(request: HttpRequest) -> None:
    request.headers["x-oss-meta-size"] = "12"


def no_date(request: HttpRequest) -> None:
    del request.headers["x-oss-date"]


def other_method(request: HttpRequest) -> None:
    request.method = "DELETE"


def signed_payload(request: HttpRequest) -> None:
    request.headers["x-oss-content-sha256"] = hashlib.sha256(b"").hexdigest()


def unsigned(request: HttpRequest) -> None:
    del request.headers["Authorization"]


def version_1(request: HttpRequest) -> None:
    del request.headers["x-oss-date"]  # version 1 takes Date
    request.headers["Authorization"] = "OSS id:c2lnbmF0dXJl"


def version_2(request: HttpRequest) -> None:
    request.headers["Authorization"] = "OSS2 AccessKeyId:id,Signature:c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        (other_header, "SignatureDoesNotMatch"),
        (more_headers, "SignatureDoesNotMatch"),
        (other_method, "SignatureDoesNotMatch"),
        (no_date, "AccessDenied"),
        (signed_payload, "InvalidArgument"),
        (unsigned, "AccessDenied"),
        (version_1, "SignatureDoesNotMatch"),
        (version_2, "InvalidArgument"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_a_tampered_request_is_refused(
    service: OssService, tamper: Callable[[HttpRequest], None], expected: str
) -> None:
    request = signed(service)
    tamper(request)
    assert code(service, request) == expected
    assert [one.key for one in service.objects("shop")] == ["a.jpg"]


def test_the_signature_covers_key_and_parameters(service: OssService) -> None:
    assert code(service, signed(service), "/shop/b.jpg") == "SignatureDoesNotMatch"
    assert code(service, signed(service), "/shop/a.jpg?symlink") == "SignatureDoesNotMatch"


def test_a_refused_head_has_its_error_in_a_header(service: OssService) -> None:
    status, body, headers = send(service, signed(service, method="HEAD", region="cn-beijing"))
    assert (status, body) == (400, b"")
    assert headers["x-oss-ec"] == "0002-00000226"
    assert headers["x-oss-err"]
