"""Read one message of a dead-letter queue as a line: what ``--json`` prints, and what an export holds.

The line of a dead letter is the letter as it is. Other messages get the same fields, with the message itself as
``original_event``. Each line also says where the message is and how long it stays.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from imagesearch_ingest.dead_letters import DeadLetter
from imagesearch_ingest.dead_letters.letter import SCHEMA_VERSION
from imagesearch_ingest.events import EventRecord, Replayed, parse_fc_event, parse_lambda_event, write_announcement
from imagesearch_ingest.events.alibaba import retry_message
from imagesearch_ingest.events.announcement import MAX_REPLAYS, is_announcement
from imagesearch_ingest.events.announcement import read as read_announcement
from imagesearch_ingest.events.letter_message import find_other_key
from imagesearch_ingest.events.validate import UnreadableError
from imagesearch_ingest.model.objects import ObjectChange, ObjectRef
from imagesearch_ingest.model.reasons import FaultClass, Reason
from imagesearch_ops.queues import Message

Line = dict[str, Any]

ABOUT_THE_MESSAGE = ("message_id", "queue", "sent_at", "expires_at", "kind", "copies")
RETRIES_EXHAUSTED = "retries_exhausted"
NOT_A_LETTER = "not_a_dead_letter"
_MAX_MESSAGE_CHARACTERS = 2_000
_NOT_LOOKED = {fault_class for fault_class in FaultClass if fault_class.comes_back}
_REASONS = {reason.code: reason for reason in Reason}
_HINTS = {
    RETRIES_EXHAUSTED: "The function never finished with it. Look at its errors, then replay it.",
    NOT_A_LETTER: "Find out what else writes to the queue.",
}
_MOVED_BY = {
    "aws": "The queue moved this message here without a reason.",
    "alibaba": "EventBridge moved this event here after its last retry: the queue or the function did not take it.",
}
_UNDELIVERED = "EventBridge could not deliver the event. Check the policy of the queue and of its KMS key, then replay."


class Kind(StrEnum):
    """What a message is. ``RAW_EVENT``: SQS or EventBridge moved it, so that it has no reason of ours."""

    LETTER = "letter"
    RAW_EVENT = "raw_event"
    RETRY_ENVELOPE = "retry_envelope"
    UNKNOWN = "unknown"


def read_message(message: Message, queue: str, cloud: str) -> Line:
    """Return the line of a message. ``queue`` is ``letters`` or ``rule``, and ``cloud`` is the queue's."""
    content = _load(message.body)
    line = _read_letter(content) if content is not None else None
    kind = Kind.LETTER
    if line is None:
        kind, line = _read_other(message, content, cloud)
    return {
        **line,
        "message_id": message.id,
        "queue": queue,
        "sent_at": _iso(message.sent_at),
        "expires_at": _iso(message.expires_at),
        "kind": str(kind),
        "copies": 1,
    }


def read_line(text: str) -> Line | None:
    """Return the line that an export holds, or ``None`` if it is none."""
    content = _load(text)
    if content is None:
        return None
    about = {name: content[name] for name in ABOUT_THE_MESSAGE if name in content}
    if content.get("kind", Kind.LETTER) in (Kind.RAW_EVENT, Kind.RETRY_ENVELOPE, Kind.UNKNOWN):
        return content if isinstance(content.get("original_event"), str) else None
    letter = _read_letter({name: value for name, value in content.items() if name not in about})
    copies = about.get("copies")
    return letter and {**letter, "kind": "letter", **about, "copies": copies if type(copies) is int else 1}


def identity(line: Line) -> str:
    """Return what makes lines the same record: the record ID or, without one, the message."""
    return str(line.get("record_id") or line.get("message_id") or line["original_event"])


def source(line: Line) -> Mapping[str, Any]:
    """Return the object that the line is about; empty if it names none."""
    return line.get("source") or {}


def key(line: Line) -> str:
    """Return the key of the line's object, or an empty text."""
    return str(source(line).get("key") or "")


def failed_at(line: Line) -> str:
    """Return when the record failed or, where that is not known, when its message was sent."""
    return str(line.get("failed_at") or line.get("sent_at") or "")


def name_record(line: Line) -> dict[str, Any]:
    """Return what names the record in a line about it: record ID and key and, without an ID, the message's."""
    named = {"record_id": line.get("record_id"), "key": key(line) or None}
    return named if line.get("record_id") else {**named, "message_id": line.get("message_id")}


def replays(line: Line) -> int:
    """Return how often the record was replayed."""
    return int((line.get("replay") or {}).get("count") or 0)


def hint(line: Line) -> str:
    """Return what a person can do."""
    if line.get("hint"):
        return str(line["hint"])
    return hint_of(str(line["code"])) or (_UNDELIVERED if line.get("queue") == "rule" else "")


