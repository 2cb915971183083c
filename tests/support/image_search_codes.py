"""What each code of Image Search means, written out a second time, for the tests of the tables and of the wire.

Sources: AddImage reference, "Error codes"; the service's page of error codes and its OpenAPI metadata; the gateway's
public error codes; for the upload, OSS's pages of error codes and the PostObject reference.
"""

from imagesearch_ingest.model.codes import CodeMapping
from imagesearch_ingest.model.reasons import Reason

MEANINGS: dict[Reason, str] = {
    Reason.SERVICE_REJECTED: """
        BadRequest EmptyMeta IncorrectOrientation InvalidFilterClause InvalidMetaItem InvalidParameter
        InvalidPicContent InvalidPicList InvalidPicUrl MissingParameter NoCaretSeperator NoPicList NoSpecifiedAddPic
        NoSpecifiedPic NoSpecifiedPicContent NoSpecifiedSearchPic OverflowMaxResultNum OverflowMaxReturnNum PicNotExist
        PictureError TimeoutForTransferImage UnsupportedPicFormat UnsupportedPicPixels
    """,
    Reason.ATTRIBUTE_INVALID: """
        InvalidCustomContent InvalidIntAttr InvalidIntAttr2 InvalidIntAttr3 InvalidIntAttr4 InvalidPicName
        InvalidProductId InvalidRegion InvalidStrAttr InvalidStrAttr2 InvalidStrAttr3 InvalidStrAttr4 InvalidType
        NoSpecifiedItemId NoSpecifiedPicName NoSpecifiedProductId RegionError
    """,
    Reason.CATEGORY_INVALID: "InvalidCategory",
    Reason.THROTTLED: """
        Console.IncrementStatusError Console.TaskAlreadyExist DeniedRequest FlowControl Throttling Throttling.Api
        Throttling.User
    """,
    Reason.SERVICE_UNAVAILABLE: """
        AccessEngineFailed ConnectionDVException Console.CallServiceError Console.InternalError InternalError
        InternalOssError InternalServerError InternalSwiftError InternalTableStoreError InvalidRequestId
        InvalidRequestIdTooLarge NetworkException ServiceUnavailable UnknownError UnknownException UnknownlException
    """,
    Reason.NETWORK: "ContentLengthDoesNotMatch ContentMD5NotMatched",
    Reason.INTERNAL_ERROR: """
        Console.BadRequest InvalidNumParameter InvalidParameter.Accept InvalidParameter.Format InvalidSignatureMethod
        InvalidStartParameter UnsupportedParameter
    """,
    Reason.TIMEOUT: "ExtractFeatureTimeout RequestTimeout SearchTimeout",
    Reason.INSTANCE_UNAVAILABLE: """
        Console.InstanceNotFound Console.InstanceStatusError Console.OrderStatusError InstanceStatusError
        InsufficientBalance InvalidAction.NotFound InvalidInstance InvalidInstanceName InvalidVersion
        MissingInstanceName NoSuchVersion UnsupportedInstanceType UnsupportedOperation UnsupportedOperationType
    """,
    Reason.SETTINGS_REFUSED: """
        InvalidApi InvalidApi.NotFound InvalidProduct InvalidProduct.NotFound InvalidProtocol InvalidProtocol.NeedSsl
        InvalidRegion.NotFound UnsupportedHTTPMethod
    """,
    Reason.INSTANCE_FULL: "InstanceOverQuota",
    Reason.CREDENTIALS: """
        ActionUnauthorized Console.LoginError Console.NoPermission Forbedden.NotSupportRAM Forbidden
        Forbidden.AccessKeyDisabled Forbidden.RAM Forbidden.RiskControl Forbidden.UserVerification IllegalTimestamp
        IncompleteSignature InvalidAccessKeyId InvalidAccessKeyId.Inactive InvalidAccessKeyId.NotFound
        InvalidCredentials InvalidSecurityToken InvalidSecurityToken.Expired InvalidSecurityToken.Malformed
        InvalidSecurityToken.MismatchWithAccessKey InvalidTimeStamp InvalidTimeStamp.Expired InvalidTimeStamp.Format
        MissingSecurityToken NoPermission SignatureDoesNotMatch SignatureNonceUsed UserDisable
    """,
}
ATTEMPTS = {
    "PictureError": 3,
    "InvalidPicUrl": 3,
    "PicNotExist": 3,
    "TimeoutForTransferImage": 3,
    "SearchTimeout": 3,
    "RequestTimeout": 3,
    "ExtractFeatureTimeout": 3,
    "InvalidTimeStamp": 2,
    "InvalidTimeStamp.Expired": 2,
    "InvalidTimeStamp.Format": 2,
    "IllegalTimestamp": 2,
    "SignatureNonceUsed": 2,
    "Console.BadRequest": 1,
    "InvalidNumParameter": 1,
    "InvalidStartParameter": 1,
    "InvalidParameter.Accept": 1,
    "InvalidParameter.Format": 1,
    "InvalidSignatureMethod": 1,
    "UnsupportedParameter": 1,
}
UPLOADED_AGAIN = {"PictureError", "InvalidPicUrl", "PicNotExist"}
# The key itself is refused, so the same call with a renewed key may pass.
REFUSE_THE_KEY = {
    "InvalidCredentials",
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
}

