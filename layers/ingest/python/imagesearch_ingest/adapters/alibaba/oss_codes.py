"""Map OSS's error codes to reasons, and name the codes of an expired token.

Sources: the API references' error codes (GetObject, HeadObject, GetSymlink, ListObjectsV2) and the pages "HTTP 400
errors", "HTTP 403 status code", "HTTP 404 status code", "HTTP status code 429" and "HTTP status code 503". If OSS uses
one code for several errors, its EC tells them apart ("EC error codes"): the row is then named "code/EC".
"""

from imagesearch_ingest.model.codes import (
    BAD_REQUEST,
    BUCKET_FORBIDDEN,
    BUCKET_MISSING,
    CLOCK_SKEW,
    COMMON_CODES,
    CREDENTIALS,
    INVALID_NAME,
    OBJECT_ARCHIVED,
    OBJECT_DENIED,
    SETTINGS,
    THROTTLED,
    TIMEOUT,
    UNAVAILABLE,
    CodeMapping,
    CodeTable,
)
from imagesearch_ingest.model.reasons import Reason

_LINK_BROKEN = CodeMapping(Reason.LINK_BROKEN)

# The token itself has expired: every further request with it will fail, at every service.
EXPIRED_TOKEN_CODES = frozenset(
    {
        "SecurityTokenExpired",  # OSS, EC 0002-00000007
        "InvalidSecurityToken.Expired",  # the API gateway, before Image Search
    }
)

OSS: CodeTable = {
    **COMMON_CODES,
    # a response without a code, such as a load balancer's page: the adapter uses the status as the code
    "500": UNAVAILABLE,
    "502": UNAVAILABLE,
    "503": UNAVAILABLE,
    "504": UNAVAILABLE,
    "RequestTimeout": TIMEOUT,
    # the bucket
    "NoSuchBucket": BUCKET_MISSING,
    "InvalidBucketName": BUCKET_MISSING,
    # the bucket is in another region: the endpoint says so, or the signature if the endpoint has no region
    "AccessDenied/0003-00001403": BUCKET_MISSING,
    "InvalidArgument/0002-00000226": BUCKET_MISSING,
    "InvalidArgument/0002-00000228": BUCKET_MISSING,
    "PermanentRedirect": BUCKET_MISSING,
    "AbnormalBucketOwnerStatus": BUCKET_FORBIDDEN,
    "BucketDisable": BUCKET_FORBIDDEN,
    "BucketNotBelongTo": BUCKET_FORBIDDEN,
    "InDebt": BUCKET_FORBIDDEN,
    "InDebtOverdue": BUCKET_FORBIDDEN,
    "UbsmsInvalidBid": BUCKET_FORBIDDEN,
    "UserDisable": BUCKET_FORBIDDEN,
    # the caller
    "AccessKeyIdAndSecurityTokenNotMatch": CREDENTIALS,
    "InvalidSecurityToken": CREDENTIALS,
    "SecurityTokenExpired": CREDENTIALS,
    "SecurityTokenNotSupported": CREDENTIALS,
    "RequestTimeTooSkewed": CLOCK_SKEW,
    # the endpoint
    "CnameDenied": SETTINGS,
    "NonStandardHostForbidden": SETTINGS,
    "SecondLevelDomainForbidden": SETTINGS,
    "TransferAccelerationDisabled": SETTINGS,
    # the object, or the KMS key with which it is encrypted
    "AccessDenied": OBJECT_DENIED,  # unless the whole bucket is refused, which the adapter checks
    "AliasNotFound": OBJECT_DENIED,
    "KeyNotFound": OBJECT_DENIED,
    "KmsInDebt": OBJECT_DENIED,
    "KmsInDebtOverdue": OBJECT_DENIED,
    "KmsServiceNotEnabled": OBJECT_DENIED,
    "KmsUbsmsInvalidBid": OBJECT_DENIED,
    "InvalidObjectState": OBJECT_ARCHIVED,
    "SymlinkTargetNotExist": _LINK_BROKEN,
    "InvalidTargetType": _LINK_BROKEN,  # a link to a link: OSS does not follow it
    "NotSymlink": CodeMapping(Reason.OBJECT_CHANGING),  # the object was still a link when it was read
    "InvalidObjectName": INVALID_NAME,
    # our request
    "InvalidArgument": BAD_REQUEST,
    "MethodNotAllowed": BAD_REQUEST,
    "MissingArgument": BAD_REQUEST,
    "NotImplemented": BAD_REQUEST,
    # the quota
    "ActiveRequestLimitExceeded": THROTTLED,
    "CpuLimitExceeded": THROTTLED,
    "DownloadTrafficRateLimitExceeded": THROTTLED,
    "MetaOperationQpsLimitExceeded": THROTTLED,
    "QpsLimitExceeded": THROTTLED,
    "SlowDown": THROTTLED,
    "TotalQpsLimitExceeded": THROTTLED,
    "UploadTrafficRateLimitExceeded": THROTTLED,
}
