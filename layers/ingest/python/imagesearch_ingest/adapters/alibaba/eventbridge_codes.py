"""Map the error codes of EventBridge to reasons.

Sources: EventBridge, "Error codes"; the API gateway's common error codes, which are those of Image Search, too. Two
codes are not on that page: Alibaba Cloud's own Terraform provider handles them (DescribeEventBridgeRule).
"""

from imagesearch_ingest.adapters.alibaba_sts.codes import GATEWAY_CODES
from imagesearch_ingest.image_search.codes import AUTHENTICATION_CODES, SERVICE_CODES
from imagesearch_ingest.model.codes import COMMON_CODES, CREDENTIALS, SETTINGS, THROTTLED, CodeTable

NOT_ACTIVATED = "ServiceAccessDenied"
EVENTBRIDGE: CodeTable = {
    **{code: SERVICE_CODES[code] for code in (*GATEWAY_CODES, *AUTHENTICATION_CODES)},
    **COMMON_CODES,
    "AccessDenied": CREDENTIALS,
    "AccessDeniedByPreCheck": CREDENTIALS,
    "AccountIdNotExist": CREDENTIALS,
    "Forbidden.RAM": CREDENTIALS,
    "InvalidStsAccessKeyId": CREDENTIALS,
    "ParentAccountNotExist": CREDENTIALS,
    "SecurityTokenInvalid": CREDENTIALS,
    "StsAccessIdExpired": CREDENTIALS,
    "AccessDeniedForInternalRegion": SETTINGS,
    NOT_ACTIVATED: SETTINGS,
    "TooManyRequests": THROTTLED,
    # the rule
    "EventBusNotExist": SETTINGS,
    "EventRuleNotExisted": SETTINGS,
}
GONE = frozenset({"EventBusNotExist", "EventRuleNotExisted"})
