"""Map the error codes of STS to reasons, and to what a person should do.

Sources: STS 2015-04-01, "Error codes" (help.aliyun.com/zh/ram/developer-reference/api-sts-2015-04-01-errorcodes); ACK,
"Use RRSA to authorize pods", table of SDK errors; ``PublicKeyFingerprintMismatch`` as Alibaba Cloud's own SDKs name it
in their tests (aliyun/credentials-go, aliyun/credentials-php). The gateway's codes are those of Image Search. An
unlisted code has the meaning of its family: ``AuthenticationFail`` is about the token, the provider or the role, never
about one object.
"""

from imagesearch_ingest.image_search.codes import SERVICE_CODES
from imagesearch_ingest.model.codes import BAD_REQUEST, CREDENTIALS, SETTINGS, STALE, CodeMapping, CodeTable
from imagesearch_ingest.model.reasons import Reason

GATEWAY_CODES = (
    "FlowControl",
    "IllegalTimestamp",
    "InternalError",
    "InternalServerError",
    "InvalidProduct",
    "InvalidProduct.NotFound",
    "InvalidProtocol",
    "InvalidProtocol.NeedSsl",
    "InvalidTimeStamp",
    "InvalidTimeStamp.Expired",
    "InvalidTimeStamp.Format",
    "NoPermission",
    "ServiceUnavailable",
    "SignatureNonceUsed",
    "Throttling",
    "Throttling.Api",
    "Throttling.User",
    "UnsupportedHTTPMethod",
)

_PARAMETER = CodeMapping(Reason.SETTINGS_REFUSED)  # unlike SETTINGS, not by a wrong host

STS_CODES: CodeTable = {
    **{code: SERVICE_CODES[code] for code in GATEWAY_CODES},
    "AuthenticationFail": CREDENTIALS,
    "AuthenticationFail.NoPermission": CREDENTIALS,
    "AuthenticationFail.OIDCToken.AudienceNotMatch": CREDENTIALS,
    "AuthenticationFail.OIDCToken.Expired": STALE,  # the next request brings a new token
    "AuthenticationFail.OIDCToken.HttpsUrlInvalid": CREDENTIALS,
    "AuthenticationFail.OIDCToken.Invalid": CREDENTIALS,
    "AuthenticationFail.OIDCToken.InvalidSignature": CREDENTIALS,
    "AuthenticationFail.OIDCToken.IssuerConfigurationBroken": CREDENTIALS,
    "AuthenticationFail.OIDCToken.IssuerNotMatch": CREDENTIALS,
    "AuthenticationFail.OIDCToken.PublicKeyFingerprintMismatch": CREDENTIALS,
    "EntityNotExist": CREDENTIALS,
    "EntityNotExist.Role": CREDENTIALS,
    "InvalidParameter": _PARAMETER,
    "InvalidAction.NotFound": SETTINGS,  # the host is not STS
    "InvalidVersion": SETTINGS,
    "MissingParameter": BAD_REQUEST,
}

_PROVIDER = "the OIDC provider of INGEST_OIDC_PROVIDER_ARN"
_ISSUER = "Its issuer must be the URL of `aws iam get-outbound-web-identity-federation-info`"
_FINGERPRINT = (
    f"Add the new fingerprint of the issuer's CA certificate to {_PROVIDER}: "
    "aliyun ims AddFingerprintToOIDCProvider --OIDCProviderName NAME --Fingerprint FINGERPRINT"
)
ADVICE = {
    "AuthenticationFail": f"Check {_PROVIDER}, the role of INGEST_ROLE_ARN and its trust policy",
    "AuthenticationFail.NoPermission": f"Either {_PROVIDER} does not exist, or the trust policy of the role of "
    "INGEST_ROLE_ARN refuses the token. It must name that provider, and its conditions oidc:iss, oidc:aud and oidc:sub "
    "must be the issuer of the AWS account, INGEST_OIDC_AUDIENCE and the ARN of the function's AWS role",
    "AuthenticationFail.OIDCToken": f"Check {_PROVIDER}. {_ISSUER}",
    "AuthenticationFail.OIDCToken.AudienceNotMatch": f"INGEST_OIDC_AUDIENCE is not a client ID of {_PROVIDER}: add it "
    "there, or set the variable to one of its client IDs",
    "AuthenticationFail.OIDCToken.Expired": "The token was made a moment ago by AWS, so one of the two clouds has a "
    "wrong time, or the request was held up. It will be tried again with a new token",
    "AuthenticationFail.OIDCToken.HttpsUrlInvalid": "STS cannot reach or does not trust the issuer of the token. "
    f"{_FINGERPRINT}",
    "AuthenticationFail.OIDCToken.Invalid": f"{_PROVIDER[0].upper()}{_PROVIDER[1:]} does not accept this kind of "
    f"token. {_ISSUER}",
    "AuthenticationFail.OIDCToken.InvalidSignature": f"The token is not signed by the issuer of {_PROVIDER}. {_ISSUER}",
    "AuthenticationFail.OIDCToken.IssuerConfigurationBroken": "STS could not read the public keys of the issuer. If "
    f"this does not pass, check {_PROVIDER}. {_ISSUER}",
    "AuthenticationFail.OIDCToken.IssuerNotMatch": f"The token is not from the issuer of {_PROVIDER}. {_ISSUER}",
    "AuthenticationFail.OIDCToken.PublicKeyFingerprintMismatch": _FINGERPRINT,
    "EntityNotExist": f"The role of INGEST_ROLE_ARN or {_PROVIDER} does not exist",
    "EntityNotExist.Role": "The role of INGEST_ROLE_ARN does not exist",
    "InvalidParameter": "Check INGEST_ROLE_ARN, INGEST_OIDC_PROVIDER_ARN and INGEST_OIDC_AUDIENCE",
    "NoPermission": f"The trust policy of the role of INGEST_ROLE_ARN does not allow sts:AssumeRole to {_PROVIDER}",
}
