"""The body of a message of SMQ → what it says of objects.

OSS sends its notifications in base64 (OSS user guide, Use event notifications). EventBridge decodes that by default
(SourceMNSParameters, IsBase64Decode) and may hand over text or an object. A topic on the way may have wrapped it again
(SMQ developer reference, NotifyContentFormat: JSON; SIMPLIFIED wraps nothing), and so may we (``retry_message``).
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

_MOST_WRAPPINGS = 4  # of any kind; two are known to happen
_XML = "the topic's subscription writes XML; choose SIMPLIFIED or JSON as its NotifyContentFormat"
_NO_OBJECT = "the message is no JSON object"
_NO_EVENT = "the message is neither an OSS notification nor an EventBridge event of OSS"
_TWICE = "the message is an envelope in an envelope"


@dataclass(frozen=True, slots=True)
class Message:
    """``text`` is the message as its producer wrote it, without base64 and without our envelope."""

    text: str
    changes: tuple[ObjectChange, ...]
    notes: tuple[Note, ...]
    receive_count: int = 1
    first_received_at: str | None = None


def read(body: object) -> Message:
    """Never raises: what is not understood is a note in its own message."""
    content, text = _unpacked(body)
    if not isinstance(content, Mapping) or not retry_message.is_one(content):
        return Message(text, *partition(_events(content, text)))
    try:
        retry = retry_message.opened(content)
    except UnreadableError as error:
        return Message(text, (), (_malformed(f"the message is in an envelope, but not in ours: {error}"),))
    content, text = _unpacked(retry.message)
    return Message(text, *partition(_events(content, text)), retry.receives, retry.first_received_at)


def _events(content: object, text: str, wrappings: int = 0) -> Iterator[ObjectChange | Note]:
    if not isinstance(content, Mapping):
        yield _malformed(_XML if text.lstrip().startswith("<") else _NO_OBJECT)
    elif retry_message.is_one(content):
        yield _malformed(_TWICE)
    elif oss_notification.is_bridged(content):
        yield oss_notification.read_bridged(content)
    elif isinstance(content.get("events"), list) and content["events"]:
        yield from (oss_notification.read(event) for event in content["events"])
    elif "TopicName" in content and "Message" in content and wrappings < _MOST_WRAPPINGS:
        yield from _events(*_unpacked(content["Message"]), wrappings + 1)
    else:
        yield _malformed(_NO_EVENT)


def _unpacked(body: object) -> tuple[Any, str]:
    """What a body holds, and the text in which it is written; ``None`` and the body as it is if that is no object."""
    if not isinstance(body, str):
        return _written(body)
    text = body
    for _ in range(_MOST_WRAPPINGS):
        content = _parsed(text)
        if isinstance(content, Mapping):
            return content, text
        if not isinstance(content, str):
            break
        text = content
    return None, body


def _written(body: object) -> tuple[Any, str]:
    """What cannot be written could not be sent again either."""
    try:
        return body, dump(body)
    except TooDeepError:
        return None, "nested too deeply to be written again"


def _parsed(text: str) -> object:
    """The JSON in it; or the text that it is the base64 of."""
    try:
        return load(text)
    except ValueError:
        pass
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode()
    except ValueError:
        return None


def _malformed(detail: str) -> Note:
    return Note(Reason.EVENT_MALFORMED, detail)
