"""Render responses: messages as each action returns them (SMQ API reference, the response of each action)."""

from collections.abc import Callable

from local_cloud.server.wire import Response, new_request_id
from local_cloud.smq.documents import Fields, encode_document, encode_documents
from local_cloud.smq.errors import SmqError
from local_cloud.smq.models import Message

CREATED, OK, NO_CONTENT = 201, 200, 204


def render(status: int, body: bytes = b"", **headers: str) -> Response:
    return Response(status, "text/xml;charset=utf-8", body, headers={"x-mns-request-id": new_request_id(), **headers})


def render_error(error: SmqError) -> Response:
    fields = {
        "Code": error.code,
        "Message": error.message,
        "RequestId": new_request_id(),
        "HostId": "https://127.0.0.1",
    }
    return render(error.status, encode_document("Error", fields))


def render_messages(messages: list[Message], describe: Callable[[Message], Fields], *, batch: bool) -> Response:
    """Return the messages, or one message outside a batch. Raise ``SmqError`` if there is none."""
    if not messages:
        raise SmqError("MessageNotExist", "Message not exist.")
    if batch:
        return render(OK, encode_documents("Messages", "Message", map(describe, messages)))
    return render(OK, encode_document("Message", describe(messages[0])))


def describe_sent(message: Message) -> dict[str, str | int]:
    fields: dict[str, str | int] = {"MessageId": message.id, "MessageBodyMD5": message.md5}
    return fields | ({"ReceiptHandle": message.receipt} if message.receipt else {})


def describe_peeked(message: Message) -> dict[str, str | int]:
    return {
        "MessageId": message.id,
        "MessageBody": message.body,
        "MessageBodyMD5": message.md5,
        "EnqueueTime": to_milliseconds(message.enqueued_at),
        "FirstDequeueTime": to_milliseconds(message.first_dequeued_at or message.enqueued_at),
        "DequeueCount": message.dequeue_count,
        "Priority": message.priority,
    }


def describe_received(message: Message) -> dict[str, str | int]:
    return describe_peeked(message) | {
        "ReceiptHandle": message.receipt or "",
        "NextVisibleTime": to_milliseconds(message.visible_at),
    }


def to_milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
