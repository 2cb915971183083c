"""Turn the SDK's exceptions into ``IngestError``, one request at a time.

An add makes three requests to three hosts: one authorises the upload, one uploads to a bucket of OSS, one adds. The
upload's codes are OSS's, and different settings decide how each host is reached.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

import requests

from imagesearch_ingest.adapters.errors import NO_CONNECTION, NO_RESPONSE, UNREADABLE_RESPONSE, ErrorTranslation, Fault
from imagesearch_ingest.adapters.image_search.sdk import AlibabaCloudException, RetryError, UnretryableException
from imagesearch_ingest.adapters.image_search.upload_codes import UPLOAD_CODES
from imagesearch_ingest.adapters.misconfiguration import ConnectionSettings, find_misconfiguration
from imagesearch_ingest.image_search import error_for_code
from imagesearch_ingest.image_search.codes import SERVICE_CODES
from imagesearch_ingest.model.codes import SETTINGS, CodeTable, find_mapping, map_code
from imagesearch_ingest.model.errors import IngestError


class RequestKind(NamedTuple):
    """One kind of request: the table of its codes, and the settings that decide how its host is reached."""

    codes: CodeTable
    settings: ConnectionSettings


_SETTINGS = ConnectionSettings(
    host="INGEST_INSTANCE_REGION, INGEST_INSTANCE_ENDPOINT",
    certificates="INGEST_CA_BUNDLE",
    proxy="INGEST_HTTPS_PROXY",
)
API = RequestKind(SERVICE_CODES, _SETTINGS)
# No setting changes the host that authorises uploads. If it seems not to exist, the network hides the internet's names.
AUTHORIZATION = RequestKind(SERVICE_CODES, _SETTINGS._replace(host="INGEST_HTTPS_PROXY, the network's name server"))
UPLOAD = RequestKind(UPLOAD_CODES, _SETTINGS._replace(host="INGEST_UPLOAD_ENDPOINT_TYPE"))


def translate_errors(action: str, kind: RequestKind) -> ErrorTranslation:
    """Return a context manager that raises ``IngestError`` for any error of the SDK. ``action`` is what failed."""
    return ErrorTranslation(partial(_translate, action, kind))


def check_success(action: str, response: Any) -> None:  # noqa: ANN401 - the SDK has no types
    """Raise ``IngestError`` for a response with status 200 that reports a failure or has no body."""
    body = response.body
    if body is None:
        raise UNREADABLE_RESPONSE.error(action)
    code = str(getattr(body, "code", None))  # Detail has neither code nor message
    if body.success is not True or code not in {"0", "None"}:
        detail = f"{action} failed: Success=false, {getattr(body, 'message', 'without a message')}"
        raise error_for_code(code, detail, body.request_id)


@contextmanager
def reading(action: str) -> Iterator[None]:
    """Raise ``SERVICE_UNAVAILABLE`` for a response whose fields are missing or of other types than documented."""
    try:
        yield
    except (AttributeError, TypeError, ValueError, OverflowError):
        raise UNREADABLE_RESPONSE.error(action) from None


def _translate(action: str, kind: RequestKind, error: BaseException) -> IngestError | None:
    if isinstance(error, AlibabaCloudException):
        code = str(error.code)
        check = f". Check {kind.settings.host}" if find_mapping(kind.codes, code) is SETTINGS else ""
        return map_code(kind.codes, code, f"{action} failed: {code}{check}", _request_id(error))
    if isinstance(error, UnretryableException):
        host = _host(error)
        fault = find_misconfiguration(error, host, kind.settings) or _find_fault(error)
        return fault.error(f"{action}, at {host or 'an unknown host'},")
    return None


def _find_fault(error: UnretryableException) -> Fault:
    """Return the fault of a call that got no response, or one in an undocumented form."""
    inner = error.inner_exception
    if isinstance(inner, RetryError):
        return NO_RESPONSE if isinstance(inner.__context__, requests.Timeout) else NO_CONNECTION
    # For a body that is not JSON, not XML, or neither an object nor an error, the SDK fails in different ways.
    return UNREADABLE_RESPONSE.with_cause(type(inner).__name__)


def _host(error: UnretryableException) -> str | None:
    headers = getattr(error.last_request, "headers", None) or {}
    return headers.get("host")


def _request_id(error: AlibabaCloudException) -> str | None:
    """Return the service's ID of the request. The SDK keeps that of an upload among the error's data only."""
    return error.request_id or (error.data or {}).get("requestId")
