"""Tell what the error of a call says about the deployment: broken, or only not to be seen by this caller."""

from imagesearch_ingest.adapters.alibaba.oss_codes import OSS
from imagesearch_ingest.adapters.alibaba.smq_codes import SMQ
from imagesearch_ingest.adapters.aws.codes import COMMON
from imagesearch_ingest.image_search.codes import SERVICE_CODES
from imagesearch_ingest.model.codes import CLOCK_SKEW, find_mapping
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import FaultClass, Reason
from imagesearch_ops.doctor.findings import Finding, broken, unknown

# The caller is known, but lacks a right. "403" is what botocore makes of a refusal without a body.
PERMISSION_CODES = {
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "AuthorizationErrorException",
    "UnauthorizedOperation",
    "NotAuthorized",
    "403",
    "Forbidden",
    "Forbidden.RAM",
    "Forbedden.NotSupportRAM",  # sic
    "NoPermission",
    "ActionUnauthorized",
    "Console.NoPermission",
    "RamAuthError",
    "KMS.AccessDeniedException",
    "KmsAccessDenied",
}
_NONCE = "SignatureNonceUsed"  # a repeated request: the clock has nothing to do with it
_TABLES = (COMMON, SERVICE_CODES, OSS, SMQ)


def is_permission(error: IngestError) -> bool:
    """Return whether the error says that the caller lacks a right."""
    code = error.service_code
    return error.reason is Reason.BUCKET_FORBIDDEN or code in PERMISSION_CODES


def blames_clock(error: IngestError) -> bool:
    """Return whether the service refused the time at which a request was signed."""
    code = error.service_code
    if not code or code == _NONCE:
        return False
    return any(find_mapping(table, code) is CLOCK_SKEW for table in _TABLES)


def judge(error: IngestError, action: str, who: str) -> Finding:
    """Return the finding for an error that the check itself does not explain. ``action`` is as IAM or RAM names it."""
    if is_permission(error):
        return lacks_permission(action, who)
    if blames_clock(error):
        return unknown("needs clock.skew: the service refused the time of the request", is_blocking=True)
    if error.reason is Reason.SETTINGS_REFUSED and error.service_code is None:
        return broken(error.detail, "Correct the variables that the detail names.")
    if error.reason is Reason.CREDENTIALS:
        return unknown(f"the key of {who} was refused: {error.detail}", is_blocking=True)
    is_blocking = error.reason.fault_class in (FaultClass.TRANSIENT, FaultClass.THROTTLED)
    fix = "Repeat the command." if error.reason.fault_class.may_pass else error.reason.hint
    return unknown(error.detail, fix, is_blocking=is_blocking)


def lacks_permission(action: str, who: str) -> Finding:
    """Return the finding that the caller may not look."""
    return unknown(f"{who} lacks the permission {action}", f"Allow {action} to {who}, then repeat.")
