"""Read a dead letter as an announcement of its own object.

Anybody may put a letter back into the ingest queue, with any tool and any number of times (ADR 23). The object is the
one that the letter names. If it names none, or its key was redacted, the original event in the letter is read instead.

Anybody who may write to the queue can write such a letter, so every field is validated.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeGuard
from urllib.parse import unquote_plus

from imagesearch_ingest.events import announcement
from imagesearch_ingest.events.announcement import LONGEST_ID, LONGEST_RUN, MAX_REPLAYS
from imagesearch_ingest.events.records import Note, Replayed
from imagesearch_ingest.events.validate import UnreadableError, decode_change, note_malformed
from imagesearch_ingest.model.objects import ChangeKind, ObjectChange, ObjectRef
from imagesearch_ingest.redaction.redactor import HIDDEN, HIDDEN_QUERY

_WHY = "replay"
_LONGEST_CLOUD = 64
_REDACTED = "the dead letter's event holds a redacted key. Announce the object by hand, under its real key"


@dataclass(frozen=True, slots=True)
class Letter:
    """What a dead letter says. ``source`` is ``None`` if it names no object, or not under its real key."""

    source: Mapping[str, Any] | None
    original_event: str
    is_truncated: bool
    run: str | None
    replayed: Replayed

    def read_object(self, cloud: str) -> ObjectChange | Note | None:
        """Return the object that the letter names, or a note if it cannot be one of ``cloud``.

        Return ``None`` if the letter names no object.
        """
        source = self.source
        if source is None:
            return None
        if source.get("cloud") != cloud:
            named = str(source.get("cloud"))[:_LONGEST_CLOUD]
            return note_malformed(f"the dead letter is about an object of {named!r}. Put it into a queue of that cloud")
        return decode_change("the dead letter's source", source, lambda read: _decode(read, cloud, self.run))

    def announce(self, item: ObjectChange | Note) -> ObjectChange | Note:
        """Return what the original event says as an announcement: the function looks at the object as it is now.

        A key that was redacted would be that of another object. No object would be found, and the record settled.
        """
        if isinstance(item, Note):
            return item
        if _is_redacted(item.ref.key) or _is_redacted(item.ref.bucket):
            return note_malformed(_REDACTED)
        return replace(
            item, kind=ChangeKind.ANNOUNCED, noncurrent=False, why=item.why or _WHY, run=item.run or self.run
        )


def is_letter(content: Mapping[str, Any]) -> bool:
    """Return whether the content claims to be a dead letter; ``open_letter`` validates it."""
    return {"schema_version", "record_id"} <= content.keys() and bool({"source", "original_event"} & content.keys())


def open_letter(content: Mapping[str, Any]) -> Letter:
    """Return what the letter says. Raise ``UnreadableError`` if this library cannot have written it."""
    record_id, code, run = (content.get(name) for name in ("record_id", "code", "run"))
    source, original_event = content.get("source"), content.get("original_event", "")
    if not (_is_name(record_id) and _is_name(code)):
        raise UnreadableError(f"record_id or code is not a text of 1 to {LONGEST_ID} characters")
    if not (run is None or (isinstance(run, str) and len(run) <= LONGEST_RUN)):
        raise UnreadableError(f"run is not a text of at most {LONGEST_RUN} characters")
    if not (source is None or isinstance(source, Mapping)):
        raise UnreadableError("source is not an object")
    if not isinstance(original_event, str):
        raise UnreadableError("original_event is not a text")
    of, count = _read_replay(content.get("replay"), record_id)
    return Letter(
        source=None if source is None or _hides_its_key(source) else source,
        original_event=original_event,
        is_truncated=content.get("original_event_truncated", False) is not False,
        run=run,
        replayed=Replayed(of, min(count + 1, MAX_REPLAYS), record_id, code),
    )


def _read_replay(replay: object, record_id: str) -> tuple[str, int]:
    """Return the first letter's record ID and the number of replays so far. The oldest letters do not have them."""
    if replay is None:
        return record_id, 0
    of, count = (replay.get("of"), replay.get("count")) if isinstance(replay, Mapping) else (None, None)
    if not _is_name(of) or type(count) is not int or not 0 <= count <= MAX_REPLAYS:
        raise UnreadableError(f"replay does not hold a record ID and a count from 0 to {MAX_REPLAYS}")
    return of, count


def _decode(source: Mapping[str, Any], cloud: str, run: str | None) -> ObjectChange:
    """Return the object with everything that the letter says about it, so that the next letter says the same."""
    return ObjectChange(
        ref=ObjectRef(cloud, source["bucket"], source["key"]),
        kind=ChangeKind.ANNOUNCED,
        event_name=source.get("event_name") or "",
        raw_key=source.get("raw_key") or source["key"],
        other_key=find_other_key(source),
        envelope=source.get("envelope"),
        event_time=source.get("event_time"),
        version_id=source.get("version_id"),
        etag=source.get("etag"),
        size=source.get("size"),
        sequencer=source.get("sequencer"),
        why=_WHY,
        run=run,
    )


def find_other_key(source: Mapping[str, Any]) -> str | None:
    """Return the key in its other reading, as the event had it, or ``None`` if its envelope knows only one.

    The letter holds the reading that was tried first. Its object may exist under the other one only.
    """
    key, raw_key, envelope = source["key"], source.get("raw_key"), source.get("envelope")
    if raw_key is None or envelope in (None, announcement.ENVELOPE):
        return None
    return str(raw_key) if raw_key != key else unquote_plus(key)


def _hides_its_key(source: Mapping[str, Any]) -> bool:
    return source.get("key_redacted", False) is not False or _is_redacted(source.get("bucket"))


def _is_redacted(name: object) -> bool:
    return isinstance(name, str) and (HIDDEN in name or HIDDEN_QUERY in name)


def _is_name(name: object) -> TypeGuard[str]:
    return isinstance(name, str) and 0 < len(name) <= LONGEST_ID
