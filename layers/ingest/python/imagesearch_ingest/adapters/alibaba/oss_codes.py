"""What Alibaba Cloud's codes mean: one table a service. Image Search has its own, in ``image_search.codes``.

Sources for OSS: the API references' error codes (GetObject, HeadObject, GetSymlink, ListObjectsV2) and the pages "HTTP
400 errors", "HTTP 403 status code", "HTTP 404 status code", "HTTP status code 429" and "HTTP status code 503". Where
OSS gives one code for several things, its EC tells them apart ("EC error codes"): such a row is named "code/EC".
"""

from collections.abc import Mapping

from imagesearch_ingest.model.errors import CodeMapping
from imagesearch_ingest.model.reasons import Reason

Codes = Mapping[str, CodeMapping]

_BUCKET = CodeMapping(Reason.BUCKET_MISSING)
_BUCKET_SHUT = CodeMapping(Reason.BUCKET_FORBIDDEN)
# One object's: nobody grants a permission within seconds, so it is not asked for again in the same invocation.
_OBJECT_REFUSED = CodeMapping(Reason.ACCESS_DENIED, attempts=1)
_WHO = CodeMapping(Reason.CREDENTIALS)
_CLOCK = CodeMapping(Reason.CREDENTIALS, attempts=2)  # one more request, made at a later second, may survive
_SETTING = CodeMapping(Reason.SETTINGS_REFUSED)
_QUOTA = CodeMapping(Reason.THROTTLED)
_SERVICE = CodeMapping(Reason.SERVICE_UNAVAILABLE)
_LATE = CodeMapping(Reason.TIMEOUT)
_NAME = CodeMapping(Reason.EVENT_MALFORMED)
_OURS = CodeMapping(Reason.INTERNAL_ERROR, attempts=1)
_LINK = CodeMapping(Reason.LINK_BROKEN)

# This very token has expired: no other request that bears it will pass, of whatever service.
EXPIRED_TOKEN_CODES = frozenset(
    {
        "SecurityTokenExpired",  # OSS, EC 0002-00000007
        "InvalidSecurityToken.Expired",  # the API gateway, before Image Search
    }
)

COMMON: Codes = {
    "InvalidAccessKeyId": _WHO,
    "InvalidSecurityToken": _WHO,
    "SecurityTokenExpired": _WHO,
    "SignatureDoesNotMatch": _WHO,
    "QpsLimitExceeded": _QUOTA,
    "InternalError": _SERVICE,
    "InternalServerError": _SERVICE,
    "ServiceUnavailable": _SERVICE,
    "RequestTimeout": _LATE,
    # an answer without a code, such as a load balancer's page: its status is then taken for one
    "500": _SERVICE,
    "502": _SERVICE,
    "503": _SERVICE,
    "504": _SERVICE,
}

# Of the one object's key.
KMS_OF_AN_OBJECT: Codes = {
    "AliasNotFound": _OBJECT_REFUSED,
    "KeyNotFound": _OBJECT_REFUSED,
    "KmsInDebt": _OBJECT_REFUSED,
    "KmsInDebtOverdue": _OBJECT_REFUSED,
    "KmsServiceNotEnabled": _OBJECT_REFUSED,
    "KmsUbsmsInvalidBid": _OBJECT_REFUSED,
}

OSS: Codes = {
    **COMMON,
    **KMS_OF_AN_OBJECT,
    "NoSuchBucket": _BUCKET,
    "InvalidBucketName": _BUCKET,
    # the bucket is in another region: told by the endpoint, or, where the endpoint knows no region, by the signature
    "AccessDenied/0003-00001403": _BUCKET,
    "InvalidArgument/0002-00000226": _BUCKET,
    "InvalidArgument/0002-00000228": _BUCKET,
    "PermanentRedirect": _BUCKET,
    "AccessDenied": _OBJECT_REFUSED,  # unless the whole bucket's: the adapter finds out
    "AbnormalBucketOwnerStatus": _BUCKET_SHUT,
    "BucketDisable": _BUCKET_SHUT,
    "BucketNotBelongTo": _BUCKET_SHUT,
    "InDebt": _BUCKET_SHUT,
    "InDebtOverdue": _BUCKET_SHUT,
    "UbsmsInvalidBid": _BUCKET_SHUT,
    "UserDisable": _BUCKET_SHUT,
    "AccessKeyIdAndSecurityTokenNotMatch": _WHO,
    "SecurityTokenNotSupported": _WHO,
    "RequestTimeTooSkewed": _CLOCK,
    # the endpoint is no such one
    "CnameDenied": _SETTING,
    "NonStandardHostForbidden": _SETTING,
    "SecondLevelDomainForbidden": _SETTING,
    "TransferAccelerationDisabled": _SETTING,
    "InvalidObjectState": CodeMapping(Reason.OBJECT_ARCHIVED),
    "SymlinkTargetNotExist": _LINK,
    "InvalidTargetType": _LINK,  # a link to a link, which OSS does not follow
    "NotSymlink": CodeMapping(Reason.OBJECT_CHANGING),  # it was one when it was read
    "InvalidObjectName": _NAME,
    "InvalidArgument": _OURS,
    "MethodNotAllowed": _OURS,
    "MissingArgument": _OURS,
    "NotImplemented": _OURS,
    "ActiveRequestLimitExceeded": _QUOTA,
    "CpuLimitExceeded": _QUOTA,
    "DownloadTrafficRateLimitExceeded": _QUOTA,
    "MetaOperationQpsLimitExceeded": _QUOTA,
    "SlowDown": _QUOTA,
    "TotalQpsLimitExceeded": _QUOTA,
    "UploadTrafficRateLimitExceeded": _QUOTA,
}

# A code that nobody has written down: two attempts, and a dead letter at the eighth receive that names it.
UNKNOWN = CodeMapping(Reason.SERVICE_CODE_UNKNOWN, attempts=2)
