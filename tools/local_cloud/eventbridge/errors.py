"""The errors of EventBridge's control API, with their statuses and texts.

Sources: EventBridge, "Error codes"; the API gateway's common error codes. ``EventRuleNotExisted`` and
``EventBusNotExist`` are those that Alibaba Cloud's own Terraform provider expects; the text of the first is that of the
GetRule reference. The statuses of the codes that the page lacks are not documented.
"""

from local_cloud.server.errors import ServiceError

DOCUMENTED = {
    "AccessDenied": (403, "The OwnerId that your Access Key Id associated to is forbidden for this operation."),
    "EventBusNotExist": (409, "The event bus not existed!"),
    "EventRuleExisted": (409, "The event rule already existed!"),
    "EventRuleNotExisted": (409, "The event rule not existed!"),
    "IncompleteSignature": (400, "The request signature does not conform to Aliyun standards."),
    "InternalError": (500, "The request processing has failed due to some unknown error."),
    "InvalidAccessKeyId.NotFound": (404, "Specified access key is not found."),
    "InvalidAction.NotFound": (404, "Specified api is not found, please check your url and method."),
    "InvalidArgument": (400, "The argument is invalid:"),
    "InvalidSecurityToken.Expired": (400, "Specified SecurityToken is expired."),
    "InvalidSecurityToken.MismatchWithAccessKey": (400, "Specified SecurityToken mismatch with the AccessKey."),
    "InvalidTimeStamp.Expired": (400, "Specified time stamp or date value is expired."),
    "InvalidTimeStamp.Format": (400, "Specified time stamp or date value is not well formatted."),
    "InvalidVersion": (400, "Specified parameter Version is not valid."),
    "MissingSecurityToken": (400, "SecurityToken is mandatory for this action."),
    "ServiceAccessDenied": (
        403,
        "The OwnerId that your Access Key Id associated to has not enabled EventBridge Service.",
    ),
    "SignatureDoesNotMatch": (403, "The request signature we calculated does not match the signature you provided."),
    "SignatureNonceUsed": (400, "Specified signature nonce was used already."),
    "TooManyRequests": (429, "The request is denied by flow limiter for too many requests."),
}


class EventBridgeError(ServiceError):
    """An error response. ``detail`` follows the documented text."""

    def __init__(self, code: str, detail: str = "") -> None:
        status, text = DOCUMENTED[code]
        super().__init__(code, status, f"{text} {detail}".rstrip())
