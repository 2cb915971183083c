"""A request → which action it asks for, and with what (SMQ API reference, the page of each action)."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from local_cloud.image_search.wire import Request
from local_cloud.smq.documents import parse
from local_cloud.smq.refusals import Refusal, between

BATCH = 16
_PATH = re.compile(r"/queues/(?P<name>[^/]+)(?P<messages>/messages)?")
_OF_QUEUES = {"PUT": "CreateQueue", "GET": "GetQueueAttributes", "DELETE": "DeleteQueue"}
_PARAMETERS = {"peekonly", "numofmessages", "waitseconds", "receipthandle", "visibilitytimeout"}


class Asked(NamedTuple):
    """``operation`` is the action's name. Parameters are in lower case: SDKs and reference do not agree on theirs."""

    operation: str
    queue_name: str
    query: Mapping[str, str]
    body: bytes


def read(request: Request) -> Asked:
    """Raises ``Refusal`` for what no action looks like."""
    found = _PATH.fullmatch(request.path)
    if not found:
        raise Refusal("InvalidRequestURL", "Http request URL format invalid.")
    query = {name.lower(): value for name, value in request.query}
    of_messages = bool(found["messages"])
    operation = _of_messages(request, query) if of_messages else _OF_QUEUES.get(request.method)
    if operation is None:
        raise Refusal("InvalidRequestURL", "Http request URL format invalid.")
    if unknown := query.keys() - _PARAMETERS:
        raise Refusal("InvalidQueryString", f"Http request URL contains invalid querystring item {sorted(unknown)}.")
    return Asked(operation, found["name"], query, request.body)


def _of_messages(request: Request, query: Mapping[str, str]) -> str | None:
    match request.method:
        case "POST":
            return "BatchSendMessage" if b"<Messages" in request.body else "SendMessage"
        case "GET":
            action = "PeekMessage" if query.get("peekonly") == "true" else "ReceiveMessage"
            return f"Batch{action}" if "numofmessages" in query else action
        case "DELETE":
            return "BatchDeleteMessage" if request.body else "DeleteMessage"
        case "PUT":
            return "ChangeMessageVisibility"
    return None


def content(asked: Asked, root: str) -> list[dict[str, str]]:
    try:
        name, content = parse(asked.body)
    except ValueError as error:
        raise Refusal("MalformedXML", f"The XML you provided was not well-formed: {error}") from None
    if name != root:
        raise Refusal("InvalidArgument", f"The XML you provided did not validate, cause by {name}.")
    return content


def number_of(given: Mapping[str, str], name: str) -> int | None:
    value = given.get(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdigit()):
        raise Refusal("InvalidArgument", f"The value of {name} is no number.")
    return int(value)


def how_many(asked: Asked) -> int:
    number = number_of(asked.query, "numofmessages")
    return 1 if number is None else between("numOfMessages", number, 1, BATCH, "messages")


def receipt_of(asked: Asked) -> str:
    receipt = asked.query.get("receipthandle")
    if not receipt:
        raise Refusal("MissingReceiptHandle", "ReceiptHandle is required.")
    return receipt
