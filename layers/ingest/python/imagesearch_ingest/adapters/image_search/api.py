"""The Image Search instance, through its real SDK, whose traps end here.

- It repeats nothing by itself (its retry settings do not reach all three requests of an add): each call is one attempt.
- Certificates, proxy and timeouts must be given per call: from the client's configuration they do not reach the request
  that authorises the upload.
- HTTP 200 with ``Success: false`` is returned, not raised.
- An upload as long as the piece in which it is sent (16,384 bytes; 8,192 and 1,024 with other HTTP stacks) never ends.
- Its errors carry a code, or, when there was no answer or none that could be read, an inner exception.
"""

import io
import threading
from collections.abc import Callable, Mapping
from typing import Any

import requests

from imagesearch_ingest.adapters.image_search.client import TimedClient
from imagesearch_ingest.adapters.image_search.sdk import (
    AlibabaCloudException,
    Config,
    RetryError,
    RuntimeOptions,
    UnretryableException,
    models,
)
from imagesearch_ingest.credentials import Credentials, CredentialSource
from imagesearch_ingest.image_search import AddImageRequest, DeleteImageRequest, error_for_code
from imagesearch_ingest.image_search.codes import AUTHENTICATION_CODES
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.settings import Settings

ENDLESS_LENGTHS = frozenset({1024, 8192, 16384})
_EMPTY_COMMENT = b"\xff\xfe\x00\x02"  # a JPEG COM segment without content
_MAY_HAVE_ACTED = {Reason.SERVICE_UNAVAILABLE, Reason.TIMEOUT}  # before it failed
_START_OF_IMAGE = b"\xff\xd8"


class ImageSearchApi:
    """An ``ImageIndex`` over the SDK's client. Safe to be used by several threads at once.

    A call whose access key is refused is made once more if the key has been renewed meanwhile (design, section 2).
    ``connections`` are kept to each host (the SDK's own default is 40); of more threads than that, some make, and
    secure, a new one for each request.
    """

    def __init__(self, settings: Settings, credentials: CredentialSource, connections: int | None = None) -> None:
        self._settings = settings
        self._credentials = credentials
        self._runtime = runtime_options(settings, connections)
        self._making, self._renewing = threading.Lock(), threading.Lock()
        self._made: tuple[Credentials, TimedClient] | None = None

    def add(self, request: AddImageRequest, before_the_last: Callable[[], None] = lambda: None) -> Mapping[str, int]:
        fields = request.model_dump(exclude={"pic_content"}, exclude_none=True)
        legs: dict[str, int] = {}

        def call(client: TimedClient) -> Any:  # noqa: ANN401 - the SDK has no types
            content = io.BytesIO(with_sendable_length(request.pic_content))  # a fresh one, at position 0, each attempt
            message = models.AddImageAdvanceRequest(**fields, pic_content_object=content)
            answer, times = client.timed_add(message, self._runtime, before_the_last)
            legs.update(times)
            return answer

        self._call("AddImage", call)
        return legs

    def delete(self, request: DeleteImageRequest) -> None:
        message = models.DeleteImageRequest(**request.model_dump())
        self._call("DeleteImage", lambda client: client.delete_image_with_options(message, self._runtime))

    def _call(self, action: str, call: Callable[[TimedClient], Any]) -> None:
        credentials = self._credentials.get()
        try:
            _attempt(action, call, self._client(credentials))
        except IngestError as error:
            if error.service_code not in AUTHENTICATION_CODES:
                raise
            renewed = self._renew(credentials)
            if renewed == credentials:
                raise
            _attempt(action, call, self._client(renewed))

    def _renew(self, refused: Credentials) -> Credentials:
        """The credentials past every cache; read by the first thread whose key was refused, for all of them."""
        with self._renewing:
            known = self._credentials.get()
            return known if known != refused else self._credentials.get(fresh=True)

    def _client(self, credentials: Credentials) -> TimedClient:
        with self._making:
            if self._made is None or self._made[0] != credentials:
                self._made = credentials, client_for(self._settings, credentials)[0]
            return self._made[1]


def _attempt(action: str, call: Callable[[TimedClient], Any], client: TimedClient) -> None:
    try:
        body = call(client).body
    except AlibabaCloudException as error:
        raise _by_code(error, action) from error
    except UnretryableException as error:
        raise _unanswered(error, action, client) from error
    if body is None:
        detail = f"{action}: an answer without a body we can read"
        raise IngestError(Reason.SERVICE_UNAVAILABLE, detail, reached_index=True)
    if body.success is not True or str(body.code) not in {"0", "None"}:
        fault = error_for_code(str(body.code), f"{action}: Success=false, {body.message}", body.request_id)
        fault.reached_index = fault.reason in _MAY_HAVE_ACTED
        raise fault


def _unanswered(error: UnretryableException, action: str, client: TimedClient) -> IngestError:
    """No answer, or none of the documented form. Only the last of an add's requests can have changed the index."""
    inner, host = error.inner_exception, _host(error)
    reached = host == client._endpoint  # noqa: SLF001 - the SDK resolves it and keeps it to itself
    if isinstance(inner, RetryError):
        timed_out = isinstance(inner.__context__, requests.Timeout)
        reason, what = (Reason.TIMEOUT, "no answer in time") if timed_out else (Reason.NETWORK, "no connection")
        return IngestError(reason, f"{action}, at {host}: {what}", reached_index=reached)
    # The SDK trips over a body that is no JSON, no XML, or neither an object nor an error, each in another way.
    detail = f"{action}, at {host}: an answer that could not be read ({type(inner).__name__})"
    return IngestError(Reason.SERVICE_UNAVAILABLE, detail, reached_index=reached)


def client_for(settings: Settings, credentials: Credentials) -> tuple[TimedClient, RuntimeOptions]:
    """The SDK's client and what must go with each of its calls."""
    config = Config(
        access_key_id=credentials.access_key_id,
        access_key_secret=credentials.access_key_secret,
        security_token=credentials.security_token,
        region_id=settings.instance_region,
        endpoint=settings.instance_endpoint,
        endpoint_type=settings.upload_endpoint_type,
        protocol="HTTPS",
    )
    return TimedClient(config), runtime_options(settings)


def runtime_options(settings: Settings, connections: int | None = None) -> RuntimeOptions:
    return RuntimeOptions(
        ca=str(settings.ca_bundle) if settings.ca_bundle else None,
        https_proxy=settings.https_proxy,
        connect_timeout=round(settings.connect_timeout_seconds * 1000),
        read_timeout=round(settings.instance_timeout_seconds * 1000),
        max_idle_conns=connections,
    )


def with_sendable_length(picture: bytes) -> bytes:
    """The same picture, at a length the SDK can send. A JPEG grows by an empty comment, anything else by one byte."""
    if len(picture) not in ENDLESS_LENGTHS:
        return picture
    if picture.startswith(_START_OF_IMAGE):
        return _START_OF_IMAGE + _EMPTY_COMMENT + picture[len(_START_OF_IMAGE) :]
    return picture + b"\0"


def _by_code(error: AlibabaCloudException, action: str) -> IngestError:
    fault = error_for_code(str(error.code), f"{action}: {error.code}", error.request_id)
    # A service that failed may have done its work before; an upload's failure alone bears no status here.
    fault.reached_index = fault.reason in _MAY_HAVE_ACTED and error.status_code is not None
    return fault


def _host(error: UnretryableException) -> str:
    headers = getattr(error.last_request, "headers", None) or {}
    return str(headers.get("host", "an unknown host"))
