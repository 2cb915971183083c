"""What each code of Image Search means, written out a second time, for the tests of the table and of the wire.

Sources: AddImage reference, "Error codes"; the service's and the API gateway's pages of error codes.
"""

from imagesearch_ingest.model.codes import CodeMapping
from imagesearch_ingest.model.reasons import Reason

MEANINGS: dict[Reason, str] = {
    Reason.SERVICE_REJECTED: """
        BadRequest EmptyMeta EntityTooLarge IncorrectOrientation InvalidFilterClause InvalidMetaItem InvalidParameter
        InvalidPicContent InvalidPicList InvalidPicUrl MissingParameter NoCaretSeperator NoPicList NoSpecifiedAddPic
        NoSpecifiedPic NoSpecifiedPicContent OverflowMaxResultNum OverflowMaxReturnNum PictureError
        TimeoutForTransferImage UnsupportedPicFormat UnsupportedPicPixels
    """,
    Reason.ATTRIBUTE_INVALID: """
        InvalidCustomContent InvalidIntAttr InvalidIntAttr2 InvalidIntAttr3 InvalidIntAttr4 InvalidPicName
        InvalidProductId InvalidRegion InvalidStrAttr InvalidStrAttr2 InvalidStrAttr3 InvalidStrAttr4 InvalidType
        NoSpecifiedItemId NoSpecifiedPicName NoSpecifiedProductId RegionError
    """,
    Reason.CATEGORY_INVALID: "InvalidCategory",
    Reason.THROTTLED: "DeniedRequest FlowControl Throttling Throttling.Api Throttling.User",
    Reason.SERVICE_UNAVAILABLE: """
        AccessEngineFailed ConnectionDVException InternalError InternalOssError InternalServerError InternalSwiftError
        InternalTableStoreError InvalidRequestId InvalidRequestIdTooLarge NetworkException ServiceUnavailable
        UnknownException UnknownlException
    """,
    Reason.TIMEOUT: "ExtractFeatureTimeout RequestTimeout SearchTimeout",
    Reason.INSTANCE_UNAVAILABLE: """
        Console.InstanceNotFound InstanceStatusError InsufficientBalance InvalidAction.NotFound InvalidInstance
        InvalidInstanceName InvalidVersion MissingInstanceName NoSuchVersion UnsupportedInstanceType
        UnsupportedOperationType
    """,
    Reason.INSTANCE_FULL: "InstanceOverQuota",
    Reason.CREDENTIALS: """
        AccessDenied Console.LoginError Forbidden Forbidden.RAM Forbidden.RiskControl IllegalTimestamp
        IncompleteSignature InvalidAccessKeyId InvalidAccessKeyId.Inactive InvalidAccessKeyId.NotFound
        InvalidCredentials InvalidSecurityToken.Expired InvalidSecurityToken.Malformed
        InvalidSecurityToken.MismatchWithAccessKey InvalidTimeStamp.Expired MissingSecurityToken NoPermission
        SignatureDoesNotMatch SignatureNonceUsed
    """,
}
ATTEMPTS = {
    "PictureError": 3,
    "InvalidPicUrl": 3,
    "TimeoutForTransferImage": 3,
    "SearchTimeout": 3,
    "RequestTimeout": 3,
    "ExtractFeatureTimeout": 3,
    "AccessDenied": 2,
    "InvalidTimeStamp.Expired": 2,
    "IllegalTimestamp": 2,
    "SignatureNonceUsed": 2,
}
UPLOADED_AGAIN = {"PictureError", "InvalidPicUrl"}
# The key itself is refused, so the same call with a renewed key may pass.
REFUSE_THE_KEY = {
    "InvalidCredentials",
    "InvalidAccessKeyId",
    "InvalidAccessKeyId.NotFound",
    "InvalidAccessKeyId.Inactive",
    "SignatureDoesNotMatch",
    "IncompleteSignature",
    "MissingSecurityToken",
    "InvalidSecurityToken.Expired",
    "InvalidSecurityToken.Malformed",
    "InvalidSecurityToken.MismatchWithAccessKey",
}

EXPECTED = {
    code: CodeMapping(reason, ATTEMPTS.get(code), code in UPLOADED_AGAIN)
    for reason, codes in MEANINGS.items()
    for code in codes.split()
}
