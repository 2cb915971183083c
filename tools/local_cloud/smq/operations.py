"""The actions of the API (SMQ API reference, the page of each action)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields, replace

from local_cloud.server.wire import Response
from local_cloud.smq.actions import MAX_BATCH, Action, parse_body, parse_limit, parse_number, parse_receipt
from local_cloud.smq.documents import encode_document, encode_documents
from local_cloud.smq.errors import SmqError, require_between
from local_cloud.smq.models import Attributes, Message, Queue
from local_cloud.smq.rendering import (
    CREATED,
    NO_CONTENT,
    OK,
    describe_peeked,
    describe_received,
    describe_sent,
    render,
    render_messages,
    to_milliseconds,
)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,119}")


class Operations:
    """The actions on a service's queues. ``url`` is the endpoint."""

    def __init__(self, queues: dict[str, Queue], make: Callable[[str, Attributes], Queue], url: str = "") -> None:
        self._queues = queues
        self._make = make
        self.url = url

    def call(self, action: Action) -> Response:
        """Return the action's response. Raise ``SmqError`` if it is refused."""
        if action.operation == "CreateQueue":
            return self._create(action)
        queue = self._queues.get(action.queue_name)
        if queue is None:
            raise SmqError("QueueNotExist", "The queue name you provided is not exist.")
        if action.operation == "DeleteQueue":
            del self._queues[action.queue_name]
            return render(NO_CONTENT)
        return _ACTIONS[action.operation](queue, action)

    def _create(self, action: Action) -> Response:
        if not _NAME.fullmatch(action.queue_name):
            raise SmqError("InvalidQueueName", "The queue name you provided is invalid.")
        (given,) = parse_body(action, "Queue")
        attributes = replace(Attributes(), **_parse_attributes(given))
        existing = self._queues.get(action.queue_name)
        if existing and existing.attributes != attributes:
            raise SmqError("QueueAlreadyExist", "The queue you want to create is already exist.")
        if not existing:
            self._queues[action.queue_name] = self._make(action.queue_name, attributes)
        return render(NO_CONTENT if existing else CREATED, Location=f"{self.url}/queues/{action.queue_name}")


def _get_attributes(queue: Queue, _: Action) -> Response:
    now, messages = queue.clock(), queue.messages()
    active = [message for message in messages if message.visible_at <= now]
    delayed = [message for message in messages if message.visible_at > now and not message.dequeue_count]
    attributes: dict[str, str | int] = {
        _to_camel_case(one.name): getattr(queue.attributes, one.name) for one in fields(Attributes)
    }
    counted: dict[str, str | int] = {
        "QueueName": queue.name,
        "CreateTime": int(queue.created_at),
        "LastModifyTime": int(queue.created_at),
        "ActiveMessages": len(active),
        "DelayMessages": len(delayed),
        "InactiveMessages": len(messages) - len(active) - len(delayed),
        "LoggingEnabled": "False",
    }
    return render(OK, encode_document("Queue", attributes | counted))


def _send(queue: Queue, action: Action) -> Response:
    (given,) = parse_body(action, "Message")
    return render(CREATED, encode_document("Message", describe_sent(_send_one(queue, given))))


def _send_batch(queue: Queue, action: Action) -> Response:
    given = parse_body(action, "Messages")
    require_between("Message", len(given), 1, MAX_BATCH, "messages")
    return render(
        CREATED, encode_documents("Messages", "Message", [describe_sent(_send_one(queue, one)) for one in given])
    )


def _send_one(queue: Queue, given: Mapping[str, str]) -> Message:
    if "MessageBody" not in given:
        raise SmqError("InvalidArgument", "The XML you provided did not validate, cause by MessageBody.")
    delay, priority = (parse_number(given, name) for name in ("DelaySeconds", "Priority"))
    return queue.send(given["MessageBody"], delay, **({} if priority is None else {"priority": priority}))


def _receive(queue: Queue, action: Action) -> Response:
    wait = parse_number(action.query, "waitseconds")
    seconds = queue.attributes.polling_wait_seconds if wait is None else require_between("waitseconds", wait, 0, 30)
    return render_messages(queue.receive(parse_limit(action), seconds), describe_received, batch=action.is_batch)


def _peek(queue: Queue, action: Action) -> Response:
    return render_messages(queue.peek(parse_limit(action)), describe_peeked, batch=action.is_batch)


def _delete(queue: Queue, action: Action) -> Response:
    queue.delete(parse_receipt(action))
    return render(NO_CONTENT)


def _delete_batch(queue: Queue, action: Action) -> Response:
    receipts = [given["ReceiptHandle"] for given in parse_body(action, "ReceiptHandles")]
    require_between("ReceiptHandle", len(receipts), 1, MAX_BATCH, "receipt handles")
    errors = []
    for receipt in receipts:
        try:
            queue.delete(receipt)
        except SmqError as error:
            errors.append({"ErrorCode": error.code, "ErrorMessage": error.message, "ReceiptHandle": receipt})
    if errors:
        return render(404, encode_documents("Errors", "Error", errors))
    return render(NO_CONTENT)


def _change_visibility(queue: Queue, action: Action) -> Response:
    seconds = parse_number(action.query, "visibilitytimeout")
    if seconds is None:
        raise SmqError("MissingVisibilityTimeout", "VisibilityTimeout is required.")
    changed = queue.change_visibility(parse_receipt(action), seconds)
    visibility: dict[str, str | int] = {
        "ReceiptHandle": changed.receipt or "",
        "NextVisibleTime": to_milliseconds(changed.visible_at),
    }
    return render(OK, encode_document("ChangeVisibility", visibility))


_ACTIONS: Mapping[str, Callable[[Queue, Action], Response]] = {
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


def _parse_attributes(given: Mapping[str, str]) -> dict[str, int]:
    numbers = {one.name: parse_number(given, _to_camel_case(one.name)) for one in fields(Attributes)}
    return {name: number for name, number in numbers.items() if number is not None}


def _to_camel_case(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
