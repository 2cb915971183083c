"""Identity tokens of the local AWS: their claims, their signature, and refusals as botocore's models have them."""

import base64
import http.client
import json
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from local_cloud.aws import AwsServer
from local_cloud.server.jwt import encode
from local_cloud.sts import Fault
from local_cloud.web_identity import Federation, Issuer


@pytest.fixture(scope="module")
def server() -> Iterator[AwsServer]:
    server = AwsServer()
    server.start()
    yield server
    server.close()


@pytest.fixture
def federation(server: AwsServer) -> Federation:
    federation = server.web_identity.federation
    federation.is_enabled, federation.is_allowed, federation.clock_skew = True, True, 0.0
    server.web_identity.faults.clear()
    return federation


def _client(server: AwsServer, service: str = "sts", **config: object):
    given = {"retries": {"total_max_attempts": 1}, "proxies": {}, "parameter_validation": False} | config
    return boto3.client(
        service,
        endpoint_url=server.url,
        region_name="eu-west-1",
        aws_access_key_id="x",
        aws_secret_access_key="y",
        config=Config(**given),
    )


def _token(server: AwsServer, **changed: object) -> dict:
    given = {"Audience": ["sts.aliyuncs.com"], "SigningAlgorithm": "RS256"} | changed
    return _client(server).get_web_identity_token(**{name: one for name, one in given.items() if one is not None})


def _part(token: str, number: int) -> dict:
    text = token.split(".")[number]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def _code(error: pytest.ExceptionInfo[ClientError]) -> tuple[int, str]:
    answer = error.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]


def _get(issuer: Issuer, path: str) -> dict:
    context = ssl.create_default_context(cafile=issuer.ca_path)
    context.check_hostname = False  # reached by its number here
    connection = http.client.HTTPSConnection("127.0.0.1", issuer.port, context=context, timeout=10)
    try:
        connection.request("GET", path)
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


@pytest.mark.usefixtures("federation")
def test_a_token_has_the_claims_that_aws_documents(server: AwsServer) -> None:
    answer = _token(server, DurationSeconds=900, Tags=[{"Key": "job", "Value": "a&b"}])
    claims = _part(answer["WebIdentityToken"], 1)
    assert claims.keys() == {"iss", "sub", "aud", "iat", "exp", "jti", "https://sts.amazonaws.com/"}
    assert claims["iss"] == server.web_identity.federation.issuer
    assert claims["sub"] == "arn:aws:iam::123456789012:role/local-ingest"
    assert claims["aud"] == "sts.aliyuncs.com"
    assert abs(claims["iat"] - time.time()) < 5
    assert claims["exp"] - claims["iat"] == 900
    assert answer["Expiration"].timestamp() == claims["exp"]
    assert claims["https://sts.amazonaws.com/"] == {
        "aws_account": "123456789012",
        "source_region": "eu-west-1",
        "request_tags": {"job": "a&b"},
    }


@pytest.mark.usefixtures("federation")
def test_a_token_lives_five_minutes_by_default_and_no_two_are_equal(server: AwsServer) -> None:
    one, other = (_part(_token(server, Audience=["a", "b"])["WebIdentityToken"], 1) for _ in range(2))
    assert one["exp"] - one["iat"] == 300
    assert one["aud"] == ["a", "b"]
    assert one["jti"] != other["jti"]


def _public_key(jwk: dict, folder: Path) -> Path:
    """Write the key in the form of OpenSSL, which knows nothing of this project: ASN.1 by hand (RFC 8017, A.1.1)."""

    def tagged(tag: int, content: bytes) -> bytes:
        size = len(content)
        length = bytes([size]) if size < 128 else bytes([0x82]) + size.to_bytes(2, "big")
        return bytes([tag]) + length + content

    def integer(text: str) -> bytes:
        return tagged(2, b"\0" + base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))

    path = folder / "key.der"
    path.write_bytes(tagged(0x30, integer(jwk["n"]) + integer(jwk["e"])))
    return path


@pytest.mark.usefixtures("federation")
def test_openssl_verifies_the_signature_with_the_published_key(server: AwsServer, tmp_path: Path) -> None:
    token = _token(server)["WebIdentityToken"]
    with Issuer(server.web_identity.federation) as issuer:
        found = _get(issuer, "/.well-known/openid-configuration")
        assert found["issuer"] == server.web_identity.federation.issuer
        assert found["jwks_uri"] == f"{found['issuer']}/.well-known/jwks.json"
        keys = _get(issuer, "/.well-known/jwks.json")["keys"]
    assert {key["alg"] for key in keys} == {"RS256", "ES384"}
    header = _part(token, 0)
    assert header["alg"] == "RS256"
    jwk = next(key for key in keys if key["kid"] == header["kid"])
    signed, _, signature = token.rpartition(".")
    (tmp_path / "signed").write_text(signed)
    (tmp_path / "signature").write_bytes(base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4)))
    convert = [
        "openssl",
        "rsa",
        "-RSAPublicKey_in",
        "-inform",
        "DER",
        "-in",
        str(_public_key(jwk, tmp_path)),
        "-pubout",
    ]
    subprocess.run([*convert, "-out", "key.pem"], cwd=tmp_path, check=True, capture_output=True)  # noqa: S603
    verify = ["openssl", "dgst", "-sha256", "-verify", "key.pem", "-signature", "signature", "signed"]
    done = subprocess.run(verify, cwd=tmp_path, check=False, capture_output=True, text=True)  # noqa: S603
    assert done.stdout.strip() == "Verified OK"


