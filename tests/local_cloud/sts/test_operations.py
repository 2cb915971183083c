"""AssumeRoleWithOIDC issues a key, and refuses with the documented code."""

import time
from datetime import datetime

import pytest

from local_cloud.server.jwt import ES384, RS256, make_key, sign_jwt
from local_cloud.sts import OidcProvider
from local_cloud.sts.issuer import Route, find_fingerprint
from tests.local_cloud.sts.conftest import PROVIDER, ROLE, SUBJECT

_OF_TOKEN = "AuthenticationFail.OIDCToken"


def test_a_key_is_issued_for_an_hour(trusting, ask) -> None:
    answer = ask()
    assert answer.status == 200
    key, about = answer.body["Credentials"], answer.body["OIDCTokenInfo"]
    left = datetime.fromisoformat(key["Expiration"]).timestamp() - time.time()
    assert 3590 < left <= 3600
    assert (about["Issuer"], about["Subject"], about["ClientIds"]) == (
        trusting.federation.issuer,
        SUBJECT,
        "sts.aliyuncs.com",
    )
    assert answer.body["AssumedRoleUser"]["Arn"] == "acs:ram::1000000000000001:assumed-role/ingest/shop@aws"
    kept = trusting.sts.find_key(key["AccessKeyId"])
    assert (kept.access_key_secret, kept.security_token) == (key["AccessKeySecret"], key["SecurityToken"])


@pytest.mark.parametrize(
    ("in_url", "method", "where"), [(True, "GET", "url"), (True, "POST", "url"), (False, "POST", "body")]
)
def test_a_call_says_where_its_token_was(trusting, ask, in_url: bool, method: str, where: str) -> None:  # noqa: FBT001
    assert ask(in_url=in_url, method=method).status == 200
    assert (trusting.sts.calls[-1].token, trusting.sts.calls[-1].code) == (where, "OK")


def test_without_a_format_the_answer_is_xml(ask) -> None:
    answer = ask(Format=None)
    assert answer.status == 200
    assert "<AssumeRoleWithOIDCResponse><RequestId>" in answer.text
    assert "<SecurityToken>" in answer.text


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"RoleSessionName": None}, (400, "MissingRoleSessionName")),
        ({"RoleSessionName": "x"}, (400, "InvalidParameter.RoleSessionName")),
        ({"RoleSessionName": "x" * 65}, (400, "InvalidParameter.RoleSessionName")),
        ({"RoleSessionName": "shop/aws"}, (400, "InvalidParameter.RoleSessionName")),
        ({"DurationSeconds": "899"}, (400, "InvalidParameter.DurationSeconds")),
        ({"DurationSeconds": "3601"}, (400, "InvalidParameter.DurationSeconds")),
        ({"DurationSeconds": "1h"}, (400, "InvalidParameter.DurationSeconds")),
        ({"Policy": "{"}, (400, "InvalidParameter.Policy")),
        ({"RoleArn": None}, (400, "InvalidParameter.RoleArn")),
        ({"RoleArn": "ingest"}, (400, "InvalidParameter.RoleArn")),
        ({"RoleArn": f"{ROLE}2"}, (404, "EntityNotExist.Role")),
        ({"OIDCProviderArn": None}, (401, "AuthenticationFail.NoPermission")),
        ({"OIDCProviderArn": "aws"}, (401, "AuthenticationFail.NoPermission")),
        ({"OIDCProviderArn": f"{PROVIDER}2"}, (401, "AuthenticationFail.NoPermission")),
        ({"OIDCToken": None}, (401, f"{_OF_TOKEN}.Invalid")),
        ({"OIDCToken": "a.b"}, (401, f"{_OF_TOKEN}.Invalid")),
        ({"OIDCToken": "a.b.c"}, (401, f"{_OF_TOKEN}.Invalid")),
        ({"OIDCToken": "a" * 20_001}, (401, f"{_OF_TOKEN}.Invalid")),
        ({"Version": None}, (400, "MissingParameter")),
        ({"Version": "2016-04-01"}, (400, "InvalidVersion")),
        ({"Action": "AssumeRole"}, (404, "InvalidAction.NotFound")),
        ({"Timestamp": "2020-01-01T00:00:00Z"}, (400, "InvalidTimeStamp.Expired")),
        ({"Timestamp": "yesterday"}, (400, "InvalidTimeStamp.Format")),
    ],
)
def test_a_wrong_parameter_is_refused(ask, changed: dict, refusal: tuple) -> None:
    assert ask(**changed).refusal == refusal


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"iss": "https://elsewhere.example"}, "IssuerNotMatch"),
        ({"iss": None}, "IssuerNotMatch"),
        ({"aud": "somebody"}, "AudienceNotMatch"),
        ({"aud": []}, "AudienceNotMatch"),
        ({"aud": None}, "AudienceNotMatch"),
        ({"exp": 1_700_000_000, "iat": 1_699_999_000}, "Expired"),
        ({"exp": None}, "Invalid"),
        ({"iat": None}, "Invalid"),
    ],
)
def test_a_wrong_claim_is_refused(trusting, ask, claims: dict, code: str) -> None:
    assert ask(OIDCToken=trusting.token(**claims)).refusal == (401, f"{_OF_TOKEN}.{code}")


