"""Do with one object what the function would do, up to the request: read, collect, prepare. Nothing is sent."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from imagesearch_ingest.adapters.image_search.sdk import models
from imagesearch_ingest.adapters.subprocess.child_process import ChildProcess
from imagesearch_ingest.attributes import Attributes, collect
from imagesearch_ingest.image_search import AddImageRequest, build_add_request
from imagesearch_ingest.images.sniff import sniff
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import ImageIdentity, PreparedImage
from imagesearch_ingest.model.objects import ObjectRef, ObjectState, SourceImage
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.reconcile.ports import ObjectStore
from imagesearch_ingest.settings import Settings
from imagesearch_ops.queues.port import retry

_MEGABYTE = 1_000_000
_PREPARE_SECONDS = 60.0


@dataclass(slots=True)
class Trial:
    """What came of it. ``fault`` is the first reason why the function would not add the picture.

    ``sniffed`` is the format that the bytes have, if they were read and are of a known one.
    """

    fault: IngestError | None = None
    attributes: Attributes | None = None
    bytes_in: int | None = None
    sniffed: str | None = None
    prepared: PreparedImage | None = None
    request: AddImageRequest | None = None
    read_ms: int | None = None
    prepare_ms: int | None = None

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Keep the first fault of the block's, and go on."""
        try:
            yield
        except IngestError as error:
            self.fault = self.fault or error.without_frames()


def try_object(
    store: ObjectStore, ref: ObjectRef, state: ObjectState, identity: ImageIdentity, settings: Settings
) -> Trial:
    """Return what the function would make of the object. Steps and their order are the reconciler's."""
    trial = Trial()
    source = _read(trial, store, ref, settings)
    if source is not None and source.link_target is not None:
        _check_link(trial, source.link_target, settings)
    metadata = (source.state if source else state).metadata
    with trial.noting():
        defaults, policy = settings.default_attributes(), settings.attribute_policy()
        trial.attributes = collect(metadata, identity.groups, defaults, policy)
    if source is not None:
        _prepare(trial, source.data, settings)
    if trial.prepared and trial.attributes is not None:
        with trial.noting():
            trial.request = build_add_request(settings.instance_name, identity, trial.prepared, trial.attributes)
    return trial


def name_parameters(request: AddImageRequest) -> dict[str, Any]:
    """Return the parameters of AddImage by the API's names, without the picture."""
    fields = request.model_dump(exclude={"pic_content"}, exclude_none=True)
    parameters: dict[str, Any] = models.AddImageRequest(**fields).to_map()
    return parameters


def name_parameter(attribute: str) -> str:
    """Return the API's name of an attribute, such as ``IntAttr2`` for ``int_attr_2``."""
    return "".join(word.capitalize() for word in attribute.split("_"))


def name_attributes(attributes: Attributes) -> Mapping[str, Any]:
    """Return the attributes that have a value by the API's names."""
    return {name_parameter(name): value for name, value in attributes.given().items()}


def _read(trial: Trial, store: ObjectStore, ref: ObjectRef, settings: Settings) -> SourceImage | None:
    began = time.monotonic()
    with trial.noting():
        source = retry(lambda: store.fetch(ref, round(settings.max_source_megabytes * _MEGABYTE)))
        if source is None:
            raise IngestError(Reason.OBJECT_CHANGING, "the object was removed while it was read. Try again")
        trial.read_ms, trial.bytes_in = _milliseconds_since(began), len(source.data)
        return source
    return None


def _check_link(trial: Trial, target: str, settings: Settings) -> None:
    with trial.noting():
        if why := settings.identity_rule().why_excluded(target):
            raise IngestError(Reason.EXCLUDED, f"it links to {target!r}: {why}")


def _prepare(trial: Trial, data: bytes, settings: Settings) -> None:
    """Prepare the picture in a child process, which it may crash."""
    began = time.monotonic()
    with trial.noting(), ChildProcess() as preparer:
        try:
            trial.prepared = preparer.prepare(data, settings.image_policy(), _PREPARE_SECONDS)
            trial.sniffed = trial.prepared.source_format
        except IngestError:
            trial.sniffed = _sniff(data)
            raise
        finally:
            trial.prepare_ms = _milliseconds_since(began)


def _sniff(data: bytes) -> str | None:
    try:
        return sniff(data).name
    except IngestError:
        return None


def _milliseconds_since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
