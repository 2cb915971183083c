"""Both STS on loopback, scripted: AWS's, which issues numbered tokens, and Alibaba Cloud's, which takes them for keys.

They keep what they issued. Neither looks into a token: the stand-ins of the local cloud do that.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs

import pytest

from imagesearch_ingest.adapters.alibaba_sts.assume_role import Role, RoleAssumer
from imagesearch_ingest.adapters.alibaba_sts.keyless import KeylessCredentials
from imagesearch_ingest.adapters.aws import client
from imagesearch_ingest.adapters.aws.client import aws_client
from imagesearch_ingest.adapters.aws.web_identity import WebIdentityTokens
from imagesearch_ingest.adapters.image_search.api import runtime_options
from imagesearch_ingest.adapters.image_search.options import ApiOptions
from imagesearch_ingest.credentials import Credentials
from imagesearch_ingest.pacing.clock import Clock
from imagesearch_ingest.redaction import Redactor
from local_cloud.server.certificates import Authority
from tests.support.wire import REQUEST_ID, Answer, Request, Wire

ROLE = "acs:ram::1234567890123456:role/ingest"
PROVIDER = "acs:ram::1234567890123456:oidc-provider/aws"
ISSUED_AT = datetime(2026, 1, 1, tzinfo=UTC)
_XML = {"Content-Type": "text/xml", "x-amzn-RequestId": REQUEST_ID}
_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"


def token_number(number: int) -> str:
    """Return a text in the form of a JWT."""
    return f"eyJhbGciOiJSUzI1NiJ9.eyJudW1iZXIiOiJ{number:08d}.planted-signature-{number:08d}_of~the+token/=="


def token_answer(token: str) -> Answer:
    """Return a response of GetWebIdentityToken, in the query protocol's XML."""
    result = f"<WebIdentityToken>{token}</WebIdentityToken><Expiration>2026-01-01T00:05:00Z</Expiration>"
    body = (
        f'<GetWebIdentityTokenResponse xmlns="{_NAMESPACE}"><GetWebIdentityTokenResult>{result}'
        f"</GetWebIdentityTokenResult><ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata>"
        "</GetWebIdentityTokenResponse>"
    )
    return Answer(200, body.encode(), _XML)


def aws_error(code: str, status: int = 403) -> Answer:
    """Return an error of AWS STS. Its message quotes what it was asked, as messages may."""
    error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>Scripted.</Message></Error>"
    body = f'<ErrorResponse xmlns="{_NAMESPACE}">{error}<RequestId>{REQUEST_ID}</RequestId></ErrorResponse>'
    return Answer(status, body.encode(), _XML)


def issued_key(number: int) -> Credentials:
    """Return the key that STS issues as its ``number``th, beginning with 1."""
    return Credentials(f"STS.planted{number:016d}", f"planted-secret-{number:016d}", f"CAISplanted{number:064d}")


def key_answer(number: int, seconds: float = 3600) -> Answer:
    """Return a response of AssumeRoleWithOIDC, whose key expires ``seconds`` after the response's date."""
    key = issued_key(number)
    content = {
        "RequestId": REQUEST_ID,
        "Credentials": {
            "AccessKeyId": key.access_key_id,
            "AccessKeySecret": key.access_key_secret,
            "SecurityToken": key.security_token,
            "Expiration": f"{ISSUED_AT + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}",
        },
    }
    headers = {"Content-Type": "application/json", "Date": format_datetime(ISSUED_AT, usegmt=True)}
    return Answer(200, json.dumps(content).encode(), headers)


def alibaba_error(code: str, status: int = 401, message: str = "Scripted.") -> Answer:
    """Return an error of the STS of Alibaba Cloud."""
    content = {"RequestId": REQUEST_ID, "HostId": "sts.aliyuncs.com", "Code": code, "Message": message}
    return Answer(status, json.dumps(content).encode(), {"Content-Type": "application/json"})


@dataclass
class TwoSts:
    """Both services. ``aws_says`` and ``alibaba_says`` replace their responses until they are ``None`` again."""

    aws: Wire
    alibaba: Wire
    ca_path: Path
    aws_says: Answer | None = None
    alibaba_says: Answer | None = None
    lifetime: float = 3600
    tokens: list[str] = field(default_factory=list)
    keys: int = 0

    def reset(self) -> None:
        """Forget everything, as if just started."""
        self.aws_says = self.alibaba_says = None
        self.lifetime, self.keys = 3600, 0
        self.tokens.clear()
        self.aws.requests.clear()
        self.alibaba.requests.clear()

    def answer_as_aws(self, _: Request) -> Answer:
        if self.aws_says:
            return self.aws_says
        self.tokens.append(token_number(len(self.tokens) + 1))
        return token_answer(self.tokens[-1])

    def answer_as_alibaba(self, request: Request) -> Answer:
        if self.alibaba_says:
            return self.alibaba_says
        if self.form(request)["OIDCToken"] != self.tokens[-1]:
            return alibaba_error("AuthenticationFail.OIDCToken.Expired")
        self.keys += 1
        return key_answer(self.keys, self.lifetime)

    @staticmethod
    def form(request: Request) -> dict[str, str]:
        return {name: value for name, (value,) in parse_qs(request.body.decode()).items()}

    @property
    def endpoint(self) -> str:
        return self.alibaba.url.removeprefix("https://")

    def source(
        self, clock: Clock, redactor: Redactor | None = None, https_proxy: str | None = None
    ) -> KeylessCredentials:
        """Return a source over both, with real clients."""
        options = ApiOptions(region="ap-southeast-1", ca_bundle=self.ca_path, https_proxy=https_proxy, read_timeout=2)
        own = aws_client("sts", {"AWS_REGION": "eu-central-1"}, read_timeout=2)
        role = RoleAssumer(self.endpoint, Role(ROLE, PROVIDER, "shop@aws"), runtime_options(options))
        return KeylessCredentials(WebIdentityTokens(own, "sts.aliyuncs.com"), role, redactor or Redactor(), clock)


@contextmanager
def two_sts() -> Iterator[TwoSts]:
    """Serve both, and let botocore's clients find AWS's."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        authority = Authority(Path(folder))
        with Wire() as aws, Wire(authority.server_context()) as alibaba:
            for name, value in {"ACCESS_KEY_ID": "id", "SECRET_ACCESS_KEY": "own", "ENDPOINT_URL_STS": aws.url}.items():
                patch.setenv(f"AWS_{name}", value)
            client._session.cache_clear()  # noqa: SLF001 - it keeps the first key that it finds
            both = TwoSts(aws, alibaba, authority.path)
            aws.script(both.answer_as_aws)
            alibaba.script(both.answer_as_alibaba)
            yield both
    client._session.cache_clear()  # noqa: SLF001
