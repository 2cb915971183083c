"""Get a token from AWS STS that proves to another cloud who this function is.

The AWS account must allow this once (IAM User Guide, "Outbound identity federation"). The token is a JWT, signed with
RS256. It is a secret until it expires.
"""

from typing import Any

from imagesearch_ingest.adapters.aws.codes import STS
from imagesearch_ingest.adapters.aws.errors import translate_errors
from imagesearch_ingest.adapters.errors import UNREADABLE_RESPONSE, call_with_advice, find_advice

TOKEN_SECONDS = 300  # it is exchanged at once, and it must not outlive the function's own session
_ACTION = "getting an identity token from AWS STS"

_ENABLE = "Enable the feature once for the AWS account: aws iam enable-outbound-web-identity-federation"
_ALLOW = (
    "Allow sts:GetWebIdentityToken for the audience of INGEST_OIDC_AUDIENCE to the function's role. "
    "A permissions boundary or a service control policy may also deny it"
)
_RENEW = "The function's own AWS credentials have expired. On Lambda a new execution environment gets new ones"
_REGION = "Activate AWS STS in the region of AWS_REGION, in the account settings of IAM"
_SESSION = f"The function's own AWS session ends in less than {TOKEN_SECONDS} seconds. The next session gets a token"
_ENDPOINT = "Use the regional endpoint of AWS STS: set AWS_REGION, and unset AWS_STS_REGIONAL_ENDPOINTS"
_OWN_KEY = (
    "AWS does not know the function's own AWS credentials. They come from its role, unless a variable AWS_* is set"
)
_AUDIENCE = "AWS STS takes no such audience. Correct INGEST_OIDC_AUDIENCE"
_SIZE = "The claims of the token are too long. Shorten INGEST_OIDC_AUDIENCE, or remove tags of the function's role"
_ADVICE = {
    "AccessDenied": _ALLOW,
    "AccessDeniedException": _ALLOW,
    "ExpiredToken": _RENEW,
    "ExpiredTokenException": _RENEW,
    "InvalidAction": _ENDPOINT,
    "InvalidClientTokenId": _OWN_KEY,
    "JWTPayloadSizeExceeded": _SIZE,
    "JWTPayloadSizeExceededException": _SIZE,
    "OutboundWebIdentityFederationDisabled": _ENABLE,
    "OutboundWebIdentityFederationDisabledException": _ENABLE,
    "RegionDisabledException": _REGION,
    "SessionDurationEscalation": _SESSION,
    "SessionDurationEscalationException": _SESSION,
    "UnrecognizedClientException": _OWN_KEY,
    "ValidationError": _AUDIENCE,
}


class WebIdentityTokens:
    """Identity tokens for one audience, from botocore's STS client."""

    def __init__(self, client: Any, audience: str) -> None:  # noqa: ANN401 - made at run time
        self._client = client
        self._audience = audience

    def issue(self) -> str:
        """Return a new token. Raise ``IngestError``, which says what to do and holds no token."""
        return call_with_advice(self._issue, lambda code: find_advice(_ADVICE, code))

    def _issue(self) -> str:
        with translate_errors(_ACTION, STS):
            response = self._client.get_web_identity_token(
                Audience=[self._audience], DurationSeconds=TOKEN_SECONDS, SigningAlgorithm="RS256"
            )
        # If botocore cannot parse a body, such as a proxy's page, it returns an empty response.
        if token := response.get("WebIdentityToken"):
            return str(token)
        raise UNREADABLE_RESPONSE.error(_ACTION)
