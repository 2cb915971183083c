"""Use Amazon SQS for the queue of events and for the dead-letter queue."""

import json
from typing import Any

from imagesearch_ingest.adapters.aws.codes import SQS
from imagesearch_ingest.adapters.aws.errors import translate_errors
from imagesearch_ingest.adapters.errors import UNREADABLE_RESPONSE
from imagesearch_ingest.dead_letters import DeadLetter


class SqsEventQueue:
    """An ``EventQueue`` over botocore's SQS client."""

    def __init__(self, client: Any, url: str) -> None:  # noqa: ANN401 - botocore's clients are made at run time
        self._client = client
        self._url = url

    def ack(self, receipt: str) -> None:
        """Delete a settled record."""
        with translate_errors("deleting a settled record from the queue", SQS):
            self._client.delete_message(QueueUrl=self._url, ReceiptHandle=receipt)

    def defer(self, receipt: str, seconds: int) -> None:
        """Hide a record for some seconds, after which the queue delivers it again."""
        with translate_errors("handing a record back to the queue", SQS):
            self._client.change_message_visibility(QueueUrl=self._url, ReceiptHandle=receipt, VisibilityTimeout=seconds)


class SqsDeadLetterQueue:
    """A ``DeadLetterQueue`` over botocore's SQS client. Message attributes allow filtering without parsing bodies."""

    def __init__(self, client: Any, url: str) -> None:  # noqa: ANN401 - botocore's clients are made at run time
        self._client = client
        self._url = url

    def send(self, letter: DeadLetter) -> None:
        """Write one dead letter."""
        action = "writing to the dead-letter queue"
        attributes = {
            "code": letter.code,
            "class": letter.fault_class,
            "record_id": letter.record_id,
            "bucket": letter.source.bucket if letter.source else None,
            "product_id": letter.target.product_id,
        }
        with translate_errors(action, SQS):
            response = self._client.send_message(
                QueueUrl=self._url,
                MessageBody=letter.to_json(),
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": _escape(value)}
                    for name, value in attributes.items()
                    if value
                },
            )
        # If botocore cannot parse a body, such as a truncated one or a proxy's page, it returns an empty response.
        if "MessageId" not in response:
            raise UNREADABLE_RESPONSE.error(action)


def _escape(value: str) -> str:
    """Return the value without control characters: SQS refuses a message that has one in an attribute.

    Source: SQS API reference, SendMessage.
    """
    return json.dumps(value, ensure_ascii=True)[1:-1][:256]
