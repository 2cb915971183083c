"""Find the object of a key: as it is written or, if there is none, under another reading of the key."""

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import quote, unquote, unquote_plus

from imagesearch_ingest.events import encode_event_key
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ObjectRef, ObjectState
from imagesearch_ingest.model.reasons import FaultClass, Reason
from imagesearch_ingest.reconcile.ports import ObjectStore
from imagesearch_ops.explain.target import Target
from imagesearch_ops.queues.port import retry

_READINGS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("URL-decoded, with + for a blank", lambda key: unquote_plus(key, errors="strict")),
    ("URL-decoded, with + as it is", lambda key: unquote(key, errors="strict")),
    ("URL-encoded, as in events of S3", encode_event_key),
    ("URL-encoded", lambda key: quote(key, safe="/")),
    ("without the blanks at its ends", str.strip),
    ("without the slash at its beginning", lambda key: key.lstrip("/")),
    ("in the Unicode form NFC", lambda key: unicodedata.normalize("NFC", key)),
    ("in the Unicode form NFD", lambda key: unicodedata.normalize("NFD", key)),
)


class Found(NamedTuple):
    """An object as the bucket has it now; ``state`` is ``None`` if it is gone.

    ``reading`` says how the key was read. It is empty for the key as it is written.
    """

    ref: ObjectRef
    state: ObjectState | None
    reading: str = ""


def find_object(store: ObjectStore, target: Target) -> Found:
    """Return the object of the key or, if there is none, the first that another reading of the key names.

    Raise ``IngestError`` if the bucket does not say whether the object exists.
    """
    state = _head(store, target.ref)
    if state is None:
        for reading, key in list_readings(target):
            other = replace(target.ref, key=key)
            if found := _head_elsewhere(store, other):
                return Found(other, found, reading)
    return Found(target.ref, state)


def list_readings(target: Target) -> Iterator[tuple[str, str]]:
    """Yield every other reading of the key once, with its name. Those that an event means come first."""
    known = {target.ref.key, ""}
    for name, key in (*_readings_of_events(target), *_readings_of_text(target.ref.key)):
        if key not in known:
            known.add(key)
            yield name, key


def _readings_of_events(target: Target) -> Iterator[tuple[str, str]]:
    for change in target.changes:
        for key in filter(None, (change.ref.key, change.other_key)):
            yield "as the event may mean it", key


def _readings_of_text(key: str) -> Iterator[tuple[str, str]]:
    for name, read in _READINGS:
        try:
            yield name, read(key)
        except UnicodeDecodeError:
            continue


def _head(store: ObjectStore, ref: ObjectRef) -> ObjectState | None:
    try:
        return retry(lambda: store.head(ref))
    except IngestError as error:
        if error.reason is Reason.EVENT_MALFORMED:  # the name is one that no bucket can hold
            return None
        raise


def _head_elsewhere(store: ObjectStore, ref: ObjectRef) -> ObjectState | None:
    """Return ``None`` also for a key that must not be read: nobody has asked for it."""
    try:
        return retry(lambda: store.head(ref))
    except IngestError as error:
        if error.reason in (Reason.BUCKET_FORBIDDEN, Reason.ACCESS_DENIED):
            return None
        if error.reason.fault_class is FaultClass.PERMANENT:
            return None
        raise
