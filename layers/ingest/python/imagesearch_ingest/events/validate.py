"""Validate decoded events, and decide which of them concern a picture."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from imagesearch_ingest.events.records import Note
from imagesearch_ingest.model.objects import ChangeKind, ObjectChange
from imagesearch_ingest.model.reasons import Reason

LONGEST_BYTES = 1024  # S3 user guide, Versioning: version IDs
# Records of one message. S3 and OSS send one or a few; without a limit, a message of 40 KB could hold 14,000.
MAX_RECORDS = 1000
MAX_SIZE = 2**50  # bytes; S3 and OSS store at most 48.8 TiB in an object
# S3 user guide, Naming objects; OSS user guide, Object naming conventions.
_LONGEST_KEY_BYTES = {"aws": 1024, "alibaba": 1023}
_ENCODED = 3  # characters for each byte of a URL-encoded key


class UnreadableError(ValueError):
    """An event that differs from its documentation. The message says where, in one sentence."""


def read_each(
    label: str, records: Sequence[Any], read: Callable[[Any], ObjectChange | Note]
) -> Iterator[ObjectChange | Note]:
    """Yield what ``read`` makes of each record of a message, or one note if there are more than ``MAX_RECORDS``."""
    if len(records) > MAX_RECORDS:
        detail = f"{label} has {len(records)} records, and {MAX_RECORDS} is the limit. Send them in several messages"
        yield note_malformed(detail)
    else:
        yield from map(read, records)


def note_malformed(detail: str) -> Note:
    """Return a note that rejects an event."""
    return Note(Reason.EVENT_MALFORMED, detail)


def decode_change(
    label: str,
    record: Any,  # noqa: ANN401 - whatever the JSON holds
    decode: Callable[[Mapping[str, Any]], ObjectChange],
) -> ObjectChange | Note:
    """Return the change that ``decode`` reads from a record, or a note if there is none. Messages use ``label``."""
    try:
        return _note_irrelevant(decode(record))
    except UnreadableError as error:
        return note_malformed(f"{label}: {error}")
    except KeyError as error:
        return note_malformed(f"{label} has no field {error}")
    except (TypeError, AttributeError, ValueError):
        return note_malformed(f"{label} has fields of unexpected types")


def _note_irrelevant(change: ObjectChange) -> ObjectChange | Note:
    _check(change)
    if change.size is not None and not _is_size(change.size):
        change = replace(change, size=None)
    if change.kind is ChangeKind.OTHER:
        return Note(Reason.OTHER_EVENT, f"{change.event_name} does not change a picture", change)
    if change.ref.key.endswith("/") and change.kind is ChangeKind.CREATED and change.size == 0:
        return Note(Reason.FOLDER_MARKER, "the key ends in '/' and the object is empty", change)
    return change


def _is_size(size: int) -> bool:
    """Return whether an object can have this size. Any other would defeat the limit on the memory of a batch."""
    return type(size) is int and 0 <= size <= MAX_SIZE


def _check(change: ObjectChange) -> None:
    """Raise ``UnreadableError`` for a value of the wrong type or length; the rest of the program relies on them."""
    if not all(isinstance(name, str) and name for name in (change.ref.bucket, change.ref.key)):
        raise UnreadableError("bucket or key is missing or empty")
    # Half of a surrogate pair is valid JSON, but not a valid key: encoding it raises.
    longest = _LONGEST_KEY_BYTES[change.ref.cloud]
    if len(change.ref.key.encode()) > longest or len(change.ref.bucket) > longest:
        raise UnreadableError(f"bucket or key is longer than {longest} bytes")
    texts = (change.event_name, change.event_time, change.version_id, change.etag, change.sequencer, change.envelope)
    if not all(text is None or (isinstance(text, str) and len(text) <= LONGEST_BYTES) for text in texts):
        raise UnreadableError("event name, time, version, ETag, sequencer or envelope is not a text, or is too long")
    if not isinstance(change.raw_key, str) or len(change.raw_key) > _ENCODED * longest:
        raise UnreadableError(f"the encoded key is not a text, or is longer than {_ENCODED * longest} characters")
    if not (change.size is None or isinstance(change.size, int)):
        raise UnreadableError("size is not a number")