@pytest.mark.usefixtures("federation")
def test_es384_has_a_signature_of_its_length(server: AwsServer) -> None:
    token = _token(server, SigningAlgorithm="ES384")["WebIdentityToken"]
    assert _part(token, 0)["alg"] == "ES384"
    assert len(token.rpartition(".")[2]) == len(encode(b"x" * 96))


@pytest.mark.parametrize(
    "changed",
    [
        {"Audience": []},
        {"Audience": ["x"] * 11},
        {"Audience": ["x" * 1001]},
        {"SigningAlgorithm": "HS256"},
        {"SigningAlgorithm": None},
        {"DurationSeconds": 59},
        {"DurationSeconds": 3601},
        {"Tags": [{"Key": str(number), "Value": "x"} for number in range(51)]},
    ],
)
@pytest.mark.usefixtures("federation")
def test_what_the_model_does_not_allow_is_refused(server: AwsServer, changed: dict) -> None:
    with pytest.raises(ClientError) as error:
        _token(server, **changed)
    assert _code(error) == (400, "ValidationError")


def test_refusals(server: AwsServer, federation: Federation) -> None:
    federation.is_enabled = False
    with pytest.raises(ClientError) as error:
        _token(server)
    assert _code(error) == (403, "OutboundWebIdentityFederationDisabledException")
    federation.is_allowed = False
    with pytest.raises(ClientError) as error:
        _token(server)
    assert _code(error) == (403, "AccessDenied")


@pytest.mark.parametrize("seconds", [1200, -1200])
def test_a_request_of_another_time_is_refused(server: AwsServer, federation: Federation, seconds: float) -> None:
    federation.clock_skew = seconds
    with pytest.raises(ClientError) as error:
        _token(server)
    assert _code(error) == (403, "SignatureDoesNotMatch")


def test_too_long_a_token(server: AwsServer, federation: Federation) -> None:
    tags = [{"Key": f"{number:0128}", "Value": "x" * 256} for number in range(50)]
    with pytest.raises(ClientError) as error:
        _token(server, Tags=tags)
    assert _code(error) == (400, "JWTPayloadSizeExceededException")
    assert federation.is_enabled


def test_iam_enables_and_disables_the_federation(server: AwsServer, federation: Federation) -> None:
    iam = _client(server, "iam")
    assert iam.get_outbound_web_identity_federation_info()["JwtVendingEnabled"] is True
    with pytest.raises(ClientError) as error:
        iam.enable_outbound_web_identity_federation()
    assert _code(error) == (409, "FeatureEnabled")
    iam.disable_outbound_web_identity_federation()
    for call in (iam.disable_outbound_web_identity_federation, iam.get_outbound_web_identity_federation_info):
        with pytest.raises(ClientError) as error:
            call()
        assert _code(error) == (404, "FeatureDisabled")
    assert iam.enable_outbound_web_identity_federation()["IssuerIdentifier"] == federation.issuer
    assert federation.issuer.startswith("https://")
    assert federation.issuer.endswith(".tokens.sts.global.api.aws")


@pytest.mark.usefixtures("federation")
def test_other_operations_are_motos(server: AwsServer) -> None:
    assert _client(server).get_caller_identity()["Account"] == "123456789012"
    assert _client(server, "iam").list_roles()["Roles"] == []


@pytest.mark.usefixtures("federation")
def test_scripted_faults(server: AwsServer) -> None:
    faults = server.web_identity.faults
    faults.add(Fault("error", code="Throttling", status=400))
    with pytest.raises(ClientError) as error:
        _token(server)
    assert _code(error) == (400, "Throttling")
    faults.add(Fault("error", code="InternalFailure", status=500))
    with pytest.raises(ClientError) as error:
        _token(server)
    assert _code(error) == (500, "InternalFailure")
    faults.add(Fault("reset"))
    with pytest.raises(ConnectionClosedError):
        _token(server)
    faults.add(Fault("stall", seconds=0.5))
    with pytest.raises(ReadTimeoutError):
        _client(server, read_timeout=0.2).get_web_identity_token(Audience=["x"], SigningAlgorithm="RS256")
    faults.add(Fault("html"))
    assert "WebIdentityToken" not in _try(server)
    assert "WebIdentityToken" in _token(server)


def _try(server: AwsServer) -> dict:
    try:
        return _token(server)
    except ClientError as error:
        return error.response
