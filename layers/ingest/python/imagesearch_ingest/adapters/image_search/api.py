"""Reach the Image Search instance through its SDK, and handle the SDK's traps here.

- Its own retries are off, because its retry settings do not reach all three requests of an add. Each call here is one
  attempt.
- Certificates, proxy and timeouts must be given with each call. From the client's configuration they do not reach the
  request that authorises the upload.
- It raises no error for a response with HTTP 200 and ``Success: false``.
- It never finishes an upload that is exactly as long as one of its chunks (16,384 bytes; 8,192 and 1,024 with other
  HTTP stacks).
- Its errors carry the service's code. If it could not read a response, they carry an inner exception instead.
"""

import threading
from collections.abc import Callable
from typing import TypeVar

from imagesearch_ingest.adapters.image_search.client import UploadClient
from imagesearch_ingest.adapters.image_search.errors import API, AUTHORIZATION, check_success, reading, translate_errors
from imagesearch_ingest.adapters.image_search.options import ApiOptions
from imagesearch_ingest.adapters.image_search.sdk import Client, Config, RuntimeOptions, models
from imagesearch_ingest.credentials import Credentials, CredentialSource
from imagesearch_ingest.image_search import AddImageRequest, DeleteImageRequest
from imagesearch_ingest.image_search.codes import refuses_key
from imagesearch_ingest.image_search.detail import ACTION, InstanceDetail, read_detail
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import Upload
from imagesearch_ingest.pacing.turns import Turns

ENDLESS_LENGTHS = frozenset({1024, 8192, 16384})
_EMPTY_COMMENT = b"\xff\xfe\x00\x02"  # a JPEG COM segment without content
_START_OF_IMAGE = b"\xff\xd8"

A = TypeVar("A")
R = TypeVar("R")


class ImageSearchApi:
    """An ``ImageIndex`` over the SDK's client. Safe for several threads at once.

    If the service refuses the access key and the key has been renewed meanwhile, the call is made once more.
    """

    def __init__(self, options: ApiOptions, credentials: CredentialSource) -> None:
        self._options = options
        self._credentials = credentials
        self._runtime = runtime_options(options)
        self._making, self._renewing = threading.Lock(), Turns()
        self._made: tuple[Credentials, UploadClient] | None = None

    def upload(self, image: bytes) -> Upload:
        """Put the image into the service's temporary bucket."""
        return self._call("upload for AddImage", UploadClient.upload, with_sendable_length(image))

    def add(self, upload: Upload, request: AddImageRequest) -> None:
        """Add the uploaded image under the request's IDs."""
        fields = request.model_dump(exclude={"pic_content"}, exclude_none=True)
        message = models.AddImageRequest(**fields, pic_content=upload.url)
        self._call("AddImage", Client.add_image_with_options, message)

    def delete(self, request: DeleteImageRequest) -> None:
        """Remove one entry."""
        message = models.DeleteImageRequest(**request.model_dump())
        self._call("DeleteImage", Client.delete_image_with_options, message)

    def detail(self, instance_name: str) -> InstanceDetail:
        """Return size, capacity, kind and end of the instance."""
        message = models.DetailRequest(instance_name=instance_name)
        response = self._call(ACTION, Client.detail_with_options, message)
        with reading(ACTION):
            return read_detail(response.body.instance)

    def _call(self, action: str, method: Callable[[UploadClient, A, RuntimeOptions], R], message: A) -> R:
        credentials = self._credentials.get()
        try:
            return self._send(action, method, message, credentials)
        except IngestError as error:
            if not refuses_key(error.service_code):
                raise
            renewed = self._renew(credentials)
            if renewed == credentials:
                raise
        return self._send(action, method, message, renewed)

    def _send(
        self, action: str, method: Callable[[UploadClient, A, RuntimeOptions], R], message: A, credentials: Credentials
    ) -> R:
        # The client itself translates the errors of an upload's second request.
        kind = AUTHORIZATION if method is UploadClient.upload else API
        with translate_errors(action, kind):
            response = method(self._client(credentials), message, self._runtime)
        if not isinstance(response, Upload):
            check_success(action, response)
        return response

    def _renew(self, refused: Credentials) -> Credentials:
        """Return the key, read past every cache. The first thread whose key was refused reads it for all others."""

        def renew() -> Credentials:
            known = self._credentials.get()
            return known if known != refused else self._credentials.get(fresh=True)

        return self._renewing.take(renew)

    def _client(self, credentials: Credentials) -> UploadClient:
        with self._making:
            if self._made is None or self._made[0] != credentials:
                self._made = credentials, make_client(self._options, credentials)
            return self._made[1]


def make_client(options: ApiOptions, credentials: Credentials) -> UploadClient:
    """Return the SDK's client. ``runtime_options`` must go with each of its calls."""
    config = Config(
        access_key_id=credentials.access_key_id,
        access_key_secret=credentials.access_key_secret,
        security_token=credentials.security_token,
        region_id=options.region,
        endpoint=options.endpoint,
        endpoint_type=options.upload_endpoint_type,
        protocol="HTTPS",
    )
    return UploadClient(config)


def runtime_options(options: ApiOptions) -> RuntimeOptions:
    """Return the options that must go with each call: timeouts, proxy and certificates."""
    return RuntimeOptions(
        ca=str(options.ca_bundle) if options.ca_bundle else None,
        https_proxy=options.https_proxy,
        connect_timeout=round(options.connect_timeout * 1000),
        read_timeout=round(options.read_timeout * 1000),
        max_idle_conns=options.connections,
    )


def with_sendable_length(image: bytes) -> bytes:
    """Return the same image at a length that the SDK can send.

    A JPEG grows by an empty comment, anything else by one byte.
    """
    if len(image) not in ENDLESS_LENGTHS:
        return image
    if image.startswith(_START_OF_IMAGE):
        return _START_OF_IMAGE + _EMPTY_COMMENT + image[len(_START_OF_IMAGE) :]
    return image + b"\0"
