"""A bucket, versioned or not, that keeps its history and announces each change.

As on S3 and OSS, the time of modification is in whole seconds. A copy onto itself that changes only the metadata keeps
the ETag. In a versioned bucket, removing an object adds a delete marker.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from imagesearch_ingest.model.objects import ObjectState, SourceImage
from tests.chaos.payloads import Payload
from tests.chaos.timeline import Timeline
from tests.support.fakes import FakeObjectStore


class Action(StrEnum):
    """An uploader's action on a key. The last two change nothing unless the bucket is versioned."""

    PUT = "put"
    COPY = "copy"  # onto itself, with other metadata
    REMOVE = "remove"
    RESTORE = "restore"  # delete the marker or the current version for good
    EXPIRE = "expire"  # delete the oldest version, as a lifecycle rule does


@dataclass(frozen=True, slots=True)
class Version:
    """A version of an object. ``number`` is also in its metadata, and so in the index; ``None`` for a delete marker."""

    number: int | None
    source: SourceImage | None = None
    payload: Payload | None = None
    version_id: str | None = None

    @property
    def state(self) -> ObjectState | None:
        return self.source.state if self.source else None


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a key. ``after`` is the version that is current then. ``version_id`` is the event's."""

    serial: int
    key: str
    action: Action
    at: float
    after: Version | None
    version_id: str | None = None


@dataclass(slots=True)
class Bucket:
    """The versions behind ``store``, which holds only the current ones."""

    name: str
    timeline: Timeline
    announce: Callable[[Change], None]
    versioned: bool = False
    upper_case_etags: bool = False
    store: FakeObjectStore = field(default_factory=FakeObjectStore)
    history: dict[str, list[Change]] = field(default_factory=dict)
    _versions: dict[str, list[Version]] = field(default_factory=dict)
    _numbers: int = 0
    _serials: int = 0

    def __post_init__(self) -> None:
        self.store.buckets[self.name] = {}

    def current(self, key: str) -> Version | None:
        stack = self._versions.get(key)
        return stack[-1] if stack and stack[-1].number else None

    def put(self, key: str, payload: Payload, action: Action = Action.PUT) -> None:
        self._numbers += 1
        number, stack = self._numbers, self._versions.setdefault(key, [])
        version_id = f"v{number}" if self.versioned else None
        source = SourceImage(payload.data, self._state(number, payload, version_id))
        if not self.versioned:
            stack.clear()
        stack.append(Version(number, source, payload, version_id))
        self._changed(key, action, version_id)

    def apply(self, key: str, action: Action, payload: Payload) -> None:
        """Carry out an action. One that is impossible now becomes an upload of ``payload``."""
        current, stack = self.current(key), self._versions.get(key, [])
        if action is Action.COPY and current and current.payload:
            self.put(key, current.payload, Action.COPY)
        elif action is Action.REMOVE and current:
            self._remove(key, stack)
        elif action is Action.RESTORE and self.versioned and len(stack) > 1:
            self._changed(key, action, stack.pop().version_id)
        elif action is Action.EXPIRE and self.versioned and len(stack) > 1:
            self._changed(key, action, stack.pop(0).version_id)
        else:
            self.put(key, payload)

    def first_serial(self, key: str, change: Change) -> int:
        """Return the serial of the change that first made the same upload current; a removal's own serial."""
        number = change.after.number if change.after else None
        same = (one.serial for one in self.history[key] if number and one.after and one.after.number == number)
        return next(same, change.serial)

    def uploads(self, key: str) -> Mapping[int, Version]:
        """Return every version that the key ever had, by number."""
        held = (change.after for change in self.history.get(key, ()))
        return {version.number: version for version in held if version and version.number}

    def _state(self, number: int, payload: Payload, version_id: str | None) -> ObjectState:
        etag = payload.etag.upper() if self.upper_case_etags else payload.etag
        modified = (self.timeline.date() - timedelta(microseconds=self.timeline.date().microsecond)).isoformat()
        metadata = {"imagesearch-int-attr": str(number)} | dict(payload.metadata)
        return ObjectState(etag, version_id, modified, len(payload.data), metadata)

    def _remove(self, key: str, stack: list[Version]) -> None:
        if not self.versioned:
            stack.clear()
            return self._changed(key, Action.REMOVE, None)
        marker = Version(None, version_id=f"m{self._serials}")
        stack.append(marker)
        return self._changed(key, Action.REMOVE, marker.version_id)

    def _changed(self, key: str, action: Action, version_id: str | None) -> None:
        """Update the store and the history, and announce the change."""
        self._serials += 1
        current, objects = self.current(key), self.store.buckets[self.name]
        if current and current.source:
            objects[key] = current.source
        else:
            objects.pop(key, None)
        change = Change(self._serials, key, action, self.timeline.now, current, version_id)
        self.history.setdefault(key, []).append(change)
        self.announce(change)
