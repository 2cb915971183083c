"""A local STS that trusts the issuer of a local AWS account, and one call of it."""

import http.client
import json
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest

from local_cloud.server.jwt import RS256, sign_jwt
from local_cloud.sts import OidcProvider, StsService
from local_cloud.sts.issuer import Route, find_fingerprint
from local_cloud.web_identity import Federation, Issuer
from tests.local_cloud.clocks import OffsetClock

PROVIDER = "acs:ram::1000000000000001:oidc-provider/aws"
ROLE = "acs:ram::1000000000000001:role/ingest"
SUBJECT = "arn:aws:iam::123456789012:role/shop"
AUDIENCE = "sts.aliyuncs.com"


@dataclass
class Trusting:
    """STS, and the issuer that its identity provider names. ``clock`` is STS's."""

    sts: StsService
    issuer: Issuer
    federation: Federation
    clock: OffsetClock

    def set_up(self) -> None:
        """Let everything be right, as at the start."""
        self.clock.ahead, self.sts.key_seconds, self.issuer.is_down = 0.0, None, False
        self.sts.faults.clear()
        self.sts.routes[self.issuer.host] = Route(self.issuer.port, (self.issuer.ca_path,))
        fingerprint = find_fingerprint(self.issuer.ca_path)
        self.provider = self.sts.put_provider(
            OidcProvider(PROVIDER, self.federation.issuer, {AUDIENCE, "other"}, {fingerprint})
        )
        self.trust()

    def trust(self, *statements: dict[str, Any], **conditions: dict[str, Any]) -> None:
        """Give the role a trust policy. Without an argument, it trusts the provider."""
        statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Federated": [PROVIDER]}}
        if conditions:
            statement["Condition"] = conditions
        self.sts.put_role(ROLE, {"Version": "1", "Statement": list(statements) or [statement]})

    def token(self, **claims: Any) -> str:
        """Return a token that is signed by the issuer. A claim of ``None`` is left out."""
        now = int(time.time())
        usual = {"iss": self.federation.issuer, "sub": SUBJECT, "aud": AUDIENCE, "iat": now, "exp": now + 300}
        given = {name: value for name, value in (usual | claims).items() if value is not None}
        return sign_jwt(given, self.federation.keys[RS256])


@pytest.fixture(scope="module")
def started() -> Iterator[Trusting]:
    clock, federation = OffsetClock(), Federation(is_enabled=True)
    with StsService(clock=clock) as sts, Issuer(federation) as issuer:
        yield Trusting(sts, issuer, federation, clock)


@pytest.fixture
def trusting(started: Trusting) -> Trusting:
    started.set_up()
    return started


@dataclass
class Answer:
    status: int
    text: str

    @property
    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.text)
        return body

    @property
    def refusal(self) -> tuple[int, str]:
        return self.status, self.body["Code"]


@pytest.fixture
def ask(trusting: Trusting) -> Callable[..., Answer]:
    """Return a function that calls AssumeRoleWithOIDC. A parameter of ``None`` is left out."""

    def ask(*, in_url: bool = False, method: str = "POST", **changed: str | None) -> Answer:
        usual = {
            "Action": "AssumeRoleWithOIDC",
            "Format": "JSON",
            "Version": "2015-04-01",
            "OIDCProviderArn": PROVIDER,
            "RoleArn": ROLE,
            "RoleSessionName": "shop@aws",
            "OIDCToken": trusting.token(),
        }
        encoded = urlencode({name: value for name, value in (usual | changed).items() if value is not None})
        context = ssl.create_default_context(cafile=trusting.sts.ca_path)
        host = trusting.sts.url.removeprefix("https://")
        connection = http.client.HTTPSConnection(host, context=context, timeout=10)
        headers = {} if in_url else {"Content-Type": "application/x-www-form-urlencoded"}
        path, body = (f"/?{encoded}", None) if in_url else ("/", encoded)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return Answer(response.status, response.read().decode())
        finally:
            connection.close()

    return ask
