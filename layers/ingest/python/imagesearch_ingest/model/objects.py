"""What is in the bucket, as values: a reference to an object, what was said to have happened to it, its bytes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class ChangeKind(StrEnum):
    """What an event says of its object. Only a reason to look (design, section 1): the bucket decides what is done."""

    CREATED = "created"
    REMOVED = "removed"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """Names one object. ``key`` is decoded, exactly as the bucket knows it."""

    cloud: str  # "aws" or "alibaba"
    bucket: str
    key: str


@dataclass(frozen=True, slots=True)
class ObjectChange:
    """One record of one event, decoded. What it says beyond ``ref`` and ``kind`` is a hint, or for dead letters only.

    ``other_key`` is the key in its other reading, decoded or as it stood; ``noncurrent`` says that what was removed was
    surely not the current version.
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


@dataclass(frozen=True, slots=True)
class ObjectState:
    """Tells one content of a key from another, and what the user says of it.

    All of it is compared: a copy that changes only metadata keeps the ETag, and two uploads of the same bytes in one
    second differ in their metadata alone (ADR 18).
    """

    etag: str
    version_id: str | None
    last_modified: str
    size: int
    metadata: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class SourceImage:
    """An object as it was when it was read: its bytes, and which content that was.

    ``link_target`` is the key of the object whose bytes they are, where the one that was asked for is a link to it.
    """

    data: bytes = field(repr=False)
    state: ObjectState
    link_target: str | None = None
