"""Keep what is known about one object: what the bucket, the settings, the index and the dead letters say."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from imagesearch_ingest.attributes import Attributes
from imagesearch_ingest.images.policy import Service
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import ImageIdentity
from imagesearch_ingest.model.objects import ObjectRef, ObjectState
from imagesearch_ingest.settings import Settings
from imagesearch_ops.dlq.letters import Kind as LetterKind
from imagesearch_ops.dlq.letters import Line, failed_at, source
from imagesearch_ops.etags import plain_etag
from imagesearch_ops.explain.dead_letters import Letters
from imagesearch_ops.explain.entries import Answers
from imagesearch_ops.explain.headers import Headers
from imagesearch_ops.explain.readings import Found
from imagesearch_ops.explain.target import Target
from imagesearch_ops.explain.trial import Trial, name_attributes
from imagesearch_ops.instance import Entry
from imagesearch_ops.times import read_time

YOUNG = timedelta(hours=1)
_LONGEST_VALUE = 64


@dataclass(slots=True)
class Facts:
    """Everything that was found out. ``None`` is unknown, or was not asked.

    ``refusal`` says why the key, the bucket or the event alone makes the function leave the object out.
    ``index_fault`` says why the index could not be asked, or not completely. ``why_not_asked`` says so in words.
    """

    target: Target
    settings: Settings
    now: datetime
    found: Found | None = None
    bucket_fault: IngestError | None = None
    headers: Headers = field(default_factory=Headers)
    refusal: IngestError | None = None
    identity: ImageIdentity | None = None
    trial: Trial | None = None
    answers: Answers | None = None
    index_fault: IngestError | None = None
    why_not_asked: str = ""
    letters: Letters = field(default_factory=Letters)

    @property
    def ref(self) -> ObjectRef:
        """Return the object that was found, or else the one that was asked for."""
        return self.found.ref if self.found else self.target.ref

    @property
    def state(self) -> ObjectState | None:
        return self.found.state if self.found else None

    @property
    def entry(self) -> Entry | None:
        return self.answers.entry if self.answers else None

    @property
    def is_young(self) -> bool:
        """Return whether the object may still be on its way into the index."""
        modified = read_time(self.state.last_modified) if self.state else None
        return modified is not None and self.now - modified < YOUNG

    @property
    def letter(self) -> Line | None:
        """Return the latest letter about the object's content as it is now."""
        return next((line for line in self.letters.lines if self.is_current(line)), None)

    def is_current(self, line: Line) -> bool:
        """Return whether a letter is about the content that the object has now. What the letter lacks is not compared.

        An object that was written after the letter is another content, even if its bytes are the same.
        """
        state, named = self.state, self._content_of(line)
        if state is None:
            return False
        if named.get("etag") and plain_etag(named["etag"]) != plain_etag(state.etag):
            return False
        if named.get("version_id") and state.version_id and named["version_id"] != state.version_id:
            return False
        failed, modified = read_time(failed_at(line)), read_time(state.last_modified)
        return failed is None or modified is None or failed >= modified.replace(microsecond=0)

    def _content_of(self, line: Line) -> Mapping[str, Any]:
        """Return what the line says about the object. Of an event about several objects it names only the first."""
        named = source(line)
        is_other = line["kind"] != LetterKind.LETTER and named.get("key") not in (self.ref.key, self.target.ref.key)
        return {} if is_other else named

    def list_differences(self) -> list[str]:
        """Return how the entry's attributes differ from those of the request, in words."""
        attributes = self.trial.attributes if self.trial else None
        if self.entry is None or attributes is None or not (self.answers and self.answers.has_attributes):
            return []
        wanted, held = _comparable(attributes, self.settings), dict(self.entry.attributes)
        held["CategoryId"] = self.entry.category_id
        names = sorted(name for name in wanted.keys() | held.keys() if name in _COMPARED)
        return list(_describe_differences(names, wanted, held, has_category="CategoryId" in wanted))


def now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC)


# Those that CheckImageExists returns. It returns neither Crop nor Region.
_COMPARED = {
    "CategoryId",
    "CustomContent",
    *(f"{kind}Attr{number}" for kind in ("Int", "Str") for number in ("", "2", "3", "4")),
}


def _comparable(attributes: Attributes, settings: Settings) -> dict[str, Any]:
    """Return the attributes of the request. Only product instances keep the category (AddImage, CategoryId)."""
    wanted = dict(name_attributes(attributes))
    if settings.service_type is not Service.PRODUCT:
        wanted.pop("CategoryId", None)
    return wanted


def _describe_differences(
    names: list[str], wanted: dict[str, Any], held: dict[str, Any], *, has_category: bool
) -> Iterator[str]:
    """Yield each difference. The service chooses a category that is not given, and may show "" or 0 for no value."""
    for name in names:
        if name == "CategoryId" and not has_category:
            continue
        is_number = name == "CategoryId"
        mine, theirs = wanted.get(name), held.get(name)
        if mine != theirs and (is_number or (mine or None) != (theirs or None)):
            yield f"{name} would be {_show(mine)}, and is {_show(theirs)}"


def _show(value: object) -> str:
    shown = "unset" if value is None else repr(value)
    return shown if len(shown) <= _LONGEST_VALUE else f"{shown[:_LONGEST_VALUE]}..."
