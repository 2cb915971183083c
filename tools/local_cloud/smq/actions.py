"""Parse a request into an action and its parameters (SMQ API reference, the page of each action)."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from local_cloud.server.wire import Request
from local_cloud.smq.documents import parse_document
from local_cloud.smq.errors import SmqError, require_between

MAX_BATCH = 16
_PATH = re.compile(r"/queues/(?P<name>[^/]+)(?P<messages>/messages)?")
_QUEUE_ACTIONS = {"PUT": "CreateQueue", "GET": "GetQueueAttributes", "DELETE": "DeleteQueue"}
_PARAMETERS = {"peekonly", "numofmessages", "waitseconds", "receipthandle", "visibilitytimeout"}


class Action(NamedTuple):
    """An action with its parameters.

    ``operation`` is the action's name. The names in ``query`` are in lower case, since SDKs and the reference differ.
    """

    operation: str
    queue_name: str
    query: Mapping[str, str]
    body: bytes

    @property
    def is_batch(self) -> bool:
        return self.operation.startswith("Batch")


def parse_action(request: Request) -> Action:
    """Return the action. Raise ``SmqError`` if the request matches none."""
    found = _PATH.fullmatch(request.path)
    if not found:
        raise SmqError("InvalidRequestURL", "Http request URL format invalid.")
    query = {name.lower(): value for name, value in request.query}
    operation = _find_message_action(request, query) if found["messages"] else _QUEUE_ACTIONS.get(request.method)
    if operation is None:
        raise SmqError("InvalidRequestURL", "Http request URL format invalid.")
    if unknown := query.keys() - _PARAMETERS:
        raise SmqError("InvalidQueryString", f"Http request URL contains invalid querystring item {sorted(unknown)}.")
    return Action(operation, found["name"], query, request.body)


def _find_message_action(request: Request, query: Mapping[str, str]) -> str | None:
    match request.method:
        case "POST":
            return "BatchSendMessage" if b"<Messages" in request.body else "SendMessage"
        case "GET":
            operation = "PeekMessage" if query.get("peekonly") == "true" else "ReceiveMessage"
            return f"Batch{operation}" if "numofmessages" in query else operation
        case "DELETE":
            return "BatchDeleteMessage" if request.body else "DeleteMessage"
        case "PUT":
            return "ChangeMessageVisibility"
    return None


def parse_body(action: Action, root: str) -> list[dict[str, str]]:
    """Return the fields of each message in the body. Raise ``SmqError`` unless its root is ``root``."""
    try:
        name, content = parse_document(action.body)
    except ValueError as error:
        raise SmqError("MalformedXML", f"The XML you provided was not well-formed: {error}") from None
    if name != root:
        raise SmqError("InvalidArgument", f"The XML you provided did not validate, cause by {name}.")
    return content


def parse_number(parameters: Mapping[str, str], name: str) -> int | None:
    value = parameters.get(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdigit()):
        raise SmqError("InvalidArgument", f"The value of {name} is not a number.")
    return int(value)


def parse_limit(action: Action) -> int:
    number = parse_number(action.query, "numofmessages")
    return 1 if number is None else require_between("numOfMessages", number, 1, MAX_BATCH, "messages")


def parse_receipt(action: Action) -> str:
    receipt = action.query.get("receipthandle")
    if not receipt:
        raise SmqError("MissingReceiptHandle", "ReceiptHandle is required.")
    return receipt
