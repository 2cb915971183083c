"""ACS3 signatures, through the SDK and through requests that are changed after signing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException

from local_cloud.image_search import ImageSearchService
from local_cloud.sts import IssuedKey
from tests.local_cloud.clocks import OffsetClock
from tests.local_cloud.image_search.api import IMAGE_SEARCH, Api, Raw, code_and_status, picture

FORM = "application/x-www-form-urlencoded"


def _refusal(api: Api) -> tuple[str, int]:
    with pytest.raises(AlibabaCloudException) as refused:
        api.detail()
    return code_and_status(refused.value)


def test_an_unknown_key_is_not_found(service: ImageSearchService) -> None:
    assert _refusal(Api(service, key_id="OTHER")) == ("InvalidAccessKeyId.NotFound", 404)


def test_a_wrong_secret_does_not_match(service: ImageSearchService) -> None:
    assert _refusal(Api(service, secret="other")) == ("SignatureDoesNotMatch", 400)


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_time_stamp_expires_after_fifteen_minutes(api: Api, clock: OffsetClock, minutes: int) -> None:
    clock.ahead = minutes * 60
    assert _refusal(api) == ("InvalidTimeStamp.Expired", 400)


def test_a_recent_time_stamp_is_accepted(api: Api, clock: OffsetClock) -> None:
    clock.ahead = 14 * 60
    assert api.detail().success is True


def test_a_configured_security_token_must_be_sent(make_service: Callable[..., ImageSearchService]) -> None:
    service = make_service(security_token="token")
    assert Api(service, token="token").add(picture()).success is True
    assert _refusal(Api(service)) == ("MissingSecurityToken", 400)
    assert _refusal(Api(service, token="other")) == ("InvalidSecurityToken.MismatchWithAccessKey", 400)


def test_an_unexpected_security_token_is_refused(service: ImageSearchService) -> None:
    assert _refusal(Api(service, token="token")) == ("InvalidSecurityToken.MismatchWithAccessKey", 400)


@pytest.fixture
def issued(make_service: Callable[..., ImageSearchService]) -> tuple[ImageSearchService, IssuedKey, OffsetClock]:
    """Return a service that knows one temporary key, which is valid for an hour on the service's clock."""
    clock = OffsetClock()
    service, key = make_service(clock=clock), IssuedKey("acs:ram::1:role/r", clock() + 3600)
    service.change_rates(detail=10_000)
    service.accept_keys_of({key.access_key_id: key}.get)
    return service, key, clock


def _call(service: ImageSearchService, key: IssuedKey, **changed: str | None) -> Api:
    given = {"key_id": key.access_key_id, "secret": key.access_key_secret, "token": key.security_token}
    return Api(service, **given | changed)


def test_a_key_that_sts_has_issued_is_accepted_beside_the_accounts(issued) -> None:
    service, key, _ = issued
    assert _call(service, key).add(picture()).success is True
    assert Api(service).detail().success is True


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"token": None}, ("MissingSecurityToken", 400)),
        ({"token": "other"}, ("InvalidSecurityToken.MismatchWithAccessKey", 400)),
        ({"secret": "other"}, ("SignatureDoesNotMatch", 400)),
        ({"key_id": "STS.other"}, ("InvalidAccessKeyId.NotFound", 404)),
    ],
)
def test_a_part_of_an_issued_key_is_not_enough(issued, changed: dict, refusal: tuple) -> None:
    service, key, _ = issued
    assert _refusal(_call(service, key, **changed)) == refusal


def test_an_issued_key_is_refused_once_it_has_expired(issued) -> None:
    service, key, clock = issued
    clock.ahead = 600
    assert _call(service, key).detail().success is True
    service.accept_keys_of(lambda _: replace(key, expires=clock() - 1))
    assert _refusal(_call(service, key)) == ("InvalidSecurityToken.Expired", 400)


def test_a_nonce_is_valid_once_until_it_expires(
    make_service: Callable[..., ImageSearchService],
) -> None:
    clock = OffsetClock()
    raw = Raw(make_service(clock=clock))
    headers = raw.headers("AuthorizeFileUpload")
    assert raw.send(headers).status_code == 200
    again = raw.send(headers)
    assert (again.status_code, again.json()["Code"]) == (400, "SignatureNonceUsed")
    clock.ahead = 31 * 60
    later = (datetime.now(UTC) + timedelta(minutes=31)).strftime("%Y-%m-%dT%H:%M:%SZ")
    nonce = headers["x-acs-signature-nonce"]
    fresh = raw.headers("AuthorizeFileUpload", **{"x-acs-date": later, "x-acs-signature-nonce": nonce})
    assert raw.send(fresh).status_code == 200


@pytest.mark.parametrize("name", ["x-acs-action", "x-acs-version", "x-acs-signature-nonce", "x-acs-date"])
def test_a_changed_header_does_not_match(raw: Raw, name: str) -> None:
    other = raw.headers("Detail", version="2020-12-14", **{"x-acs-date": "2999-01-01T00:00:00Z"})
    expected = "InvalidTimeStamp.Expired" if name == "x-acs-date" else "SignatureDoesNotMatch"
    spoilt = raw.headers("AuthorizeFileUpload") | {name: other[name]}
    assert raw.send(spoilt).json()["Code"] == expected


def test_a_changed_body_does_not_match(raw: Raw) -> None:
    headers = raw.headers(
        "Detail", host=IMAGE_SEARCH, version="2020-12-14", body=b"a=1", method="POST", content_type=FORM
    )
    refused = raw.send(headers, method="POST", data=b"a=2")
    assert (refused.status_code, refused.json()["Code"]) == (400, "SignatureDoesNotMatch")


def test_a_changed_query_does_not_match(raw: Raw) -> None:
    headers = raw.headers("AuthorizeFileUpload", query={"Product": "ImageSearch"})
    assert raw.send(headers, params={"Product": "Other"}).json()["Code"] == "SignatureDoesNotMatch"
    assert raw.send(headers, params={"Product": "ImageSearch"}).status_code == 200


def test_a_mismatch_shows_the_signed_text(raw: Raw) -> None:
    headers = raw.headers("AuthorizeFileUpload") | {"x-acs-version": "2019-12-20"}
    assert "x-acs-version:2019-12-20" in raw.send(headers).json()["Message"]


@pytest.mark.parametrize(
    "authorization",
    ["", "Basic dXNlcg==", "ACS3-HMAC-SHA256 Credential=LOCALKEY,SignedHeaders=host,Signature=" + "0" * 64],
    ids=["missing", "of another kind", "covering too little"],
)
def test_an_incomplete_signature_is_refused(raw: Raw, authorization: str) -> None:
    refused = raw.send(raw.headers("AuthorizeFileUpload") | {"Authorization": authorization})
    assert (refused.status_code, refused.json()["Code"]) == (400, "IncompleteSignature")


def test_a_malformed_time_stamp_is_refused(raw: Raw) -> None:
    headers = raw.headers("AuthorizeFileUpload", **{"x-acs-date": "yesterday"})
    assert raw.send(headers).json()["Code"] == "InvalidTimeStamp.Format"
