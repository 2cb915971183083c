"""The Image Search instance, through its real SDK, whose traps end here.

- It repeats nothing by itself (its retry settings do not reach all three requests of an add): each call is one attempt.
- Certificates, proxy and timeouts must be given per call: from the client's configuration they do not reach the request
  that authorises the upload.
- HTTP 200 with ``Success: false`` is returned, not raised.
- An upload as long as the piece in which it is sent (16,384 bytes; 8,192 and 1,024 with other HTTP stacks) never ends.
- Its errors carry a code, or, when there was no answer or none that could be read, an inner exception.
"""

import io
from collections.abc import Callable
from typing import Any

import requests
from alibabacloud_imagesearch20201214 import models
from alibabacloud_imagesearch20201214.client import Client
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from alibabacloud_tea_openapi.utils_models import Config
from darabonba.exceptions import RetryError, UnretryableException
from darabonba.runtime import RuntimeOptions

from imagesearch_ingest.credentials import Credentials
from imagesearch_ingest.errors import IngestError
from imagesearch_ingest.image_search import AddImageRequest, DeleteImageRequest, error_for_code
from imagesearch_ingest.reasons import Reason
from imagesearch_ingest.settings import Settings

ENDLESS_LENGTHS = frozenset({1024, 8192, 16384})
_EMPTY_COMMENT = b"\xff\xfe\x00\x02"  # a JPEG COM segment without content
_START_OF_IMAGE = b"\xff\xd8"


class ImageSearchApi:
    """An ``ImageIndex`` over the SDK's client. Safe to be used by several threads at once."""

    def __init__(self, client: Client, runtime: RuntimeOptions) -> None:
        self._client = client
        self._runtime = runtime

    def add(self, request: AddImageRequest) -> None:
        fields = request.model_dump(exclude={"pic_content"}, exclude_none=True)
        content = io.BytesIO(with_sendable_length(request.pic_content))  # a fresh one, at position 0, each attempt
        message = models.AddImageAdvanceRequest(**fields, pic_content_object=content)
        self._call("AddImage", lambda: self._client.add_image_advance(message, self._runtime))

    def delete(self, request: DeleteImageRequest) -> None:
        message = models.DeleteImageRequest(**request.model_dump())
        self._call("DeleteImage", lambda: self._client.delete_image_with_options(message, self._runtime))

    def _call(self, action: str, call: Callable[[], Any]) -> None:
        try:
            body = call().body
        except AlibabaCloudException as error:
            raise _by_code(error, action) from error
        except UnretryableException as error:
            raise self._unanswered(error, action) from error
        if body is None:
            raise IngestError(
                Reason.SERVICE_UNAVAILABLE, f"{action}: an answer without a body we can read", reached_index=True
            )
        if body.success is not True or int(body.code or 0) != 0:
            raise error_for_code(str(body.code), f"{action}: Success=false, {body.message}", body.request_id)

    def _unanswered(self, error: UnretryableException, action: str) -> IngestError:
        """No answer, or none of the documented form. Only the last of an add's requests can have changed the index."""
        inner, host = error.inner_exception, _host(error)
        reached = host == self._client._endpoint  # noqa: SLF001 - the SDK resolves it and keeps it to itself
        if isinstance(inner, RetryError):
            timed_out = isinstance(inner.__context__, requests.Timeout)
            reason, what = (Reason.TIMEOUT, "no answer in time") if timed_out else (Reason.NETWORK, "no connection")
            return IngestError(reason, f"{action}, at {host}: {what}", reached_index=reached)
        # The SDK trips over a body that is no JSON, no XML, or neither an object nor an error, each in another way.
        detail = f"{action}, at {host}: an answer that could not be read ({type(inner).__name__})"
        return IngestError(Reason.SERVICE_UNAVAILABLE, detail, reached_index=reached)


def client_for(settings: Settings, credentials: Credentials) -> tuple[Client, RuntimeOptions]:
    """The SDK's client and what must go with each of its calls."""
    config = Config(
        access_key_id=credentials.access_key_id,
        access_key_secret=credentials.access_key_secret,
        security_token=credentials.security_token,
        region_id=settings.instance_region,
        endpoint=settings.instance_endpoint,
        protocol="HTTPS",
    )
    runtime = RuntimeOptions(
        ca=str(settings.ca_bundle) if settings.ca_bundle else None,
        https_proxy=settings.https_proxy,
        connect_timeout=round(settings.connect_timeout_seconds * 1000),
        read_timeout=round(settings.read_timeout_seconds * 1000),
    )
    return Client(config), runtime


def with_sendable_length(picture: bytes) -> bytes:
    """The same picture, at a length the SDK can send. A JPEG grows by an empty comment, anything else by one byte."""
    if len(picture) not in ENDLESS_LENGTHS:
        return picture
    if picture.startswith(_START_OF_IMAGE):
        return _START_OF_IMAGE + _EMPTY_COMMENT + picture[len(_START_OF_IMAGE) :]
    return picture + b"\0"


def _by_code(error: AlibabaCloudException, action: str) -> IngestError:
    return error_for_code(str(error.code), f"{action}: {error.code}", error.request_id)


def _host(error: UnretryableException) -> str:
    headers = getattr(error.last_request, "headers", None) or {}
    return str(headers.get("host", "an unknown host"))
