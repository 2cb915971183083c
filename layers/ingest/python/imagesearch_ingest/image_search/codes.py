"""Map the error codes of Image Search and of its gateway to reasons.

Sources: AddImage reference, "Error codes"; the service's page of error codes; the OpenAPI metadata of the service,
2020-12-14; the gateway's public error codes (help documents 53438, 48054, 435312, 51132). The code alone decides:
throttling and missing permission are both HTTP 403, and messages get reworded.

The rows of searches and exports serve the operator's commands. No row: codes of searches by text and of comparisons
(InvalidText, InvalidTextLength, InvalidPrimaryPicContent, InvalidSecondaryPicContent). Nothing sends these requests.
"""

from imagesearch_ingest.model.codes import (
    BAD_REQUEST,
    CLOCK_SKEW,
    COMMON_CODES,
    CORRUPTED,
    CREDENTIALS,
    SETTINGS,
    STALE,
    THROTTLED,
    UNAVAILABLE,
    CodeMapping,
    CodeTable,
    map_code,
)
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

_IMAGE = CodeMapping(Reason.SERVICE_REJECTED)
_ATTRIBUTE = CodeMapping(Reason.ATTRIBUTE_INVALID)
_TRANSFER = CodeMapping(Reason.SERVICE_REJECTED, attempts=3)  # the service could not fetch the upload in time
_UPLOAD_LOST = CodeMapping(Reason.SERVICE_REJECTED, attempts=3, needs_new_upload=True)  # it could not read the upload
_INSTANCE = CodeMapping(Reason.INSTANCE_UNAVAILABLE)
_SLOW = CodeMapping(Reason.TIMEOUT, attempts=3)

# These codes refuse the key itself, not a permission of its owner. The same call with a renewed key may pass.
AUTHENTICATION_CODES = (
    "InvalidCredentials",  # the SDK's own, before any request
    "InvalidAccessKeyId",
    "InvalidAccessKeyId.NotFound",
    "InvalidAccessKeyId.Inactive",
    "Forbidden.AccessKeyDisabled",
    "SignatureDoesNotMatch",
    "IncompleteSignature",
    "MissingSecurityToken",
    "InvalidSecurityToken",
    "InvalidSecurityToken.Expired",
    "InvalidSecurityToken.Malformed",
    "InvalidSecurityToken.MismatchWithAccessKey",
)

