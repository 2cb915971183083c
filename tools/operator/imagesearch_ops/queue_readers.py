"""Read every visible message of a queue on SQS or SMQ, and leave all of them in the queue."""

import base64
from collections.abc import Iterator
from typing import Any

from mns.queue import Message

from imagesearch_ingest.adapters.alibaba.smq import SmqQueue
from imagesearch_ingest.adapters.alibaba.smq_codes import NO_MESSAGE
from imagesearch_ingest.model.errors import IngestError

_SQS_BATCH, _SMQ_BATCH = 10, 16  # the most that one request returns
_SQS_HIDDEN_SECONDS = 120  # how long a message that was read stays hidden, so that the others come into view
_SMQ_SHORTEST_SECONDS = 1  # the shortest time for which SMQ hides a message (ChangeMessageVisibility reference)


def peek_sqs(client: Any, url: str, wait_seconds: int = 1) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - botocore's client
    """Yield each visible message once, as SQS returns it, and put all back at the end or when the caller stops.

    Without a wait SQS asks only some of its servers (SQS developer guide, Short and long polling). A message that comes
    back into view in the meantime is not repeated. A batch of only such messages is the end.
    """
    receipts: dict[str, str] = {}
    try:
        while fresh := [one for one in _receive_sqs(client, url, wait_seconds) if one["MessageId"] not in receipts]:
            receipts |= {message["MessageId"]: message["ReceiptHandle"] for message in fresh}
            yield from fresh
    finally:
        _put_back_sqs(client, url, list(receipts.values()))


def peek_smq(queue: SmqQueue, wait_seconds: int = 2) -> Iterator[dict[str, str]]:
    """Yield ``MessageId`` and decoded ``Body`` of each visible message once, and put all back as ``peek_sqs`` does.

    SMQ's own peek returns the first sixteen messages only. So this function receives them; the queue's settings say how
    long they stay hidden. The wait is longer than the time after which messages come back that another reader has just
    put back. The queue's ``read_timeout`` must be longer than the wait.
    """
    receipts: dict[str, str] = {}
    try:
        while fresh := [one for one in _receive_smq(queue, wait_seconds) if one.message_id not in receipts]:
            receipts |= {message.message_id: message.receipt_handle for message in fresh}
            yield from ({"MessageId": message.message_id, "Body": _decode(message.message_body)} for message in fresh)
    finally:
        for receipt in receipts.values():
            _put_back_smq(queue, receipt)


def _receive_sqs(client: Any, url: str, wait_seconds: int) -> list[dict[str, Any]]:  # noqa: ANN401 - botocore's client
    answer = client.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=_SQS_BATCH,
        VisibilityTimeout=_SQS_HIDDEN_SECONDS,
        WaitTimeSeconds=wait_seconds,
        MessageAttributeNames=["All"],
        AttributeNames=["All"],
    )
    messages: list[dict[str, Any]] = answer.get("Messages", [])
    return messages


def _put_back_sqs(client: Any, url: str, receipts: list[str]) -> None:  # noqa: ANN401 - botocore's client
    for start in range(0, len(receipts), _SQS_BATCH):
        entries = [
            {"Id": str(n), "ReceiptHandle": receipt, "VisibilityTimeout": 0}
            for n, receipt in enumerate(receipts[start : start + _SQS_BATCH])
        ]
        # SQS refuses messages that are visible again, but says so only in the response. Such messages need nothing.
        client.change_message_visibility_batch(QueueUrl=url, Entries=entries)


def _receive_smq(queue: SmqQueue, wait_seconds: int) -> list[Message]:
    try:
        with queue.call("reading the queue") as sdk:
            messages: list[Message] = sdk.batch_receive_message(_SMQ_BATCH, wait_seconds)
            return messages
    except IngestError as error:
        if error.service_code == NO_MESSAGE:
            return []
        raise


def _put_back_smq(queue: SmqQueue, receipt: str) -> None:
    """Make a message visible. Ignore a refusal: then it is visible again, or another reader has received it."""
    try:
        with queue.call("putting a message back into the queue") as sdk:
            sdk.change_message_visibility(receipt, _SMQ_SHORTEST_SECONDS)
    except IngestError as error:
        if error.service_code not in {NO_MESSAGE, "ReceiptHandleError"}:
            raise


def _decode(body: str) -> str:
    """Decode base64; return a body that is not base64 of UTF-8 as it is."""
    try:
        return base64.b64decode(body, validate=True).decode()
    except ValueError:
        return body
