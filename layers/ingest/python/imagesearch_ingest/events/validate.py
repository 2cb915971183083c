"""What an event alone decides: which changes are no picture's business, and which events are none at all."""

from collections.abc import Callable, Mapping
from typing import Any

from imagesearch_ingest.events.records import Note
from imagesearch_ingest.model.objects import ChangeKind, ObjectChange
from imagesearch_ingest.model.reasons import Reason

LONGEST_BYTES = 1024  # S3 user guide, Versioning: version ids
# S3 user guide, Naming objects; OSS user guide, Object naming conventions.
_LONGEST_KEY_BYTES = {"aws": 1024, "alibaba": 1023}


class UnreadableError(ValueError):
    """Says in one sentence what of an event is not as documented."""


def decide(
    what: str,
    record: Any,  # noqa: ANN401 - whatever the JSON holds
    decode: Callable[[Mapping[str, Any]], ObjectChange],
) -> ObjectChange | Note:
    """The change, or why there is none. ``what`` names the record for people."""
    try:
        return _judge(decode(record))
    except UnreadableError as error:
        return Note(Reason.EVENT_MALFORMED, f"{what}: {error}")
    except KeyError as error:
        return Note(Reason.EVENT_MALFORMED, f"{what} has no {error}")
    except (TypeError, AttributeError, ValueError):
        return Note(Reason.EVENT_MALFORMED, f"{what} is not shaped as documented")


def _judge(change: ObjectChange) -> ObjectChange | Note:
    _check(change)
    if change.kind is ChangeKind.OTHER:
        return Note(Reason.OTHER_EVENT, f"{change.event_name} changes no picture", change)
    if change.ref.key.endswith("/") and change.kind is ChangeKind.CREATED and change.size == 0:
        return Note(Reason.FOLDER_MARKER, "the key ends in '/' and the object is empty", change)
    return change


def _check(change: ObjectChange) -> None:
    """JSON holds anything anywhere; what comes after relies on the types."""
    if not all(isinstance(name, str) and name for name in (change.ref.bucket, change.ref.key)):
        raise UnreadableError("its bucket or its key is empty")
    # Half of a surrogate pair is valid JSON, and no key: encoding it raises.
    longest = _LONGEST_KEY_BYTES[change.ref.cloud]
    if len(change.ref.key.encode()) > longest or len(change.ref.bucket) > longest:
        raise UnreadableError(f"its bucket or its key is longer than {longest} bytes")
    texts = (change.event_name, change.event_time, change.version_id, change.etag, change.sequencer)
    if not all(text is None or (isinstance(text, str) and len(text) <= LONGEST_BYTES) for text in texts):
        raise UnreadableError("its name, time, version, ETag or sequencer is no text, or no short one")
    if not (change.size is None or isinstance(change.size, int)):
        raise UnreadableError("its size is no number")
