"""The errors of these operations (botocore's models of STS and IAM; STS and IAM references, "Common errors")."""

from local_cloud.server.errors import ServiceError

DOCUMENTED = {
    "AccessDenied": (403, "User is not authorized to perform: sts:GetWebIdentityToken"),
    "FeatureDisabled": (404, "Outbound web identity federation is not enabled for this account."),
    "FeatureEnabled": (409, "Outbound web identity federation is already enabled for this account."),
    "JWTPayloadSizeExceededException": (400, "The requested token payload size exceeds the maximum allowed size."),
    "OutboundWebIdentityFederationDisabledException": (
        403,
        "Outbound web identity federation is not enabled for this account.",
    ),
    "SignatureDoesNotMatch": (403, "The signature is not valid at this time:"),
    "ValidationError": (400, "1 validation error detected:"),
}


class AwsError(ServiceError):
    """A documented error. ``detail`` follows its text."""

    def __init__(self, code: str, detail: str = "") -> None:
        status, text = DOCUMENTED[code]
        super().__init__(code, status, f"{text} {detail}".rstrip())
