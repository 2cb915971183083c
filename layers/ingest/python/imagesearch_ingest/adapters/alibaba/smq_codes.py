"""Map the error codes of Simple Message Queue (SMQ, formerly MNS) to reasons.

Source: SMQ API reference, "Error codes" (help document 27501), and the codes that Alibaba Cloud's own .NET client adds
(``MNSErrorCode``). Codes of topics and subscriptions have no row, because this library calls neither.
"""

from imagesearch_ingest.model.codes import (
    BAD_REQUEST,
    CLOCK_SKEW,
    COMMON_CODES,
    CORRUPTED,
    CREDENTIALS,
    SETTINGS,
    STALE_RECEIPT,
    THROTTLED,
    CodeTable,
)

SMQ: CodeTable = {
    **COMMON_CODES,
    # the caller
    "AccessDenied": CREDENTIALS,
    "InvalidAuthorizationHeader": CREDENTIALS,
    "MissingAuthorizationHeader": CREDENTIALS,
    # a temporary key; no list of SMQ has these, they are the names that OSS and the API gateway use
    "InvalidSecurityToken": CREDENTIALS,
    "InvalidSecurityToken.Expired": CREDENTIALS,
    "InvalidSecurityToken.Malformed": CREDENTIALS,
    "InvalidSecurityToken.MismatchWithAccessKey": CREDENTIALS,
    "MissingSecurityToken": CREDENTIALS,
    "SecurityTokenExpired": CREDENTIALS,
    # the control plane's names for a forbidden user or service (API mns-open, public error codes)
    "RamAuthError": CREDENTIALS,
    "ServiceNotEnable": CREDENTIALS,
    "TimeExpired": CLOCK_SKEW,
    # the queue
    "InvalidQueueName": SETTINGS,
    "InvalidRequestURL": SETTINGS,
    "QueueDeletedRecently": SETTINGS,
    "QueueNameLengthError": SETTINGS,
    "QueueNotExist": SETTINGS,
    # the quota
    "QpsLimitExceeded": THROTTLED,
    "Throttling": THROTTLED,
    "Throttling.User": THROTTLED,
    # the message's checksum, which the SDK computes
    "InvalidDegist": CORRUPTED,  # the reference spells it like this
    "InvalidDigest": CORRUPTED,
    # a message that was deleted, or received by another reader
    "MessageNotExist": STALE_RECEIPT,
    "ReceiptHandleError": STALE_RECEIPT,
    # a faulty request; a message that is too long is an InvalidArgument
    "InvalidArgument": BAD_REQUEST,
    "InvalidContentType": BAD_REQUEST,
    "InvalidDateHeader": BAD_REQUEST,
    "InvalidQueryString": BAD_REQUEST,
    "InvalidVersionHeader": BAD_REQUEST,
    "MalformedXML": BAD_REQUEST,
    "MissingDateHeader": BAD_REQUEST,
    "MissingReceiptHandle": BAD_REQUEST,
    "MissingVersionHeader": BAD_REQUEST,
    "MissingVisibilityTimeout": BAD_REQUEST,
    "QueueAlreadyExist": BAD_REQUEST,
}

NO_MESSAGE = "MessageNotExist"
