"""Exchange an identity token for a temporary access key: STS 2015-04-01, AssumeRoleWithOIDC.

The request is anonymous, since the token is the proof. The token goes into the form of a POST, as in Alibaba Cloud's
SDK for Go (aliyun/credentials-go, oidc.go). Its SDK for Python puts the token into the URL, and so into the text of
errors.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from imagesearch_ingest.adapters.alibaba_sts.codes import ADVICE, STS_CODES
from imagesearch_ingest.adapters.errors import UNREADABLE_RESPONSE, call_with_advice, find_advice
from imagesearch_ingest.adapters.image_search.errors import RequestKind, translate_errors
from imagesearch_ingest.adapters.image_search.sdk import Config, OpenApiClient, OpenApiRequest, Params, RuntimeOptions
from imagesearch_ingest.adapters.misconfiguration import ConnectionSettings
from imagesearch_ingest.cached_credentials import Lease
from imagesearch_ingest.credentials import Credentials
from imagesearch_ingest.model.codes import map_code

KEY_SECONDS = 3600  # each role allows this much, and no role allows less than 900 (CreateRole, MaxSessionDuration)
_RENEW_AT = 0.75  # of the key's lifetime, which leaves time for many attempts
_ACTION = "assuming the role at Alibaba Cloud STS"
_KIND = RequestKind(
    STS_CODES,
    ConnectionSettings(
        host="INGEST_STS_ENDPOINT, INGEST_INSTANCE_REGION",
        certificates="INGEST_CA_BUNDLE",
        proxy="INGEST_HTTPS_PROXY",
    ),
)
_CALL = Params(
    action="AssumeRoleWithOIDC",
    version="2015-04-01",
    protocol="HTTPS",
    pathname="/",
    method="POST",
    auth_type="Anonymous",
    style="RPC",
    req_body_type="formData",
    body_type="json",
)
_FIELDS = ("AccessKeyId", "AccessKeySecret", "SecurityToken")


@dataclass(frozen=True, slots=True)
class Role:
    """A RAM role, the OIDC provider that it trusts, and a name for the session in the audit log (ActionTrail)."""

    arn: str
    provider_arn: str
    session_name: str


class RoleAssumer:
    """Exchange identity tokens for temporary access keys of one role. ``endpoint`` is STS's host."""

    def __init__(self, endpoint: str, role: Role, runtime: RuntimeOptions) -> None:
        self._client = OpenApiClient(Config(endpoint=endpoint, protocol="HTTPS"))
        self._role = role
        self._runtime = runtime

    def assume(self, token: str) -> Lease:
        """Return a key of the role. Raise ``IngestError``, which says what to do and holds no token.

        Raise ``UnusableKeyError`` for a key that no request can carry.
        """
        response = call_with_advice(lambda: self._send(token), lambda code: find_advice(ADVICE, code))
        return _read_lease(response)

    def _send(self, token: str) -> Mapping[str, Any]:
        form = {
            "OIDCProviderArn": self._role.provider_arn,
            "RoleArn": self._role.arn,
            "RoleSessionName": self._role.session_name,
            "DurationSeconds": KEY_SECONDS,
            "OIDCToken": token,
        }
        with translate_errors(_ACTION, _KIND):
            response: Mapping[str, Any] = self._client.call_api(_CALL, OpenApiRequest(body=form), self._runtime)
        body = response["body"]
        if isinstance(body, Mapping) and "Credentials" not in body and isinstance(code := body.get("Code"), str):
            raise map_code(
                STS_CODES, code, f"{_ACTION} failed: {code}", body.get("RequestId")
            )  # in spite of status 200
        return response


def _read_lease(response: Mapping[str, Any]) -> Lease:
    body = response["body"]
    key = body.get("Credentials") if isinstance(body, Mapping) else None
    values = [key.get(name) if isinstance(key, Mapping) else None for name in _FIELDS]
    if not isinstance(key, Mapping) or not all(isinstance(value, str) and value for value in values):
        raise UNREADABLE_RESPONSE.error(_ACTION)
    credentials = Credentials(*values).checked(*(f"{name} in the response of Alibaba Cloud STS" for name in _FIELDS))
    lifetime = min(KEY_SECONDS, _read_lifetime(key, response["headers"]))
    return Lease(credentials, lifetime * _RENEW_AT, lifetime)


def _read_lifetime(key: Mapping[str, Any], headers: Mapping[str, str]) -> float:
    """Return the seconds until the key expires, by the service's own clock.

    The key gets the time that was asked for if the response does not tell, or calls a new key old.
    """
    try:
        ends = datetime.fromisoformat(key["Expiration"])
        left = (ends - parsedate_to_datetime(headers["date"])).total_seconds()
    except (KeyError, TypeError, ValueError):
        return KEY_SECONDS
    return left if left > 0 else KEY_SECONDS