SERVICE_CODES: CodeTable = {
    **COMMON_CODES,
    # the image
    "UnsupportedPicFormat": _IMAGE,
    "UnsupportedPicPixels": _IMAGE,
    "IncorrectOrientation": _IMAGE,
    "InvalidPicContent": _IMAGE,
    "NoSpecifiedPic": _IMAGE,
    "NoSpecifiedAddPic": _IMAGE,
    "NoSpecifiedSearchPic": _IMAGE,
    "NoSpecifiedPicContent": _IMAGE,
    "BadRequest": _IMAGE,
    "InvalidParameter": _IMAGE,
    "MissingParameter": _IMAGE,
    "NoCaretSeperator": _IMAGE,
    "EmptyMeta": _IMAGE,
    "InvalidMetaItem": _IMAGE,
    "NoPicList": _IMAGE,
    "InvalidPicList": _IMAGE,
    "InvalidFilterClause": _IMAGE,
    "OverflowMaxResultNum": _IMAGE,
    "OverflowMaxReturnNum": _IMAGE,
    # its IDs and attributes
    "InvalidProductId": _ATTRIBUTE,
    "InvalidPicName": _ATTRIBUTE,
    "NoSpecifiedProductId": _ATTRIBUTE,
    "NoSpecifiedPicName": _ATTRIBUTE,
    "NoSpecifiedItemId": _ATTRIBUTE,
    "InvalidCustomContent": _ATTRIBUTE,
    "InvalidRegion": _ATTRIBUTE,
    "RegionError": _ATTRIBUTE,
    "InvalidType": _ATTRIBUTE,
    "InvalidCategory": CodeMapping(Reason.CATEGORY_INVALID),
    **{f"Invalid{kind}Attr{n}": _ATTRIBUTE for kind in ("Int", "Str") for n in ("", "2", "3", "4")},
    # the transfer of the image from the upload bucket to the service
    "PictureError": _UPLOAD_LOST,
    "InvalidPicUrl": _UPLOAD_LOST,  # the metadata: no picture exists at the URL, as after an upload has vanished
    "PicNotExist": _UPLOAD_LOST,  # documented for a search by name; of an add, only the upload can be missing
    "TimeoutForTransferImage": _TRANSFER,
    # the quota
    "DeniedRequest": THROTTLED,
    "Throttling": THROTTLED,
    "Throttling.User": THROTTLED,
    "Throttling.Api": THROTTLED,
    "FlowControl": THROTTLED,
    # another task of the instance, which ends on its own
    "Console.TaskAlreadyExist": THROTTLED,
    "Console.IncrementStatusError": THROTTLED,
    # the service
    "UnknownException": UNAVAILABLE,
    "UnknownError": UNAVAILABLE,
    "UnknownlException": UNAVAILABLE,  # sic
    "NetworkException": UNAVAILABLE,
    "AccessEngineFailed": UNAVAILABLE,
    "InternalOssError": UNAVAILABLE,
    "InternalSwiftError": UNAVAILABLE,
    "InternalTableStoreError": UNAVAILABLE,
    "ConnectionDVException": UNAVAILABLE,
    "SearchTimeout": _SLOW,
    "RequestTimeout": _SLOW,
    "ExtractFeatureTimeout": _SLOW,
    "InvalidRequestId": UNAVAILABLE,
    "InvalidRequestIdTooLarge": UNAVAILABLE,
    "Console.InternalError": UNAVAILABLE,
    "Console.CallServiceError": UNAVAILABLE,
    "ContentLengthDoesNotMatch": CORRUPTED,
    "ContentMD5NotMatched": CORRUPTED,
    # the instance
    "InvalidInstance": _INSTANCE,
    "InvalidInstanceName": _INSTANCE,
    "MissingInstanceName": _INSTANCE,
    "Console.InstanceNotFound": _INSTANCE,
    "Console.InstanceStatusError": _INSTANCE,
    "Console.OrderStatusError": _INSTANCE,
    "InstanceStatusError": _INSTANCE,
    "UnsupportedInstanceType": _INSTANCE,
    "UnsupportedOperationType": _INSTANCE,
    "InsufficientBalance": _INSTANCE,
    "InvalidAction.NotFound": _INSTANCE,  # a wrong region or endpoint
    "UnsupportedOperation": _INSTANCE,
    "InvalidVersion": _INSTANCE,
    "NoSuchVersion": _INSTANCE,
    "InstanceOverQuota": CodeMapping(Reason.INSTANCE_FULL),
    # the endpoint: its domain belongs to no product, to another one, or is not reached over TLS
    "InvalidProduct": SETTINGS,
    "InvalidProduct.NotFound": SETTINGS,
    "InvalidApi": SETTINGS,
    "InvalidApi.NotFound": SETTINGS,
    "InvalidProtocol": SETTINGS,
    "InvalidProtocol.NeedSsl": SETTINGS,
    "InvalidRegion.NotFound": SETTINGS,
    "UnsupportedHTTPMethod": SETTINGS,
    # the library's request, apart from its values
    "Console.BadRequest": BAD_REQUEST,
    "InvalidStartParameter": BAD_REQUEST,
    "InvalidNumParameter": BAD_REQUEST,
    "InvalidParameter.Accept": BAD_REQUEST,
    "InvalidParameter.Format": BAD_REQUEST,
    "InvalidSignatureMethod": BAD_REQUEST,
    "UnsupportedParameter": BAD_REQUEST,
    # the caller
    "NoPermission": CREDENTIALS,
    "ActionUnauthorized": CREDENTIALS,
    "Console.NoPermission": CREDENTIALS,
    "Forbedden.NotSupportRAM": CREDENTIALS,  # sic
    "Forbidden.UserVerification": CREDENTIALS,  # the account has not proved its owner's name
    "UserDisable": CREDENTIALS,
    "Forbidden": CREDENTIALS,
    "Forbidden.RAM": CREDENTIALS,
    "Forbidden.RiskControl": CREDENTIALS,
    "Console.LoginError": CREDENTIALS,
    **dict.fromkeys(AUTHENTICATION_CODES, CREDENTIALS),
    "InvalidTimeStamp": CLOCK_SKEW,
    "InvalidTimeStamp.Expired": CLOCK_SKEW,
    "InvalidTimeStamp.Format": CLOCK_SKEW,
    "IllegalTimestamp": CLOCK_SKEW,
    "SignatureNonceUsed": STALE,
}


def error_for_code(code: str, message: str, request_id: str | None = None) -> IngestError:
    """Return the error that a code of the service or its gateway stands for."""
    return map_code(SERVICE_CODES, code, message, request_id)


def refuses_key(code: str | None) -> bool:
    """Return whether the code refuses the access key itself: the same call with a renewed key may pass."""
    return code is not None and not {code, code.partition(".")[0]}.isdisjoint(AUTHENTICATION_CODES)
