"""Turn the exceptions of SMQ's SDK, and of the connection below it, into ``IngestError``."""

from functools import partial
from http.client import HTTPException

from mns.mns_exception import MNSClientException, MNSClientParameterException, MNSServerException

from imagesearch_ingest.adapters.alibaba.smq_codes import SMQ
from imagesearch_ingest.adapters.errors import (
    NO_CONNECTION,
    NO_RESPONSE,
    UNREADABLE_RESPONSE,
    ErrorTranslation,
    Fault,
)
from imagesearch_ingest.adapters.misconfiguration import ConnectionSettings, find_misconfiguration
from imagesearch_ingest.model.codes import map_code
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

_SETTINGS = ConnectionSettings(host="INGEST_QUEUE_URL, INGEST_DEAD_LETTER_QUEUE_URL", certificates="INGEST_CA_BUNDLE")


def translate_errors(action: str, host: str) -> ErrorTranslation:
    """Return a context manager that raises ``IngestError`` for any error of a call to ``host``.

    ``action`` says what was tried, such as "reading the queue".
    """
    return ErrorTranslation(partial(_translate, action=action, host=host))


def _translate(error: BaseException, action: str, host: str) -> IngestError | None:
    if isinstance(error, MNSServerException):
        code = str(error.type)
        return map_code(SMQ, code, f"{action} failed: {code}", error.req_id)
    if isinstance(error, MNSClientParameterException):
        return IngestError(Reason.INTERNAL_ERROR, f"{action} failed: {error.message}", attempts=1)
    if isinstance(error, IngestError):  # raised by this library's source of credentials
        return None
    fault = find_misconfiguration(error, host, _SETTINGS) or _find_fault(error)
    return fault.error(action) if fault else None


def _find_fault(error: BaseException) -> Fault | None:
    if isinstance(error, TimeoutError):
        return NO_RESPONSE
    if isinstance(error, OSError | HTTPException):
        return NO_CONNECTION
    # The SDK fails in one of these ways on a response that is not SMQ's, such as a proxy's page.
    return UNREADABLE_RESPONSE if isinstance(error, MNSClientException | AttributeError | ValueError) else None
