"""A bucket, versioned or not, that remembers all that ever was in it, and tells of each change.

As on S3 and OSS, the time of the last modification is in whole seconds, a copy onto itself that changes the metadata
alone keeps the ETag, and in a versioned bucket a removal puts a marker in front of what stays.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from imagesearch_ingest.model.objects import ObjectState, SourceImage
from tests.chaos.payloads import Content
from tests.chaos.timeline import Timeline


class Act(StrEnum):
    """What people do to a key."""

    PUT = "put"
    COPY = "copy"  # onto itself, with other metadata
    REMOVE = "remove"
    RESTORE = "restore"  # of a versioned bucket: the marker, or the current version, is removed for good
    EXPIRE = "expire"  # of a versioned bucket: a rule removes what is not current


@dataclass(frozen=True, slots=True)
class Version:
    """``number`` is the upload's, which its metadata bear into the index; none for a marker."""

    number: int | None
    state: ObjectState | None
    source: SourceImage | None = None
    content: Content | None = None
    version_id: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """``after`` is what the key then holds. ``version_id`` is what the event says."""

    serial: int
    key: str
    act: Act
    at: float
    after: Version | None
    version_id: str | None = None


@dataclass(slots=True)
class Bucket:
    name: str
    timeline: Timeline
    announce: Callable[[Change], None]
    versioned: bool = False
    upper_case_etags: bool = False
    history: dict[str, list[Change]] = field(default_factory=dict)
    _versions: dict[str, list[Version]] = field(default_factory=dict)
    _numbers: int = 0
    _serials: int = 0

    def current(self, key: str) -> Version | None:
        stack = self._versions.get(key)
        return stack[-1] if stack and stack[-1].number else None

    def put(self, key: str, content: Content, act: Act = Act.PUT) -> None:
        self._numbers += 1
        number, stack = self._numbers, self._versions.setdefault(key, [])
        etag = content.etag.upper() if self.upper_case_etags else content.etag
        modified = (self.timeline.date() - timedelta(microseconds=self.timeline.date().microsecond)).isoformat()
        version_id = f"v{number}" if self.versioned else None
        metadata = {"imagesearch-int-attr": str(number)} | dict(content.metadata)
        state = ObjectState(etag, version_id, modified, len(content.data), metadata)
        source = SourceImage(content.data, state)
        if not self.versioned:
            stack.clear()
        stack.append(Version(number, state, source, content, version_id))
        self._tell(key, act, version_id)

    def act(self, key: str, act: Act, content: Content) -> None:
        """``content`` is what is put, if it comes to that. What makes no sense as things are becomes an upload."""
        current, stack = self.current(key), self._versions.get(key, [])
        if act is Act.COPY and current and current.content:
            self.put(key, current.content, Act.COPY)
        elif act is Act.REMOVE and current:
            self._remove(key, stack)
        elif act is Act.RESTORE and self.versioned and len(stack) > 1:
            self._tell(key, act, stack.pop().version_id)
        elif act is Act.EXPIRE and self.versioned and len(stack) > 1:
            self._tell(key, act, stack.pop(0).version_id)
        else:
            self.put(key, content)

    def _remove(self, key: str, stack: list[Version]) -> None:
        if not self.versioned:
            stack.clear()
            return self._tell(key, Act.REMOVE, None)
        marker = Version(None, None, version_id=f"m{self._serials}")
        stack.append(marker)
        return self._tell(key, Act.REMOVE, marker.version_id)

    def _tell(self, key: str, act: Act, version_id: str | None) -> None:
        self._serials += 1
        change = Change(self._serials, key, act, self.timeline.now, self.current(key), version_id)
        self.history.setdefault(key, []).append(change)
        self.announce(change)

    def first_serial(self, key: str, change: Change) -> int:
        """Of the change that first made the same upload the current one; a removal's is its own."""
        number = change.after.number if change.after else None
        same = (one.serial for one in self.history[key] if number and one.after and one.after.number == number)
        return next(same, change.serial)

    def uploads(self, key: str) -> Mapping[int, Version]:
        """All that the key ever held, by number."""
        held = (change.after for change in self.history.get(key, ()))
        return {version.number: version for version in held if version and version.number}
