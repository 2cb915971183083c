"""A bucket's objects as values: a reference, what an event said about it, and its content."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class ChangeKind(StrEnum):
    """Name what happened according to an event.

    It is only a reason to look: the bucket decides (docs/design.md, section 1).
    """

    CREATED = "created"
    REMOVED = "removed"
    ANNOUNCED = "announced"  # nothing is said to have happened: a person or a tool asks to look at the object
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """Name one object. ``key`` is decoded: exactly as the bucket knows it."""

    cloud: str  # "aws" or "alibaba"
    bucket: str
    key: str


@dataclass(frozen=True, slots=True)
class ObjectChange:
    """One decoded change from an event. All fields beyond ``ref`` and ``kind`` are hints, or for dead letters only.

    ``raw_key`` is the key as the event wrote it. ``other_key`` is the key in its other reading: decoded once more, or
    not decoded. ``noncurrent`` is true if the removed version was certainly not the current one. ``size`` is in bytes.
    ``why`` and ``run`` say who announced the object, and in which run of a tool.
    """

    ref: ObjectRef
    kind: ChangeKind
    event_name: str
    raw_key: str
    other_key: str | None = None
    noncurrent: bool = False
    envelope: str | None = None
    event_time: str | None = None
    version_id: str | None = None
    etag: str | None = None
    size: int | None = None
    sequencer: str | None = None
    why: str | None = None
    run: str | None = None


@dataclass(frozen=True, slots=True)
class ObjectState:
    """Identify one content of a key, with its user metadata. ``size`` is in bytes.

    All fields are compared. A copy that changes only metadata keeps the ETag, and two uploads of the same bytes within
    one second differ in their metadata alone (ADR 18).
    """

    etag: str
    version_id: str | None
    last_modified: str
    size: int
    metadata: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class SourceImage:
    """An object as it was read: its bytes, and the state that identifies them.

    If the object is a link, ``link_target`` is the key of the object that holds the bytes.
    """

    data: bytes = field(repr=False)
    state: ObjectState
    link_target: str | None = None
