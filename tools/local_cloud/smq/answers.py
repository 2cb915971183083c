"""What is answered: messages, as each action shows them (SMQ API reference, the response of each action)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from local_cloud.image_search.wire import Answer
from local_cloud.smq.documents import Fields, document, documents
from local_cloud.smq.queues import Message
from local_cloud.smq.refusals import Refusal

CREATED, DONE, NOTHING = 201, 200, 204


@dataclass(frozen=True)
class SmqAnswer(Answer):
    headers: Mapping[str, str] = field(default_factory=dict)


def answer_of(status: int, body: bytes = b"", **headers: str) -> SmqAnswer:
    return SmqAnswer(status, "text/xml;charset=utf-8", body, headers=headers)


def shown(messages: list[Message], told: Callable[[Message], Fields], *, batch: bool) -> SmqAnswer:
    if not messages:
        raise Refusal("MessageNotExist", "Message not exist.")
    if batch:
        return answer_of(DONE, documents("Messages", "Message", map(told, messages)))
    return answer_of(DONE, document("Message", told(messages[0])))


def sent(message: Message) -> dict[str, str | int]:
    told: dict[str, str | int] = {"MessageId": message.id, "MessageBodyMD5": message.md5}
    return told | ({"ReceiptHandle": message.receipt} if message.receipt else {})


def peeked(message: Message) -> dict[str, str | int]:
    return {
        "MessageId": message.id,
        "MessageBody": message.body,
        "MessageBodyMD5": message.md5,
        "EnqueueTime": milliseconds(message.enqueued_at),
        "FirstDequeueTime": milliseconds(message.first_dequeued_at or message.enqueued_at),
        "DequeueCount": message.dequeue_count,
        "Priority": message.priority,
    }


def received(message: Message) -> dict[str, str | int]:
    return peeked(message) | {
        "ReceiptHandle": message.receipt or "",
        "NextVisibleTime": milliseconds(message.visible_at),
    }


def milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
