"""Map the error codes of Image Search, its gateway and its upload bucket to reasons.

Sources: AddImage reference, "Error codes"; the service's and the API gateway's pages of error codes. The code alone
decides: throttling and missing permission are both HTTP 403, and messages get reworded.
"""

from imagesearch_ingest.model.codes import (
    CLOCK_SKEW,
    COMMON_CODES,
    CREDENTIALS,
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
    "SignatureDoesNotMatch",
    "IncompleteSignature",
    "MissingSecurityToken",
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
    "NoSpecifiedPicContent": _IMAGE,
    "EntityTooLarge": _IMAGE,  # the upload
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
    "InvalidPicUrl": _UPLOAD_LOST,
    "TimeoutForTransferImage": _TRANSFER,
    # the quota
    "DeniedRequest": THROTTLED,
    "Throttling": THROTTLED,
    "Throttling.User": THROTTLED,
    "Throttling.Api": THROTTLED,
    "FlowControl": THROTTLED,
    # the service
    "UnknownException": UNAVAILABLE,
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
    # the instance
    "InvalidInstance": _INSTANCE,
    "InvalidInstanceName": _INSTANCE,
    "MissingInstanceName": _INSTANCE,
    "Console.InstanceNotFound": _INSTANCE,
    "InstanceStatusError": _INSTANCE,
    "UnsupportedInstanceType": _INSTANCE,
    "UnsupportedOperationType": _INSTANCE,
    "InsufficientBalance": _INSTANCE,
    "InvalidAction.NotFound": _INSTANCE,  # a wrong region or endpoint
    "InvalidVersion": _INSTANCE,
    "NoSuchVersion": _INSTANCE,
    "InstanceOverQuota": CodeMapping(Reason.INSTANCE_FULL),
    # the caller
    "NoPermission": CREDENTIALS,
    "Forbidden": CREDENTIALS,
    "Forbidden.RAM": CREDENTIALS,
    "Forbidden.RiskControl": CREDENTIALS,
    "Console.LoginError": CREDENTIALS,
    **dict.fromkeys(AUTHENTICATION_CODES, CREDENTIALS),
    "AccessDenied": CodeMapping(Reason.CREDENTIALS, attempts=2),  # the upload: mostly "Policy expired"
    "InvalidTimeStamp.Expired": CLOCK_SKEW,
    "IllegalTimestamp": CLOCK_SKEW,
    "SignatureNonceUsed": CLOCK_SKEW,
}


def error_for_code(code: str, message: str, request_id: str | None = None) -> IngestError:
    """Return the error that a code of the service, its gateway or its upload bucket stands for."""
    return map_code(SERVICE_CODES, code, message, request_id)
