"""What the OSS SDK raises → ``IngestError``: by code, never by HTTP status or message.

The SDK wraps what happened in an ``OperationError``, but not what happens while an answer's headers or a streamed body
are read: those arrive as its own errors, or as those of requests, which it is built on.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import requests
import urllib3
from alibabacloud_oss_v2 import exceptions

from imagesearch_ingest.adapters.alibaba.oss_codes import UNKNOWN, Codes
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

_NO_CODE = {"", "BadErrorResponse"}  # what the SDK makes of an answer that bears no code
# What the SDK refuses to send: no bucket or object can be called so.
_IMPOSSIBLE_NAMES = (exceptions.BucketNameInvalidError, exceptions.ObjectNameInvalidError)


@contextmanager
def translated(what: str, codes: Codes) -> Iterator[None]:
    """Raises ``IngestError`` for any error of the SDK's; ``what`` says what was tried, for people."""
    try:
        yield
    # ValueError: of a connection that ends within the headers http.client makes a whole answer, with half a number.
    except (exceptions.BaseError, requests.RequestException, ValueError) as error:
        raise _translation(unwrapped(error), what, codes) from error


def unwrapped(error: BaseException) -> BaseException:
    """The innermost: what happened, without the SDK's layers around it."""
    layers = (exceptions.OperationError, exceptions.RequestError, exceptions.ResponseError)
    while isinstance(error, layers) and isinstance(error.unwrap(), BaseException):
        error = error.unwrap()
    return error


def code_of(error: BaseException) -> str | None:
    """The service's code, or the status of an answer without one; ``None`` when there was no answer at all."""
    if not isinstance(error, exceptions.ServiceError):
        return None
    return str(error.status_code) if (error.code or "") in _NO_CODE else str(error.code)


def _translation(error: BaseException, what: str, codes: Codes) -> IngestError:
    if isinstance(error, exceptions.ServiceError):
        return _by_code(error, what, codes)
    if isinstance(error, exceptions.CredentialsFetchError) and isinstance(error.kwargs["error"], IngestError):
        return error.kwargs["error"]  # of our own source of credentials
    reason, detail = _without_code(error)
    return IngestError(reason, f"{what}: {detail}")


def _without_code(error: BaseException) -> tuple[Reason, str]:  # noqa: PLR0911 - a table of kinds
    if isinstance(error, exceptions.CredentialsBaseError):
        return Reason.CREDENTIALS, "no credentials were found"
    if _timed_out(error):
        return Reason.TIMEOUT, "no answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return Reason.NETWORK, "no connection that can be trusted"
    if isinstance(error, requests.RequestException | urllib3.exceptions.HTTPError):
        return Reason.NETWORK, "the connection failed"
    if isinstance(error, _IMPOSSIBLE_NAMES):
        return Reason.EVENT_MALFORMED, "no such name is possible"
    if isinstance(error, exceptions.ParamInvalidError):
        return Reason.SETTINGS_REFUSED, str(error)
    # The SDK trips over an answer that is not as documented, each kind in another way.
    return Reason.SERVICE_UNAVAILABLE, f"an answer that could not be read ({type(error).__name__})"


def _by_code(error: exceptions.ServiceError, what: str, codes: Codes) -> IngestError:
    code = code_of(error) or ""
    mapping = codes.get(f"{code}/{error.ec}") or codes.get(code, UNKNOWN)
    fault = mapping.error(f"{what}: {code}", code, error.request_id or None)
    if error.ec:
        fault.detail += f" (EC {error.ec})"
    return fault


def _timed_out(error: BaseException) -> bool:
    """Within a body a timeout is disguised as a broken connection."""
    inner = error.args[0] if isinstance(error, requests.ConnectionError) and error.args else None
    return isinstance(error, requests.Timeout) or isinstance(inner, urllib3.exceptions.ReadTimeoutError)
