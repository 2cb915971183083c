"""Write the result of a search as one static page: the picture, and what was found."""

import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from imagesearch_ingest.bootstrap.common import MEGABYTE
from imagesearch_ingest.model.errors import IngestError, SettingsError
from imagesearch_ingest.model.images import PreparedImage
from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ingest.reconcile.ports import ObjectStore
from imagesearch_ops.deployment import Deployment, is_alibaba
from imagesearch_ops.index.answers import Entry
from imagesearch_ops.output import describe_steps
from imagesearch_ops.pages import render
from imagesearch_ops.previews import Budget, Preview, Previewer
from imagesearch_ops.run_folder import write_whole
from imagesearch_ops.stores import open_store

_SIDE = 400  # pixels, of a preview
_MOST_BYTES = 5_000_000  # of all previews; a third more as text
_MOST_FAULTS, _MOST_SECONDS = 3, 60.0  # in a row, and for all pictures: then the rest are not read


class _Hit(Protocol):
    @property
    def rank(self) -> int: ...
    @property
    def entry(self) -> Entry: ...
    @property
    def key(self) -> str | None: ...
    @property
    def score(self) -> float: ...


@dataclass(slots=True)
class _Pictures:
    """The pictures of hits, as far as the deployment's bucket shows them."""

    store: ObjectStore | None
    cloud: str
    bucket: str
    max_bytes: int
    previewer: Previewer
    budget: Budget
    end: float
    faults: int = 0

    def draw(self, key: str | None) -> Preview | None:
        """Return the preview of an object. Quiet about its faults: a page without a picture is still a page."""
        is_over = self.faults >= _MOST_FAULTS or self.budget.is_used_up or time.monotonic() > self.end
        if self.store is None or not key or is_over:
            return None
        try:
            found = self.store.fetch(ObjectRef(self.cloud, self.bucket, key), self.max_bytes)
        except IngestError as error:
            self.faults += _MOST_FAULTS if error.is_systemic else 1
            return None
        self.faults = 0
        preview = self.previewer.draw(found.data) if found else None
        self.budget.take(len(preview.data) if preview else 0)
        return preview


def write_page(path: Path, source: str, query: PreparedImage, hits: Sequence[_Hit], deployment: Deployment) -> None:
    """Write the page as a whole. It holds no script, and asks for nothing."""
    with closing(Previewer(deployment.environ, _SIDE)) as previewer:
        pictures = _open_pictures(deployment, previewer)
        page = render(
            "search.html",
            source=source,
            deployment=deployment.describe(),
            made_at=datetime.now(UTC).isoformat(timespec="minutes"),
            query=previewer.draw(query.data),
            steps=describe_steps(query.steps),
            size=f"{query.format}, {query.width}x{query.height}",
            hits=[_describe(hit, pictures.draw(hit.key)) for hit in hits],
        )
    write_whole(path, page)


def _open_pictures(deployment: Deployment, previewer: Previewer) -> _Pictures:
    settings = deployment.settings
    bucket = settings.bucket if settings else None
    cloud = "alibaba" if is_alibaba(deployment) else "aws"
    store = None
    if bucket:
        try:
            store = open_store(cloud, deployment)
        except (SettingsError, IngestError):
            store = None
    max_bytes = round(settings.max_source_megabytes * MEGABYTE) if settings else 0
    end = time.monotonic() + _MOST_SECONDS
    return _Pictures(store, cloud, bucket or "", max_bytes, previewer, Budget(_MOST_BYTES), end)


def _describe(hit: _Hit, preview: Preview | None) -> Mapping[str, object]:
    return {
        "rank": hit.rank,
        "score": f"{hit.score:.2f}",
        "percent": round(100 * min(1.0, max(0.0, hit.score))),
        "product_id": hit.entry.product_id,
        "pic_name": hit.entry.pic_name,
        "key": hit.key if hit.key != hit.entry.pic_name else None,
        "category_id": hit.entry.category_id,
        "attributes": hit.entry.attributes,
        "preview": preview,
    }
