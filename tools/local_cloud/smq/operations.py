"""What each action does (SMQ API reference, the page of each action)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields, replace

from local_cloud.smq.answers import (
    CREATED,
    DONE,
    NOTHING,
    SmqAnswer,
    answer_of,
    milliseconds,
    peeked,
    received,
    sent,
    shown,
)
from local_cloud.smq.asking import BATCH, Asked, content, how_many, number_of, receipt_of
from local_cloud.smq.documents import document, documents
from local_cloud.smq.queues import Attributes, Message, Queue
from local_cloud.smq.refusals import Refusal, between

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,119}")


class Operations:
    def __init__(self, queues: dict[str, Queue], make: Callable[[str, Attributes], Queue], url: str = "") -> None:
        self._queues = queues
        self._make = make
        self.url = url

    def answer(self, asked: Asked) -> SmqAnswer:
        """Raises ``Refusal``."""
        if asked.operation == "CreateQueue":
            return self._create(asked)
        queue = self._queues.get(asked.queue_name)
        if queue is None:
            raise Refusal("QueueNotExist", "The queue name you provided is not exist.")
        if asked.operation == "DeleteQueue":
            del self._queues[asked.queue_name]
            return answer_of(NOTHING)
        return _ANSWERS[asked.operation](queue, asked)

    def _create(self, asked: Asked) -> SmqAnswer:
        if not _NAME.fullmatch(asked.queue_name):
            raise Refusal("InvalidQueueName", "The queue name you provided is invalid.")
        (given,) = content(asked, "Queue")
        attributes = replace(Attributes(), **_attributes(given))
        existing = self._queues.get(asked.queue_name)
        if existing and existing.attributes != attributes:
            raise Refusal("QueueAlreadyExist", "The queue you want to create is already exist.")
        if not existing:
            self._queues[asked.queue_name] = self._make(asked.queue_name, attributes)
        return answer_of(NOTHING if existing else CREATED, Location=f"{self.url}/queues/{asked.queue_name}")


def _get_attributes(queue: Queue, _: Asked) -> SmqAnswer:
    now, messages = queue.clock(), queue.messages()
    active = [message for message in messages if message.visible_at <= now]
    delayed = [message for message in messages if message.visible_at > now and not message.dequeue_count]
    told: dict[str, str | int] = {_camel(one.name): getattr(queue.attributes, one.name) for one in fields(Attributes)}
    counted: dict[str, str | int] = {
        "QueueName": queue.name,
        "CreateTime": int(queue.created_at),
        "LastModifyTime": int(queue.created_at),
        "ActiveMessages": len(active),
        "DelayMessages": len(delayed),
        "InactiveMessages": len(messages) - len(active) - len(delayed),
        "LoggingEnabled": "False",
    }
    return answer_of(DONE, document("Queue", told | counted))


def _send(queue: Queue, asked: Asked) -> SmqAnswer:
    (given,) = content(asked, "Message")
    return answer_of(CREATED, document("Message", sent(_send_one(queue, given))))


def _send_batch(queue: Queue, asked: Asked) -> SmqAnswer:
    given = content(asked, "Messages")
    between("Message", len(given), 1, BATCH, "messages")
    return answer_of(CREATED, documents("Messages", "Message", [sent(_send_one(queue, one)) for one in given]))


def _send_one(queue: Queue, given: Mapping[str, str]) -> Message:
    if "MessageBody" not in given:
        raise Refusal("InvalidArgument", "The XML you provided did not validate, cause by MessageBody.")
    delay, priority = (number_of(given, name) for name in ("DelaySeconds", "Priority"))
    return queue.send(given["MessageBody"], delay, **({} if priority is None else {"priority": priority}))


def _receive(queue: Queue, asked: Asked) -> SmqAnswer:
    wait = number_of(asked.query, "waitseconds")
    seconds = queue.attributes.polling_wait_seconds if wait is None else between("waitseconds", wait, 0, 30)
    return shown(queue.receive(how_many(asked), seconds), received, batch=asked.operation.startswith("Batch"))


def _peek(queue: Queue, asked: Asked) -> SmqAnswer:
    return shown(queue.peek(how_many(asked)), peeked, batch=asked.operation.startswith("Batch"))


def _delete(queue: Queue, asked: Asked) -> SmqAnswer:
    queue.delete(receipt_of(asked))
    return answer_of(NOTHING)


def _delete_batch(queue: Queue, asked: Asked) -> SmqAnswer:
    receipts = [given["ReceiptHandle"] for given in content(asked, "ReceiptHandles")]
    between("ReceiptHandle", len(receipts), 1, BATCH, "receipt handles")
    errors = []
    for receipt in receipts:
        try:
            queue.delete(receipt)
        except Refusal as refusal:
            errors.append({"ErrorCode": refusal.code, "ErrorMessage": refusal.message, "ReceiptHandle": receipt})
    if errors:
        return answer_of(404, documents("Errors", "Error", errors))
    return answer_of(NOTHING)


def _change_visibility(queue: Queue, asked: Asked) -> SmqAnswer:
    seconds = number_of(asked.query, "visibilitytimeout")
    if seconds is None:
        raise Refusal("MissingVisibilityTimeout", "VisibilityTimeout is required.")
    changed = queue.change_visibility(receipt_of(asked), seconds)
    told: dict[str, str | int] = {
        "ReceiptHandle": changed.receipt or "",
        "NextVisibleTime": milliseconds(changed.visible_at),
    }
    return answer_of(DONE, document("ChangeVisibility", told))


_ANSWERS: Mapping[str, Callable[[Queue, Asked], SmqAnswer]] = {
    "GetQueueAttributes": _get_attributes,
    "SendMessage": _send,
    "BatchSendMessage": _send_batch,
    "ReceiveMessage": _receive,
    "BatchReceiveMessage": _receive,
    "PeekMessage": _peek,
    "BatchPeekMessage": _peek,
    "DeleteMessage": _delete,
    "BatchDeleteMessage": _delete_batch,
    "ChangeMessageVisibility": _change_visibility,
}


def _attributes(given: Mapping[str, str]) -> dict[str, int]:
    numbers = {one.name: number_of(given, _camel(one.name)) for one in fields(Attributes)}
    return {name: number for name, number in numbers.items() if number is not None}


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
