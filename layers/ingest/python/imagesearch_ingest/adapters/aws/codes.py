"""What AWS's codes mean: one table a service, since the same code is another matter at another service.

Sources: the API references' error lists (S3 "Error responses", SQS "Common errors", Secrets Manager GetSecretValue, KMS
Decrypt and GenerateDataKey) and the error shapes of botocore's models, of which a test demands a row each.
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
_SETTING = CodeMapping(Reason.SETTINGS_REFUSED)
_QUOTA = CodeMapping(Reason.THROTTLED)
_SERVICE = CodeMapping(Reason.SERVICE_UNAVAILABLE)
_LATE = CodeMapping(Reason.TIMEOUT)
_NAME = CodeMapping(Reason.EVENT_MALFORMED)
_OURS = CodeMapping(Reason.INTERNAL_ERROR, attempts=1)
_STALE = CodeMapping(Reason.SERVICE_UNAVAILABLE, attempts=1)  # the record belongs to another reader by now

COMMON: Codes = {
    "AccountProblem": _WHO,
    "ExpiredToken": _WHO,
    "ExpiredTokenException": _WHO,
    "IncompleteSignature": _WHO,
    "IncompleteSignatureException": _WHO,
    "InvalidAccessKeyId": _WHO,
    "InvalidClientTokenId": _WHO,
    "InvalidSecurity": _WHO,
    "InvalidSignatureException": _WHO,
    "InvalidToken": _WHO,
    "MissingAuthenticationToken": _WHO,
    "MissingAuthenticationTokenException": _WHO,
    "NotAuthorized": _WHO,
    "NotSignedUp": _WHO,
    "OptInRequired": _WHO,
    "SignatureDoesNotMatch": _WHO,
    "TokenRefreshRequired": _WHO,
    "UnrecognizedClientException": _WHO,
    # the clocks disagree, which one more request, made at a later second, may survive
    "RequestExpired": CodeMapping(Reason.CREDENTIALS, attempts=2),
    "RequestTimeTooSkewed": CodeMapping(Reason.CREDENTIALS, attempts=2),
    "RequestLimitExceeded": _QUOTA,
    "RequestThrottled": _QUOTA,
    "RequestThrottledException": _QUOTA,
    "SlowDown": _QUOTA,
    "Throttling": _QUOTA,
    "ThrottlingException": _QUOTA,
    "TooManyRequestsException": _QUOTA,
    "InternalError": _SERVICE,
    "InternalFailure": _SERVICE,
    "InternalServerError": _SERVICE,
    "InternalServiceError": _SERVICE,
    "ServiceUnavailable": _SERVICE,
    "ServiceUnavailableException": _SERVICE,
    "RequestTimeout": _LATE,
    "RequestTimeoutException": _LATE,
    # an answer without a code, such as a load balancer's page: botocore then gives its status for one
    "500": _SERVICE,
    "502": _SERVICE,
    "503": _SERVICE,
    "504": _SERVICE,
}

# KMS's own codes, as S3 passes them on: of the one object's key.
KMS_OF_AN_OBJECT: Codes = {
    "KMS.AccessDeniedException": _OBJECT_REFUSED,
    "KMS.DisabledException": _OBJECT_REFUSED,
    "KMS.DryRunOperationException": _OBJECT_REFUSED,
    "KMS.IncorrectKeyException": _OBJECT_REFUSED,
    "KMS.InvalidCiphertextException": _OBJECT_REFUSED,
    "KMS.InvalidGrantTokenException": _OBJECT_REFUSED,
    "KMS.InvalidKeyUsageException": _OBJECT_REFUSED,
    "KMS.KMSInvalidStateException": _OBJECT_REFUSED,
    "KMS.NotFoundException": _OBJECT_REFUSED,
    "KMS.DependencyTimeoutException": _LATE,
    "KMS.KMSInternalException": _SERVICE,
    "KMS.KeyUnavailableException": _SERVICE,
    "KMS.LimitExceededException": _QUOTA,
    "KMS.ThrottlingException": _QUOTA,
}

# As SQS passes them on, under both its protocols' names: of the queue's key, so of every message.
KMS_OF_A_QUEUE: Codes = {
    "KMS.AccessDeniedException": _WHO,
    "KmsAccessDenied": _WHO,
    "KMS.OptInRequired": _WHO,
    "KmsOptInRequired": _WHO,
    "KMS.DisabledException": _SETTING,
    "KmsDisabled": _SETTING,
    "KMS.InvalidKeyUsageException": _SETTING,
    "KmsInvalidKeyUsage": _SETTING,
    "KMS.InvalidStateException": _SETTING,
    "KMS.KMSInvalidStateException": _SETTING,
    "KmsInvalidState": _SETTING,
    "KMS.NotFoundException": _SETTING,
    "KmsNotFound": _SETTING,
    "KMS.ThrottlingException": _QUOTA,
    "KmsThrottled": _QUOTA,
}

S3: Codes = {
    **COMMON,
    **KMS_OF_AN_OBJECT,
    "NoSuchBucket": _BUCKET,
    "InvalidBucketName": _BUCKET,
    # the bucket is in another region
    "PermanentRedirect": _BUCKET,
    "AuthorizationHeaderMalformed": _BUCKET,
    "IllegalLocationConstraintException": _BUCKET,
    "IncorrectEndpoint": _BUCKET,
    "AccessDenied": _OBJECT_REFUSED,  # unless the whole bucket's: the adapter finds out
    "InvalidRequest": _OBJECT_REFUSED,  # mostly: encrypted with a key of the uploader's own (SSE-C)
    "AllAccessDisabled": _BUCKET_SHUT,
    "InvalidPayer": _BUCKET_SHUT,
    "InvalidObjectState": CodeMapping(Reason.OBJECT_ARCHIVED),
    "KeyTooLongError": _NAME,
    "InvalidURI": _NAME,
    "BandwidthLimitExceeded": _QUOTA,
    "TemporaryRedirect": _SERVICE,
    "Redirect": _SERVICE,
}

SQS: Codes = {
    **COMMON,
    **KMS_OF_A_QUEUE,
    "AccessDenied": _WHO,
    "AccessDeniedException": _WHO,
    "QueueDoesNotExist": _SETTING,
    "AWS.SimpleQueueService.NonExistentQueue": _SETTING,
    "QueueDeletedRecently": _SETTING,
    "AWS.SimpleQueueService.QueueDeletedRecently": _SETTING,
    "InvalidAddress": _SETTING,
    "UnsupportedOperation": _SETTING,
    "AWS.SimpleQueueService.UnsupportedOperation": _SETTING,
    "InvalidParameterValue": _OURS,
    "InvalidMessageContents": _OURS,
    "InvalidIdFormat": _STALE,
    "ReceiptHandleIsInvalid": _STALE,
    "MessageNotInflight": _STALE,
    "AWS.SimpleQueueService.MessageNotInflight": _STALE,
    "OverLimit": _QUOTA,
}

SECRETS_MANAGER: Codes = {
    **COMMON,
    "AccessDeniedException": _WHO,
    "DecryptionFailure": _WHO,
    "InvalidParameterException": _WHO,
    "InvalidRequestException": _WHO,  # it is scheduled for deletion
    "ResourceNotFoundException": _WHO,
}

# A code that nobody has written down: two attempts, and a dead letter at the eighth receive that names it.
UNKNOWN = CodeMapping(Reason.SERVICE_CODE_UNKNOWN, attempts=2)
