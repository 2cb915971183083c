"""The errors of STS, with their statuses and texts.

Sources: "STS 2015-04-01, error codes" (status 401 for all of AuthenticationFail); the table of SDK errors in the guide
on RRSA (IssuerConfigurationBroken, IssuerNotMatch, EntityNotExist.Role); "STS AssumeRole common errors"
(InvalidParameter); the API gateway's common error codes. Seen in the SDKs' own tests, without its text:
PublicKeyFingerprintMismatch. The statuses of the codes of the second and the last source are not documented.
"""

from local_cloud.server.errors import ServiceError

_TOKEN = "AuthenticationFail.OIDCToken"  # noqa: S105 - the beginning of a code
NO_PERMISSION = "AuthenticationFail.NoPermission"
AUDIENCE = f"{_TOKEN}.AudienceNotMatch"
EXPIRED = f"{_TOKEN}.Expired"
HTTPS_URL = f"{_TOKEN}.HttpsUrlInvalid"
INVALID = f"{_TOKEN}.Invalid"
SIGNATURE = f"{_TOKEN}.InvalidSignature"
ISSUER_BROKEN = f"{_TOKEN}.IssuerConfigurationBroken"
ISSUER = f"{_TOKEN}.IssuerNotMatch"
FINGERPRINT = f"{_TOKEN}.PublicKeyFingerprintMismatch"

DOCUMENTED = {
    NO_PERMISSION: (401, "There is no permission"),
    AUDIENCE: (401, "Invalid audience."),
    EXPIRED: (401, "This JsonWebToken is expired."),
    HTTPS_URL: (401, "The root ca certificate is not in ca whitelist of this url:"),
    INVALID: (401, "The Jwt content is invalid that cannot be recognized."),
    SIGNATURE: (401, "OIDC token validate failed: invalid signature."),
    ISSUER_BROKEN: (401, "Get public keys from OIDC Provider failed, the issuer is"),
    ISSUER: (401, "The issuer in the OIDC Token doesn't match the OIDC Provider registered."),
    FINGERPRINT: (401, "The fingerprint of the issuer's certificate is not one of the OIDC Provider's."),
    "EntityNotExist.Role": (404, "The role not exists:"),
    "InternalError": (500, "The request processing has failed due to some unknown error."),
    "InvalidAction.NotFound": (404, "Specified api is not found, please check your url and method."),
    "InvalidParameter.DurationSeconds": (400, "The Min/Max value of DurationSeconds is 15min/the role's maximum."),
    "InvalidParameter.Policy": (400, "The parameter Policy is wrongly formed."),
    "InvalidParameter.RoleArn": (400, "The parameter RoleArn is wrongly formed."),
    "InvalidParameter.RoleSessionName": (400, "The parameter RoleSessionName is wrongly formed."),
    "InvalidTimeStamp.Expired": (400, "Specified time stamp or date value is expired."),
    "InvalidTimeStamp.Format": (400, "Specified time stamp or date value is not well formatted."),
    "InvalidVersion": (400, "Specified parameter Version is not valid."),
    "MissingParameter": (400, "The input parameter is mandatory for processing this request:"),
    "MissingRoleSessionName": (400, "RoleSessionName is mandatory for this action."),
}


class StsError(ServiceError):
    """A documented error. ``detail`` follows the documented text, and ``text`` replaces it."""

    def __init__(self, code: str, detail: str = "", *, text: str | None = None) -> None:
        status, documented = DOCUMENTED[code]
        super().__init__(code, status, f"{documented if text is None else text} {detail}".rstrip())
