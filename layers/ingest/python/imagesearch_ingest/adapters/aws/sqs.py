"""The queues on Amazon SQS: the one events come from, and the one for dead letters."""

import json
from typing import Any

from imagesearch_ingest.adapters.aws.codes import SQS
from imagesearch_ingest.adapters.aws.errors import translated
from imagesearch_ingest.dead_letters import DeadLetter
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason


class SqsEventQueue:
    """An ``EventQueue`` over botocore's SQS client."""

    def __init__(self, client: Any, url: str) -> None:  # noqa: ANN401 - botocore's clients are made at run time
        self._client = client
        self._url = url

    def ack(self, receipt: str) -> None:
        with translated("deleting a settled record from the queue", SQS):
            self._client.delete_message(QueueUrl=self._url, ReceiptHandle=receipt)

    def defer(self, receipt: str, seconds: int) -> None:
        with translated("handing a record back to the queue", SQS):
            self._client.change_message_visibility(QueueUrl=self._url, ReceiptHandle=receipt, VisibilityTimeout=seconds)


class SqsDeadLetterQueue:
    """A ``DeadLetterQueue`` over botocore's SQS client. Attributes are what one filters by without parsing bodies."""

    def __init__(self, client: Any, url: str) -> None:  # noqa: ANN401 - botocore's clients are made at run time
        self._client = client
        self._url = url

    def send(self, letter: DeadLetter) -> None:
        attributes = {
            "code": letter.code,
            "class": letter.fault_class,
            "record_id": letter.record_id,
            "bucket": letter.source.bucket if letter.source else None,
            "product_id": letter.target.product_id,
        }
        with translated("writing to the dead-letter queue", SQS):
            answer = self._client.send_message(
                QueueUrl=self._url,
                MessageBody=letter.to_json(),
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": _attribute(value)}
                    for name, value in attributes.items()
                    if value
                },
            )
        # botocore takes a body that it cannot read, of a connection cut short or of a proxy, for an empty answer.
        if "MessageId" not in answer:
            detail = "writing to the dead-letter queue: an answer that could not be read"
            raise IngestError(Reason.SERVICE_UNAVAILABLE, detail)


def _attribute(value: str) -> str:
    """SQS refuses a message for one control character in an attribute (SQS API reference, SendMessage)."""
    return json.dumps(value, ensure_ascii=True)[1:-1][:256]
