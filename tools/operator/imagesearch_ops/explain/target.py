"""Find out which object a person asks about: from a URL, from an event, or from both."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from imagesearch_ingest.events import EventRecord, Note
from imagesearch_ingest.model.objects import ObjectChange, ObjectRef
from imagesearch_ops.bucket_urls import BucketUrl
from imagesearch_ops.errors import InputError
from imagesearch_ops.event_files import parse_event, read_event
from imagesearch_ops.terminal_text import printable

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Target:
    """The object, and what an event says about it: changes, or a note if the event alone decides."""

    ref: ObjectRef
    changes: tuple[ObjectChange, ...] = ()
    note: Note | None = None


def read_target(url: str | None, event: Path | None) -> Target:
    """Return the object. Raise ``InputError`` if there is none, or if it is not clear which of several is meant."""
    ref = _read_url(url) if url is not None else None
    if event is not None:
        return _read_event(event, ref)
    if ref is None:
        raise InputError("name an object: pass its URL, such as s3://bucket/key, or an event with --event FILE")
    return Target(ref)


def url_of(ref: ObjectRef) -> str:
    """Return the URL of an object. Its key is plain text."""
    return str(BucketUrl(ref.cloud, ref.bucket, ref.key))


def _read_url(url: str) -> ObjectRef:
    try:
        url.encode()
    except UnicodeEncodeError:
        raise InputError(f"{printable(url)}: the key is not UTF-8, and no bucket can hold such a key") from None
    return BucketUrl.parse(url).ref


def _read_event(path: Path, ref: ObjectRef | None) -> Target:
    _, records = parse_event(path, read_event(path))
    changes = [change for record in records for change in record.changes]
    notes = [note for record in records for note in record.notes]
    about = {change.ref: None for change in (*changes, *(note.change for note in notes)) if change}
    chosen = _choose(path, list(about), changes, ref) if about else _without_object(path, records, notes)
    return Target(
        chosen if ref is None else ref,
        tuple(change for change in changes if change.ref == chosen),
        next((note for note in notes if note.change and note.change.ref == chosen), None),
    )


def _choose(
    path: Path, about: Sequence[ObjectRef], changes: Sequence[ObjectChange], ref: ObjectRef | None
) -> ObjectRef:
    """Return the object of the event that is meant. The URL may name it by the other reading of its key."""
    if ref is None and len(about) == 1:
        return about[0]
    others = [
        change.ref for change in changes if ref and (change.ref.bucket, change.other_key) == (ref.bucket, ref.key)
    ]
    found = next((one for one in (*about, *others) if one == ref or one in others), None)
    if found is None:
        names = ", ".join(printable(url_of(one)) for one in about[:_MOST_NAMED])
        more = f" and {len(about) - _MOST_NAMED} more" if len(about) > _MOST_NAMED else ""
        what = "names several objects. Add the URL of one" if ref is None else "does not name this object, only"
        raise InputError(f"{path}: the event {what}: {names}{more}")
    return found


def _without_object(path: Path, records: Sequence[EventRecord], notes: Sequence[Note]) -> ObjectRef:
    why = "; ".join(f"{note.reason.code}: {note.detail}" for note in notes[:_MOST_NAMED])
    raise InputError(f"{path}: the event names no object. {printable(why) or f'It has {len(records)} records.'}")
