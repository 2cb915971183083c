"""Ask the Image Search instance, through the SDK, with the operator's own key. Nothing here changes the index."""

import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from imagesearch_ingest.adapters.aws.client import aws_client
from imagesearch_ingest.adapters.aws.secrets_manager import SecretsManagerCredentials
from imagesearch_ingest.adapters.errors import UNREADABLE_RESPONSE
from imagesearch_ingest.adapters.image_search.api import make_client, runtime_options, with_sendable_length
from imagesearch_ingest.adapters.image_search.errors import API, translate_errors
from imagesearch_ingest.adapters.image_search.sdk import Client, models
from imagesearch_ingest.bootstrap.common import SystemClock, image_search_options
from imagesearch_ingest.credentials import CredentialSource, EnvironmentCredentials
from imagesearch_ingest.image_search import error_for_code
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import FaultClass
from imagesearch_ingest.settings import Settings
from imagesearch_ops.deployment import Deployment
from imagesearch_ops.errors import InputError

CAPACITY_UNIT = 10_000  # pictures (Detail reference, "Capacity")
SERVICE_TYPES = {
    0: "product",
    1: "generic",
    2: "fabric",
    3: "trademark",
    4: "copyright",
    5: "furniture",
    6: "hardware",
    7: "trademark",
}
_TRIES = 5
_SLOT_SECONDS = 1.1  # Detail, DumpMeta and DumpMetaList are limited to one call a second


@dataclass(frozen=True, slots=True)
class InstanceDetail:
    """What Detail says. ``capacity`` and ``total`` are pictures, ``qps`` is searches a second."""

    total: int
    capacity: int
    qps: int
    service_type: str
    expires: datetime | None

    @property
    def free(self) -> int:
        return max(0, self.capacity - self.total)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the index. ``attributes`` holds the other parameters of AddImage by their API names."""

    product_id: str
    pic_name: str
    category_id: int | None
    attributes: dict[str, Any]
    score: float | None = None


class InstanceClient:
    """The instance of a deployment. Throttled calls are repeated a few times. Errors are ``IngestError``."""

    def __init__(self, settings: Settings, credentials: CredentialSource) -> None:
        options = image_search_options(settings)
        self.name = settings.instance_name
        self._client = make_client(options, credentials.get())
        self._runtime = runtime_options(options)

    def detail(self) -> InstanceDetail:
        """Return size, capacity, kind and end of the instance."""
        found = self._call("Detail", Client.detail_with_options, models.DetailRequest(instance_name=self.name)).instance
        expires = found.utc_expire_time
        return InstanceDetail(
            total=int(found.total_count or 0),
            capacity=int(found.capacity or 0) * CAPACITY_UNIT,
            qps=int(found.qps or 0),
            service_type=SERVICE_TYPES.get(int(found.service_type or 0), f"type {found.service_type}"),
            expires=datetime.fromtimestamp(int(expires) / 1000, UTC) if expires else None,
        )

    def find(self, product_id: str, pic_name: str) -> Entry | None:
        """Return the entry of both IDs, or ``None`` (CheckImageExists)."""
        request = models.CheckImageExistsRequest(instance_name=self.name, product_id=product_id, pic_name=pic_name)
        body = self._call("CheckImageExists", Client.check_image_exists_with_options, request)
        if not body.exists:
            return None
        return _read_entry(body.auctions, product_id, pic_name)

    def search_by_image(self, image: bytes, *, num: int = 10) -> list[Entry]:
        """Return the most similar entries, best first (SearchImageByPic)."""
        request = models.SearchImageByPicAdvanceRequest(
            instance_name=self.name, pic_content_object=io.BytesIO(with_sendable_length(image)), num=num
        )
        body = self._call("SearchImageByPic", Client.search_image_by_pic_advance, request)
        return [_read_entry(one) for one in body.auctions or ()]

    def call(self, action: str, method: Callable[..., Any], request: Any) -> Any:  # noqa: ANN401 - the SDK has no types
        """Return the body of another operation of the SDK's client."""
        return self._call(action, method, request)

    def _call(self, action: str, method: Callable[..., Any], request: Any) -> Any:  # noqa: ANN401 - the SDK has no types
        for attempt in range(1, _TRIES + 1):
            try:
                with translate_errors(action, API):
                    body = method(self._client, request, self._runtime).body
                _check_success(action, body)
            except IngestError as error:
                if error.reason.fault_class is not FaultClass.THROTTLED or attempt == _TRIES:
                    raise
                time.sleep(_SLOT_SECONDS)
                continue
            return body
        raise AssertionError


def open_instance(deployment: Deployment) -> InstanceClient:
    """Return the deployment's instance. Raise ``InputError`` if the settings name none, and ``IngestError``."""
    settings = deployment.settings
    if settings is None:
        raise InputError(f"no Image Search instance is known: {deployment.fault} Set INGEST_* or name a --stack.")
    return InstanceClient(settings, _credentials(settings, deployment))


def _credentials(settings: Settings, deployment: Deployment) -> CredentialSource:
    if settings.credentials_secret is None:
        return EnvironmentCredentials(deployment.environ)
    client = aws_client("secretsmanager", deployment.environ)
    return SecretsManagerCredentials(client, settings.credentials_secret, SystemClock())


def _check_success(action: str, body: Any) -> None:  # noqa: ANN401 - the SDK has no types
    """Raise ``IngestError`` for a response with status 200 that reports a failure or has no body.

    Not every operation answers with Success and Code.
    """
    if body is None:
        raise UNREADABLE_RESPONSE.error(action)
    if getattr(body, "success", True) is False:
        code, text = str(getattr(body, "code", None)), getattr(body, "msg", None) or getattr(body, "message", None)
        raise error_for_code(code, f"{action} failed: Success=false, {text}", body.request_id)


def _read_entry(found: Any, product_id: str = "", pic_name: str = "") -> Entry:  # noqa: ANN401 - the SDK has no types
    """Return the entry of an answer. Real answers may show attributes that were not given as "" and 0."""
    fields = {name: value for name, value in (found.to_map() if found else {}).items() if value not in (None, "")}
    score, category = fields.pop("Score", None), fields.pop("CategoryId", None)
    ids = fields.pop("ProductId", product_id), fields.pop("PicName", pic_name)
    fields.pop("SortExprValues", None)
    return Entry(*ids, category, fields, None if score is None else float(score))
