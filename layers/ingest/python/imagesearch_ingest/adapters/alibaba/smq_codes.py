"""What the codes of Simple Message Queue (formerly MNS) mean.

Source: SMQ API reference, "Error codes" (help document 27501), with the codes that Alibaba Cloud's own .NET client of
it lists beside them (``MNSErrorCode``). Those of topics and subscriptions, which no call of ours can meet, have no row.
"""

from imagesearch_ingest.adapters.alibaba.oss_codes import Codes
from imagesearch_ingest.model.errors import CodeMapping
from imagesearch_ingest.model.reasons import Reason

_WHO = CodeMapping(Reason.CREDENTIALS)
_SETTING = CodeMapping(Reason.SETTINGS_REFUSED)
_QUOTA = CodeMapping(Reason.THROTTLED)
_SERVICE = CodeMapping(Reason.SERVICE_UNAVAILABLE)
_OURS = CodeMapping(Reason.INTERNAL_ERROR, attempts=1)
_STALE = CodeMapping(Reason.SERVICE_UNAVAILABLE, attempts=1)  # the message belongs to another reader by now
_CHANGED_ON_THE_WAY = CodeMapping(Reason.NETWORK)  # the SDK counts the checksum, so it was right when it left

SMQ: Codes = {
    # who asks
    "AccessDenied": _WHO,
    "InvalidAccessKeyId": _WHO,
    "InvalidAuthorizationHeader": _WHO,
    "MissingAuthorizationHeader": _WHO,
    "SignatureDoesNotMatch": _WHO,
    # of a temporary key; in no list of SMQ's, these are the names that its neighbours use (OSS, and the API gateway)
    "InvalidSecurityToken": _WHO,
    "InvalidSecurityToken.Expired": _WHO,
    "InvalidSecurityToken.Malformed": _WHO,
    "InvalidSecurityToken.MismatchWithAccessKey": _WHO,
    "MissingSecurityToken": _WHO,
    "SecurityTokenExpired": _WHO,
    # the control plane's names for a user or a service that is not allowed here (API mns-open, public error codes)
    "RamAuthError": _WHO,
    "ServiceNotEnable": _WHO,
    # the clocks disagree, which one more request, made at a later second, may survive
    "TimeExpired": CodeMapping(Reason.CREDENTIALS, attempts=2),
    # which queue
    "InvalidQueueName": _SETTING,
    "InvalidRequestURL": _SETTING,
    "QueueDeletedRecently": _SETTING,
    "QueueNameLengthError": _SETTING,
    "QueueNotExist": _SETTING,
    # how much
    "QpsLimitExceeded": _QUOTA,
    "Throttling": _QUOTA,
    "Throttling.User": _QUOTA,
    # the service
    "InternalError": _SERVICE,
    "InternalServerError": _SERVICE,
    "ServiceUnavailable": _SERVICE,
    "InvalidDegist": _CHANGED_ON_THE_WAY,  # spelt like this in the reference
    "InvalidDigest": _CHANGED_ON_THE_WAY,
    # a message that is gone, or that somebody else has
    "MessageNotExist": _STALE,
    "ReceiptHandleError": _STALE,
    # how we ask; a message that is too long is an InvalidArgument
    "InvalidArgument": _OURS,
    "InvalidContentType": _OURS,
    "InvalidDateHeader": _OURS,
    "InvalidQueryString": _OURS,
    "InvalidVersionHeader": _OURS,
    "MalformedXML": _OURS,
    "MissingDateHeader": _OURS,
    "MissingReceiptHandle": _OURS,
    "MissingVersionHeader": _OURS,
    "MissingVisibilityTimeout": _OURS,
    "QueueAlreadyExist": _OURS,
}

NO_MESSAGE = "MessageNotExist"
