"""Read the body of an SMQ message as object changes.

OSS sends its notifications in base64 (OSS user guide, Use event notifications). EventBridge decodes base64 by default
(SourceMNSParameters, IsBase64Decode) and sends a text or an object. A topic can add an envelope (SMQ developer
reference, NotifyContentFormat: JSON adds one, SIMPLIFIED does not), and so can this library (``retry_message``).
"""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from imagesearch_ingest.events.alibaba import oss_notification, retry_message
from imagesearch_ingest.events.alibaba.lenient_json import TooDeepError, dump, load
from imagesearch_ingest.events.records import Note, partition
from imagesearch_ingest.events.validate import UnreadableError
from imagesearch_ingest.model.objects import ObjectChange
from imagesearch_ingest.model.reasons import Reason

_MAX_WRAPPINGS = 4  # of any kind; two are known to occur
_XML = "the message is XML. Set NotifyContentFormat of the topic's subscription to SIMPLIFIED or JSON"
_NO_OBJECT = "the message is not a JSON object"
_NO_EVENT = "the message is neither an OSS notification nor an EventBridge event of OSS"
_TWICE = "the message is a retry envelope inside a retry envelope"


@dataclass(frozen=True, slots=True)
class Message:
    """A message that was read. ``text`` is what its producer wrote, without base64 and without a retry envelope."""

    text: str
    changes: tuple[ObjectChange, ...]
    notes: tuple[Note, ...]
    receive_count: int = 1
    first_received_at: str | None = None


def read(body: object) -> Message:
    """Return the message. Anything in it that cannot be understood becomes a note; nothing is raised."""
    content, text = _unpack(body)
    if not isinstance(content, Mapping) or not retry_message.is_envelope(content):
        return Message(text, *partition(_read_events(content, text)))
    try:
        retry = retry_message.open_envelope(content)
    except UnreadableError as error:
        return Message(text, (), (_note_malformed(f"the message has an invalid retry envelope: {error}"),))
    content, text = _unpack(retry.message)
    return Message(text, *partition(_read_events(content, text)), retry.receives, retry.first_received_at)


def _read_events(content: object, text: str, wrappings: int = 0) -> Iterator[ObjectChange | Note]:
    if not isinstance(content, Mapping):
        yield _note_malformed(_XML if text.lstrip().startswith("<") else _NO_OBJECT)
    elif retry_message.is_envelope(content):
        yield _note_malformed(_TWICE)
    elif oss_notification.is_bridged(content):
        yield oss_notification.read_bridged(content)
    elif isinstance(content.get("events"), list) and content["events"]:
        yield from (oss_notification.read(event) for event in content["events"])
    elif "TopicName" in content and "Message" in content and wrappings < _MAX_WRAPPINGS:
        yield from _read_events(*_unpack(content["Message"]), wrappings + 1)
    else:
        yield _note_malformed(_NO_EVENT)


def _unpack(body: object) -> tuple[Any, str]:
    """Return the object in a body, and its text; ``None`` and the body itself if there is no object in it."""
    if not isinstance(body, str):
        return _write(body)
    text = body
    for _ in range(_MAX_WRAPPINGS):
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
        return None, "nested too deeply to be written as text"


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


def _note_malformed(detail: str) -> Note:
    return Note(Reason.EVENT_MALFORMED, detail)
