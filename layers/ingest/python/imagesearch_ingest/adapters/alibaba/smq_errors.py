"""Turn the exceptions of SMQ's SDK, and of the connection below it, into ``IngestError``."""

from functools import partial
from http.client import HTTPException
from ssl import SSLCertVerificationError

from mns.mns_exception import MNSClientException, MNSClientParameterException, MNSServerException

from imagesearch_ingest.adapters.alibaba.smq_codes import SMQ
from imagesearch_ingest.adapters.errors import (
    NO_CONNECTION,
    NO_RESPONSE,
    UNREADABLE_RESPONSE,
    UNTRUSTED_CONNECTION,
    ErrorTranslation,
    Fault,
)
from imagesearch_ingest.model.codes import map_code
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason


def translate_errors(action: str) -> ErrorTranslation:
    """Return a context manager that raises ``IngestError`` for any error of a call.

    ``action`` says what was tried, such as "reading the queue".
    """
    return ErrorTranslation(partial(_translate, action=action))


def _translate(error: BaseException, action: str) -> IngestError | None:
    if isinstance(error, MNSServerException):
        code = str(error.type)
        return map_code(SMQ, code, f"{action} failed: {code}", error.req_id)
    if isinstance(error, MNSClientParameterException):
        return IngestError(Reason.INTERNAL_ERROR, f"{action} failed: {error.message}", attempts=1)
    fault = _find_fault(error)
    return fault.error(action) if fault else None


def _find_fault(error: BaseException) -> Fault | None:
    if isinstance(error, TimeoutError):
        return NO_RESPONSE
    if isinstance(error, SSLCertVerificationError):
        return UNTRUSTED_CONNECTION.with_cause(error.verify_message)
    if isinstance(error, OSError | HTTPException):
        return NO_CONNECTION
    # The SDK fails in one of these ways on a response that is not SMQ's, such as a proxy's page.
    return UNREADABLE_RESPONSE if isinstance(error, MNSClientException | AttributeError | ValueError) else None
