"""Map the error codes of the upload, a PostObject request to a bucket of OSS that belongs to Image Search.

They are OSS's codes. But the bucket, its policy and the object are the service's, so no code blames a bucket or an
object of ours. Sources: those of ``oss_codes.py``; PostObject reference, "Error codes"; OSS, "How to handle common
errors when the PostObject operation is called". The SDK drops OSS's EC, so no row has one.
"""

from imagesearch_ingest.adapters.alibaba.oss_codes import OSS
from imagesearch_ingest.model.codes import (
    BAD_REQUEST,
    CORRUPTED,
    CREDENTIALS,
    SETTINGS,
    UNAVAILABLE,
    CodeMapping,
    CodeTable,
)
from imagesearch_ingest.model.reasons import Reason

_REJECTED = CodeMapping(Reason.SERVICE_REJECTED)
# Mostly "Policy expired": the next try gets a new policy.
_DENIED = CodeMapping(Reason.CREDENTIALS, attempts=2)
# Rows of OSS's table that would blame a bucket or an object.
_HERE: dict[Reason, CodeMapping] = {
    Reason.ACCESS_DENIED: _DENIED,
    Reason.BUCKET_FORBIDDEN: CREDENTIALS,
    Reason.BUCKET_MISSING: UNAVAILABLE,
    Reason.EVENT_MALFORMED: UNAVAILABLE,
    Reason.OBJECT_ARCHIVED: UNAVAILABLE,
    Reason.OBJECT_CHANGING: UNAVAILABLE,
    Reason.LINK_BROKEN: UNAVAILABLE,
}

UPLOAD_CODES: CodeTable = {
    **{code: _HERE.get(row.reason, row) for code, row in OSS.items() if "/" not in code},
    # the image
    "EntityTooLarge": _REJECTED,
    "EntityTooSmall": _REJECTED,
    # the policy and the key, which the service has chosen
    "FileAlreadyExists": UNAVAILABLE,
    "FileImmutable": UNAVAILABLE,
    "InvalidPolicyDocument": UNAVAILABLE,
    # the endpoint, which INGEST_UPLOAD_ENDPOINT_TYPE chooses
    "PermanentRedirect": SETTINGS,
    # the form
    "FieldItemTooLong": BAD_REQUEST,
    "IncorrectNumberOfFilesInPOSTRequest": BAD_REQUEST,
    "InvalidEncryptionAlgorithmError": BAD_REQUEST,
    "InvalidDigest": CORRUPTED,
    "MalformedPOSTRequest": CORRUPTED,  # the SDK's form is sound; one that was cut short is not
}