def test_one_of_several_audiences_is_enough(trusting, ask) -> None:
    assert ask(OIDCToken=trusting.token(aud=["somebody", "other"])).status == 200


@pytest.mark.parametrize(
    ("claims", "code"),
    [({"nbf": 60}, "Invalid"), ({"iat": 60}, "Invalid"), ({"iat": -13 * 3600}, "Expired"), ({"iat": -11 * 3600}, None)],
)
def test_the_times_of_a_token_count(trusting, ask, claims: dict, code: str | None) -> None:
    now = int(time.time())
    answer = ask(OIDCToken=trusting.token(**{name: now + seconds for name, seconds in claims.items()}))
    assert (answer.refusal if code else answer.status) == ((401, f"{_OF_TOKEN}.{code}") if code else 200)


@pytest.mark.parametrize(("seconds", "code"), [(1200, "Expired"), (-1200, "Invalid")])
def test_a_clock_that_is_off_refuses_fresh_tokens(trusting, ask, seconds: float, code: str) -> None:
    trusting.clock.ahead = seconds
    assert ask().refusal == (401, f"{_OF_TOKEN}.{code}")


def test_a_signature_of_another_key_is_refused(trusting, ask) -> None:
    now = int(time.time())
    claims = {"iss": trusting.federation.issuer, "sub": SUBJECT, "aud": "sts.aliyuncs.com", "iat": now, "exp": now + 60}
    forged = sign_jwt(claims, make_key(RS256))
    assert ask(OIDCToken=forged).refusal == (401, f"{_OF_TOKEN}.InvalidSignature")
    # The key ID of the issuer's key does not help.
    header = trusting.token().partition(".")[0]
    assert ask(OIDCToken=f"{header}.{forged.partition('.')[2]}").refusal == (401, f"{_OF_TOKEN}.InvalidSignature")


def test_a_changed_claim_is_refused(trusting, ask) -> None:
    header, _, signature = trusting.token().split(".")
    claims = trusting.token(sub="arn:aws:iam::123456789012:role/other").split(".")[1]
    assert ask(OIDCToken=f"{header}.{claims}.{signature}").refusal == (401, f"{_OF_TOKEN}.InvalidSignature")


def test_only_rs256_is_accepted(trusting, ask) -> None:
    now = int(time.time())
    claims = {"iss": trusting.federation.issuer, "aud": "sts.aliyuncs.com", "iat": now, "exp": now + 60}
    answer = ask(OIDCToken=sign_jwt(claims, trusting.federation.keys[ES384]))
    assert answer.refusal == (401, f"{_OF_TOKEN}.Invalid")
    assert answer.body["Message"] == "The algorithm ES384 that be specified in Jwt header is unknown."


def test_another_authority_of_the_issuer_is_refused_until_its_fingerprint_is_added(trusting, ask) -> None:
    old = trusting.issuer.ca_path
    new = trusting.issuer.change_authority()
    assert ask().refusal == (401, f"{_OF_TOKEN}.HttpsUrlInvalid")
    trusting.sts.routes[trusting.issuer.host] = Route(trusting.issuer.port, (old, new))
    assert ask().refusal == (401, f"{_OF_TOKEN}.PublicKeyFingerprintMismatch")
    trusting.provider.fingerprints.add(find_fingerprint(new).upper())
    assert ask().status == 200


def test_an_issuer_that_is_down_is_refused(trusting, ask) -> None:
    trusting.issuer.is_down = True
    assert ask().refusal == (401, f"{_OF_TOKEN}.IssuerConfigurationBroken")
    trusting.sts.put_provider(OidcProvider(PROVIDER, "https://nowhere.example", {"sts.aliyuncs.com"}, set()))
    answer = ask(OIDCToken=trusting.token(iss="https://nowhere.example"))
    assert answer.refusal == (401, f"{_OF_TOKEN}.IssuerConfigurationBroken")


def test_a_longer_session_needs_a_role_that_allows_it(trusting, ask) -> None:
    trusting.sts.put_role(ROLE, trusting.sts._account.roles[ROLE].trust_policy, max_session_seconds=7200)  # noqa: SLF001
    assert ask(DurationSeconds="7200").status == 200


def test_keys_can_be_made_short(trusting, ask) -> None:
    trusting.sts.key_seconds = 2
    key = ask().body["Credentials"]
    assert 0 < datetime.fromisoformat(key["Expiration"]).timestamp() - time.time() <= 2
