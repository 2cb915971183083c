"""Turn the OSS SDK's exceptions into ``IngestError``.

The SDK wraps most errors in an ``OperationError``. Errors that occur while headers or a streamed body are read are not
wrapped. They are the SDK's own errors, or those of requests, on which the SDK is built.
"""

from functools import partial
from urllib.parse import urlsplit

import requests
import urllib3
from alibabacloud_oss_v2 import exceptions

from imagesearch_ingest.adapters.errors import (
    IMPOSSIBLE_NAME,
    NO_CONNECTION,
    NO_RESPONSE,
    UNREADABLE_RESPONSE,
    UNTRUSTED_CONNECTION,
    ErrorTranslation,
    Fault,
)
from imagesearch_ingest.adapters.misconfiguration import ConnectionSettings, find_misconfiguration
from imagesearch_ingest.model.codes import CodeTable, map_code
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

_SETTINGS = ConnectionSettings(host="INGEST_BUCKET_ENDPOINT, FC_REGION", certificates="INGEST_CA_BUNDLE")
_NO_CODE = {"", "BadErrorResponse"}  # the SDK's code for a response without a code
_NO_CREDENTIALS = Fault(Reason.CREDENTIALS, "no credentials for Alibaba Cloud were found")
_IMPOSSIBLE_NAME_ERRORS = (exceptions.BucketNameInvalidError, exceptions.ObjectNameInvalidError)
# ValueError: if the connection ends within the headers, http.client may return a response with half a number.
_SDK_ERRORS = (exceptions.BaseError, requests.RequestException, ValueError)
_LAYERS = (exceptions.OperationError, exceptions.RequestError, exceptions.ResponseError)


def translate_errors(action: str, codes: CodeTable) -> ErrorTranslation:
    """Return a context manager that raises ``IngestError`` for any error of the SDK.

    ``action`` says what was tried, such as "reading the object".
    """
    return ErrorTranslation(partial(_translate, action=action, codes=codes))


def unwrap(error: BaseException) -> BaseException:
    """Return the innermost error, without the SDK's layers around it."""
    while isinstance(error, _LAYERS) and isinstance(error.unwrap(), BaseException):
        error = error.unwrap()
    return error


def get_code(error: BaseException) -> str | None:
    """Return the service's code, the status if the response has no code, or ``None`` if there was no response."""
    if not isinstance(error, exceptions.ServiceError):
        return None
    return str(error.status_code) if (error.code or "") in _NO_CODE else str(error.code)


def _translate(error: BaseException, action: str, codes: CodeTable) -> IngestError | None:
    if not isinstance(error, _SDK_ERRORS):
        return None
    error = unwrap(error)
    if isinstance(error, exceptions.ServiceError):
        return _map_service_error(error, action, codes)
    if isinstance(error, exceptions.CredentialsFetchError) and isinstance(error.kwargs["error"], IngestError):
        return error.kwargs["error"]  # raised by this library's source of credentials
    fault = find_misconfiguration(error, _host(error), _SETTINGS) or _find_fault(error)
    return fault.error(action)


def _map_service_error(error: exceptions.ServiceError, action: str, codes: CodeTable) -> IngestError:
    code = get_code(error) or ""
    detail = f"{action} failed: {code} (EC {error.ec})" if error.ec else f"{action} failed: {code}"
    row = f"{code}/{error.ec}"
    return map_code({code: codes[row]} if row in codes else codes, code, detail, error.request_id or None)


def _find_fault(error: BaseException) -> Fault:  # noqa: PLR0911 - a table of exceptions
    if isinstance(error, exceptions.CredentialsBaseError):
        return _NO_CREDENTIALS
    if _is_timeout(error):
        return NO_RESPONSE
    if isinstance(error, requests.exceptions.SSLError):
        return UNTRUSTED_CONNECTION
    if isinstance(error, requests.RequestException | urllib3.exceptions.HTTPError):
        return NO_CONNECTION
    if isinstance(error, _IMPOSSIBLE_NAME_ERRORS):
        return IMPOSSIBLE_NAME
    if isinstance(error, exceptions.ParamInvalidError):
        return Fault(Reason.SETTINGS_REFUSED, str(error))
    # The SDK fails in many ways on a response that is not as documented.
    return UNREADABLE_RESPONSE.with_cause(type(error).__name__)


def _host(error: BaseException) -> str | None:
    """Return the host to which the connection was made, as far as the error says."""
    connection, request = getattr(error, "conn", None), getattr(error, "request", None)
    return getattr(connection, "host", None) or urlsplit(getattr(request, "url", None) or "").hostname


def _is_timeout(error: BaseException) -> bool:
    """Return whether the error is a timeout. A timeout within a body looks like a broken connection."""
    inner = error.args[0] if isinstance(error, requests.ConnectionError) and error.args else None
    return isinstance(error, requests.Timeout) or isinstance(inner, urllib3.exceptions.ReadTimeoutError)