def hint_of(code: str) -> str:
    """Return the hint of a reason, or an empty text for a code that is no reason of ours."""
    return _REASONS[code].hint if code in _REASONS else _HINTS.get(code, "")


def to_announce(line: Line) -> ObjectRef | None:
    """Return the object to announce, or ``None`` if the line does not surely hold its key."""
    named = source(line)
    if line["kind"] != Kind.LETTER or not named or named.get("key_redacted") or _may_mean_other_key(line):
        return None
    return ObjectRef(str(named["cloud"]), str(named["bucket"]), str(named["key"]))


def _may_mean_other_key(line: Line) -> bool:
    """Return whether nobody has looked yet which reading of the key is the object's. The letter holds both."""
    other = find_other_key(source(line))
    return line.get("class") in _NOT_LOOKED and other not in (None, key(line))


def message_for_queue(line: Line, body: str | None, run: str) -> str:
    """Return the message that makes the function look again.

    It is an announcement or, if the line does not surely hold the key, the message as it was, since a letter is itself
    an announcement of its object. ``body`` is that message; without it the line is used.
    """
    ref = to_announce(line)
    if ref is None:
        return body if body is not None else _as_sent(line)
    replay = line.get("replay") or {}
    return write_announcement(
        ref,
        "replay",
        run,
        etag=source(line).get("etag"),
        version_id=source(line).get("version_id"),
        replayed=Replayed(
            of=str(replay.get("of") or line["record_id"]),
            count=min(replays(line) + 1, MAX_REPLAYS),
            record_id=str(line["record_id"]),
            code=str(line["code"]),
        ),
    )


def _as_sent(line: Line) -> str:
    if line["kind"] != Kind.LETTER:
        return str(line["original_event"])
    letter = {name: value for name, value in line.items() if name not in ABOUT_THE_MESSAGE}
    return json.dumps(letter, ensure_ascii=True, separators=(",", ":"))


def _load(text: str) -> dict[str, Any] | None:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _read_letter(content: dict[str, Any]) -> Line | None:
    """Return the content if it is a letter. Fields that a later version has added stay."""
    try:
        DeadLetter.model_validate(content)
    except (ValidationError, RecursionError):
        return None
    return content


def _read_other(message: Message, content: dict[str, Any] | None, cloud: str) -> tuple[Kind, Line]:
    named, kind = None, Kind.UNKNOWN
    if content is not None and _is_retry_envelope(content):
        kind, named = Kind.RETRY_ENVELOPE, _object_of(message, cloud)
    elif content is not None and is_announcement(content):
        announced = read_announcement(content, cloud)
        if isinstance(announced, ObjectChange):
            kind, named = Kind.RAW_EVENT, announced
    else:
        record = _read_event(message, cloud)
        if record and (record.changes or any(note.reason is not Reason.EVENT_MALFORMED for note in record.notes)):
            kind, named = Kind.RAW_EVENT, next(iter(record.changes), None)
    code = message.attributes.get("ERROR_CODE") or RETRIES_EXHAUSTED
    text = message.attributes.get("ERROR_MESSAGE") or _MOVED_BY[cloud]
    if kind is Kind.UNKNOWN:
        code, text = NOT_A_LETTER, message.body
    return kind, {
        "schema_version": SCHEMA_VERSION,
        "record_id": None,
        "code": code[:_MAX_MESSAGE_CHARACTERS],
        "class": None,
        "message": text[:_MAX_MESSAGE_CHARACTERS],
        "source": named and _describe(named),
        "original_event": message.body,
    }


def _is_retry_envelope(content: Mapping[str, Any]) -> bool:
    """Return whether the function reads the content as a message that it has sent again."""
    if not retry_message.is_envelope(content):
        return False
    try:
        retry_message.open_envelope(content)
    except UnreadableError:
        return False
    return True


def _object_of(message: Message, cloud: str) -> ObjectChange | None:
    record = _read_event(message, cloud)
    return next(iter(record.changes), None) if record else None


def _read_event(message: Message, cloud: str) -> EventRecord | None:
    """Return the record that the function would read from the message."""
    try:
        if cloud == "alibaba":
            records = parse_fc_event(json.dumps([{"messageId": "1", "messageBody": message.body}]))
        else:
            attributes = {"ApproximateReceiveCount": "1"}
            own = {"messageId": "1", "receiptHandle": "1", "body": message.body, "attributes": attributes}
            records = parse_lambda_event({"Records": [{**own, "eventSource": "aws:sqs"}]})
    except (ValueError, RecursionError):
        return None
    return records[0] if records else None


def _describe(change: ObjectChange) -> dict[str, Any]:
    return {
        "cloud": change.ref.cloud,
        "bucket": change.ref.bucket,
        "key": change.ref.key,
        "version_id": change.version_id,
        "etag": change.etag,
        "event_time": change.event_time,
    }


def _iso(time: datetime | None) -> str | None:
    return time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if time else None
