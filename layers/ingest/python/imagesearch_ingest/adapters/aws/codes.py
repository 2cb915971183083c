"""Map AWS's error codes to reasons, one table per service.

Sources: the API references' error lists (S3 "Error responses", SQS "Common errors", Secrets Manager GetSecretValue, STS
GetWebIdentityToken, KMS Decrypt and GenerateDataKey), and the error shapes in botocore's models. A test demands a row
for each of these shapes.
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
    STALE_RECEIPT,
    THROTTLED,
    TIMEOUT,
    UNAVAILABLE,
    CodeTable,
)

COMMON: CodeTable = {
    **COMMON_CODES,
    "AccountProblem": CREDENTIALS,
    "ExpiredToken": CREDENTIALS,
    "ExpiredTokenException": CREDENTIALS,
    "IncompleteSignature": CREDENTIALS,
    "IncompleteSignatureException": CREDENTIALS,
    "InvalidClientTokenId": CREDENTIALS,
    "InvalidSecurity": CREDENTIALS,
    "InvalidSignatureException": CREDENTIALS,
    "InvalidToken": CREDENTIALS,
    "MissingAuthenticationToken": CREDENTIALS,
    "MissingAuthenticationTokenException": CREDENTIALS,
    "NotAuthorized": CREDENTIALS,
    "NotSignedUp": CREDENTIALS,
    "OptInRequired": CREDENTIALS,
    "TokenRefreshRequired": CREDENTIALS,
    "UnrecognizedClientException": CREDENTIALS,
    "RequestExpired": CLOCK_SKEW,
    "RequestTimeTooSkewed": CLOCK_SKEW,
    "RequestLimitExceeded": THROTTLED,
    "RequestThrottled": THROTTLED,
    "RequestThrottledException": THROTTLED,
    "SlowDown": THROTTLED,
    "Throttling": THROTTLED,
    "ThrottlingException": THROTTLED,
    "TooManyRequestsException": THROTTLED,
    "InternalFailure": UNAVAILABLE,
    "InternalServiceError": UNAVAILABLE,
    "ServiceUnavailableException": UNAVAILABLE,
    "RequestTimeout": TIMEOUT,
    "RequestTimeoutException": TIMEOUT,
    # a response without a code, such as a load balancer's page: botocore uses the status as the code
    "500": UNAVAILABLE,
    "502": UNAVAILABLE,
    "503": UNAVAILABLE,
    "504": UNAVAILABLE,
}

# KMS's codes as S3 passes them on. They concern the key of this one object.
KMS_OF_AN_OBJECT: CodeTable = {
    "KMS.AccessDeniedException": OBJECT_DENIED,
    "KMS.DisabledException": OBJECT_DENIED,
    "KMS.DryRunOperationException": OBJECT_DENIED,
    "KMS.IncorrectKeyException": OBJECT_DENIED,
    "KMS.InvalidCiphertextException": OBJECT_DENIED,
    "KMS.InvalidGrantTokenException": OBJECT_DENIED,
    "KMS.InvalidKeyUsageException": OBJECT_DENIED,
    "KMS.KMSInvalidStateException": OBJECT_DENIED,
    "KMS.NotFoundException": OBJECT_DENIED,
    "KMS.DependencyTimeoutException": TIMEOUT,
    "KMS.KMSInternalException": UNAVAILABLE,
    "KMS.KeyUnavailableException": UNAVAILABLE,
    "KMS.LimitExceededException": THROTTLED,
    "KMS.ThrottlingException": THROTTLED,
}

# KMS's codes as SQS passes them on, by the names of both its protocols. They concern the queue's key, and so every
# message.
KMS_OF_A_QUEUE: CodeTable = {
    "KMS.AccessDeniedException": CREDENTIALS,
    "KmsAccessDenied": CREDENTIALS,
    "KMS.OptInRequired": CREDENTIALS,
    "KmsOptInRequired": CREDENTIALS,
    "KMS.DisabledException": SETTINGS,
    "KmsDisabled": SETTINGS,
    "KMS.InvalidKeyUsageException": SETTINGS,
    "KmsInvalidKeyUsage": SETTINGS,
    "KMS.InvalidStateException": SETTINGS,
    "KMS.KMSInvalidStateException": SETTINGS,
    "KmsInvalidState": SETTINGS,
    "KMS.NotFoundException": SETTINGS,
    "KmsNotFound": SETTINGS,
    "KMS.ThrottlingException": THROTTLED,
    "KmsThrottled": THROTTLED,
}

S3: CodeTable = {
    **COMMON,
    **KMS_OF_AN_OBJECT,
    "NoSuchBucket": BUCKET_MISSING,
    "InvalidBucketName": BUCKET_MISSING,
    # the bucket is in another region
    "PermanentRedirect": BUCKET_MISSING,
    "AuthorizationHeaderMalformed": BUCKET_MISSING,
    "IllegalLocationConstraintException": BUCKET_MISSING,
    "IncorrectEndpoint": BUCKET_MISSING,
    "AccessDenied": OBJECT_DENIED,  # unless the whole bucket is refused, which the adapter checks
    "InvalidRequest": OBJECT_DENIED,  # mostly an object encrypted with the uploader's own key (SSE-C)
    "AllAccessDisabled": BUCKET_FORBIDDEN,
    "InvalidPayer": BUCKET_FORBIDDEN,
    "InvalidObjectState": OBJECT_ARCHIVED,
    "KeyTooLongError": INVALID_NAME,
    "InvalidURI": INVALID_NAME,
    "BandwidthLimitExceeded": THROTTLED,
    "TemporaryRedirect": UNAVAILABLE,
    "Redirect": UNAVAILABLE,
}

SQS: CodeTable = {
    **COMMON,
    **KMS_OF_A_QUEUE,
    "AccessDenied": CREDENTIALS,
    "AccessDeniedException": CREDENTIALS,
    "QueueDoesNotExist": SETTINGS,
    "AWS.SimpleQueueService.NonExistentQueue": SETTINGS,
    "QueueDeletedRecently": SETTINGS,
    "AWS.SimpleQueueService.QueueDeletedRecently": SETTINGS,
    "InvalidAddress": SETTINGS,
    "UnsupportedOperation": SETTINGS,
    "AWS.SimpleQueueService.UnsupportedOperation": SETTINGS,
    "InvalidParameterValue": BAD_REQUEST,
    "InvalidMessageContents": BAD_REQUEST,
    "InvalidIdFormat": STALE_RECEIPT,
    "ReceiptHandleIsInvalid": STALE_RECEIPT,
    "MessageNotInflight": STALE_RECEIPT,
    "AWS.SimpleQueueService.MessageNotInflight": STALE_RECEIPT,
    "OverLimit": THROTTLED,
}

SECRETS_MANAGER: CodeTable = {
    **COMMON,
    "AccessDeniedException": CREDENTIALS,
    "DecryptionFailure": CREDENTIALS,
    "InvalidParameterException": CREDENTIALS,
    "InvalidRequestException": CREDENTIALS,  # the secret is scheduled for deletion
    "ResourceNotFoundException": CREDENTIALS,
}

# Source: the API references of EventBridge, "Common errors", DescribeRule and ListTargetsByRule.
EVENTS: CodeTable = {
    **COMMON,
    "AccessDenied": CREDENTIALS,
    "AccessDeniedException": CREDENTIALS,
    "InternalException": UNAVAILABLE,
    "ResourceNotFoundException": SETTINGS,
}

# GetWebIdentityToken. The reference of the API names its errors without "Exception", and botocore's model with it.
STS: CodeTable = {
    **COMMON,
    "AccessDenied": CREDENTIALS,
    "AccessDeniedException": CREDENTIALS,
    "OutboundWebIdentityFederationDisabled": CREDENTIALS,
    "OutboundWebIdentityFederationDisabledException": CREDENTIALS,
    "RegionDisabledException": CREDENTIALS,
    "SessionDurationEscalation": CREDENTIALS,
    "SessionDurationEscalationException": CREDENTIALS,
    "JWTPayloadSizeExceeded": SETTINGS,
    "JWTPayloadSizeExceededException": SETTINGS,
    "InvalidAction": SETTINGS,  # the global endpoint has no such call
    "ValidationError": SETTINGS,
}
