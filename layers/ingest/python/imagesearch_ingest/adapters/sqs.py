"""The queues on Amazon SQS: the one events come from, and the one for dead letters."""

from collections.abc import Iterator
from typing import Any

from imagesearch_ingest.adapters.aws_errors import translated
from imagesearch_ingest.dead_letters import DeadLetter

_PEEK_SECONDS = 30  # how long a message that is looked at is hidden, so that the others come into view


class SqsEventQueue:
    """An ``EventQueue`` over a boto3 SQS client."""

    def __init__(self, client: Any, url: str) -> None:  # noqa: ANN401 - boto3's clients are made at run time
        self._client = client
        self._url = url

    def delete(self, receipt: str) -> None:
        with translated("deleting a settled record from the queue"):
            self._client.delete_message(QueueUrl=self._url, ReceiptHandle=receipt)

    def hide(self, receipt: str, seconds: int) -> None:
        with translated("handing a record back to the queue"):
            self._client.change_message_visibility(QueueUrl=self._url, ReceiptHandle=receipt, VisibilityTimeout=seconds)


class SqsDeadLetterQueue:
    """A ``DeadLetterQueue`` over a boto3 SQS client. Attributes mirror what one filters by without parsing bodies."""

    def __init__(self, client: Any, url: str) -> None:  # noqa: ANN401 - boto3's clients are made at run time
        self._client = client
        self._url = url

    def send(self, letter: DeadLetter) -> None:
        attributes = {"code": letter.code, "fault_class": letter.fault_class, "record_id": letter.record_id}
        with translated("writing to the dead-letter queue"):
            self._client.send_message(
                QueueUrl=self._url,
                MessageBody=letter.to_json(),
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
                },
            )


def peek(client: Any, url: str, wait_seconds: int = 1) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - boto3's clients
    """Every visible message of a queue, once, as SQS returns it. All are put back, also when reading is broken off.

    Without a wait, SQS asks only some of its servers (SQS developer guide, Short and long polling).
    """
    seen: list[str] = []
    try:
        while messages := _receive(client, url, wait_seconds):
            seen += [message["ReceiptHandle"] for message in messages]
            yield from messages
    finally:
        for receipt in seen:
            client.change_message_visibility(QueueUrl=url, ReceiptHandle=receipt, VisibilityTimeout=0)


def _receive(client: Any, url: str, wait_seconds: int) -> list[dict[str, Any]]:  # noqa: ANN401 - boto3's clients
    answer = client.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=10,
        VisibilityTimeout=_PEEK_SECONDS,
        WaitTimeSeconds=wait_seconds,
        MessageAttributeNames=["All"],
        AttributeNames=["All"],
    )
    messages: list[dict[str, Any]] = answer.get("Messages", [])
    return messages