# The codes of the upload, which is a request to OSS.
UPLOAD_MEANINGS: dict[Reason, str] = {
    Reason.SERVICE_REJECTED: "EntityTooLarge EntityTooSmall",
    Reason.THROTTLED: """
        ActiveRequestLimitExceeded CpuLimitExceeded DownloadTrafficRateLimitExceeded MetaOperationQpsLimitExceeded
        QpsLimitExceeded SlowDown TotalQpsLimitExceeded UploadTrafficRateLimitExceeded
    """,
    Reason.SERVICE_UNAVAILABLE: """
        500 502 503 504 FileAlreadyExists FileImmutable InternalError InternalServerError InvalidBucketName
        InvalidObjectName InvalidObjectState InvalidPolicyDocument InvalidTargetType NoSuchBucket NotSymlink
        ServiceUnavailable SymlinkTargetNotExist
    """,
    Reason.TIMEOUT: "RequestTimeout",
    Reason.NETWORK: "InvalidDigest MalformedPOSTRequest",
    Reason.CREDENTIALS: """
        AbnormalBucketOwnerStatus AccessDenied AccessKeyIdAndSecurityTokenNotMatch AliasNotFound BucketDisable
        BucketNotBelongTo InDebt InDebtOverdue InvalidAccessKeyId InvalidSecurityToken KeyNotFound KmsInDebt
        KmsInDebtOverdue KmsServiceNotEnabled KmsUbsmsInvalidBid RequestTimeTooSkewed SecurityTokenExpired
        SecurityTokenNotSupported SignatureDoesNotMatch UbsmsInvalidBid UserDisable
    """,
    Reason.SETTINGS_REFUSED: """
        CnameDenied NonStandardHostForbidden PermanentRedirect SecondLevelDomainForbidden TransferAccelerationDisabled
    """,
    Reason.INTERNAL_ERROR: """
        FieldItemTooLong IncorrectNumberOfFilesInPOSTRequest InvalidArgument InvalidEncryptionAlgorithmError
        MethodNotAllowed MissingArgument NotImplemented
    """,
}
UPLOAD_ATTEMPTS = {
    "AccessDenied": 2,
    "AliasNotFound": 2,
    "KeyNotFound": 2,
    "KmsInDebt": 2,
    "KmsInDebtOverdue": 2,
    "KmsServiceNotEnabled": 2,
    "KmsUbsmsInvalidBid": 2,
    "RequestTimeTooSkewed": 2,
    **dict.fromkeys(UPLOAD_MEANINGS[Reason.INTERNAL_ERROR].split(), 1),
}


def _spell_out(meanings: dict[Reason, str], attempts: dict[str, int]) -> dict[str, CodeMapping]:
    return {
        code: CodeMapping(reason, attempts.get(code), code in UPLOADED_AGAIN)
        for reason, codes in meanings.items()
        for code in codes.split()
    }


EXPECTED = _spell_out(MEANINGS, ATTEMPTS)
EXPECTED_OF_UPLOADS = _spell_out(UPLOAD_MEANINGS, UPLOAD_ATTEMPTS)
# Codes without a row take the meaning of their family, if that rejects no picture.
FAMILIES = {
    "Throttling.Resource": Reason.THROTTLED,
    "InvalidTimeStamp.NotInit": Reason.CREDENTIALS,
    "InvalidSecurityToken.Revoked": Reason.CREDENTIALS,
    "InvalidAccessKeyId.Deleted": Reason.CREDENTIALS,
    "Forbidden.SubUser": Reason.CREDENTIALS,
    "ServiceUnavailable.Overload": Reason.SERVICE_UNAVAILABLE,
    "InternalError.Timeout": Reason.SERVICE_UNAVAILABLE,
    "InvalidApi.ForbiddenInvoke": Reason.SETTINGS_REFUSED,
    "InvalidProtocol.Other": Reason.SETTINGS_REFUSED,
    "InvalidInstance.Expired": Reason.INSTANCE_UNAVAILABLE,
    "InvalidParameter.Resolution": Reason.SERVICE_CODE_UNKNOWN,
    "BadRequest.Other": Reason.SERVICE_CODE_UNKNOWN,
    "InvalidRegion.Unsupported": Reason.SERVICE_CODE_UNKNOWN,
    "Console.Other": Reason.SERVICE_CODE_UNKNOWN,
    ".": Reason.SERVICE_CODE_UNKNOWN,
    "": Reason.SERVICE_CODE_UNKNOWN,
}
