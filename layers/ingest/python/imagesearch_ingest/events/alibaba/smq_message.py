"""Read the body of an SMQ message as object changes.

OSS sends its notifications in base64 (OSS user guide, Use event notifications). EventBridge decodes base64 by default
(SourceMNSParameters, IsBase64Decode) and sends a text or an object. A topic can add an envelope (SMQ developer
reference, NotifyContentFormat: JSON adds one, SIMPLIFIED does not), and so can this library (``retry_message``).
"""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from imagesearch_ingest.events.alibaba import oss_notification, retry_message
from imagesearch_ingest.events.lenient_json import UNWRITABLE, TooDeepError, dump, load
from imagesearch_ingest.events.message import MAX_WRAPPINGS, Dialect, Message, read_message
from imagesearch_ingest.events.records import Note
from imagesearch_ingest.events.validate import UnreadableError, note_malformed, read_each
from imagesearch_ingest.model.objects import ObjectChange

_XML = "the message is XML. Set NotifyContentFormat of the topic's subscription to SIMPLIFIED or JSON"
_NO_OBJECT = "the message is not a JSON object"
_NO_EVENT = "the message is neither an OSS notification nor an EventBridge event of OSS"
_TWICE = "the message is a retry envelope inside a retry envelope"


@dataclass(frozen=True, slots=True)
class Received:
    """A message, and what its retry envelope says about earlier receives. ``retention_began_at`` has a time zone."""

    message: Message
    receive_count: int = 1
    first_received_at: str | None = None
    retention_began_at: datetime | None = None


def read(body: object) -> Received:
    """Return the message. Anything in it that cannot be understood becomes a note; nothing is raised.

    The message's text is what its producer wrote, without base64 and without a retry envelope.
    """
    content, text = _unpack(body)
    if not isinstance(content, Mapping) or not retry_message.is_envelope(content):
        return Received(read_message(content, text, ALIBABA))
    try:
        retry = retry_message.open_envelope(content)
    except UnreadableError as error:
        note = note_malformed(f"the message has an invalid retry envelope: {error}")
        return Received(Message(text, text, (), (note,)))
    message = read_message(*_unpack(retry.message), ALIBABA)
    return Received(message, retry.receives, retry.first_received_at, retry.retention_began_at)


def _find_wrapped(content: Mapping[str, Any]) -> object:
    return content.get("Message") if "TopicName" in content else None


def _read_events(content: object, text: str) -> Iterator[ObjectChange | Note]:
    if not isinstance(content, Mapping):
        yield note_malformed(_XML if text.lstrip().startswith("<") else _NO_OBJECT)
    elif retry_message.is_envelope(content):
        yield note_malformed(_TWICE)
    elif oss_notification.is_bridged(content):
        yield oss_notification.read_bridged(content)
    elif isinstance(content.get("events"), list) and content["events"]:
        yield from read_each("the OSS notification", content["events"], oss_notification.read)
    elif note := oss_notification.skip_other_service(content):
        yield note
    else:
        yield note_malformed(_NO_EVENT)


def _unpack(body: object) -> tuple[Any, str]:
    """Return the object in a body, and its text; ``None`` and the body itself if there is no object in it."""
    if not isinstance(body, str):
        return _write(body)
    text = body
    for _ in range(MAX_WRAPPINGS):
        content = _parse(text)
        if isinstance(content, Mapping):
            return content, text
        if not isinstance(content, str):
            break
        text = content
    return None, body


def _write(body: object) -> tuple[Any, str]:
    """Return the body and its text, or ``None`` and why there is no text that could be sent again."""
    try:
        return body, dump(body)
    except TooDeepError:
        return None, UNWRITABLE


def _parse(text: str) -> object:
    """Return the JSON in a text, or the text that it encodes in base64, or ``None``."""
    try:
        return load(text)
    except ValueError:
        pass
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode()
    except ValueError:
        return None


ALIBABA = Dialect("alibaba", _unpack, _find_wrapped, _read_events)
