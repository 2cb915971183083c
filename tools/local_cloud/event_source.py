"""Between queue and function, as Lambda's event source mapping is: batches, receive counts, partial answers.

A message that the function does not list as failed is deleted (again, where the function did so itself: that is
accepted). A failed one stays, hidden for its visibility timeout, or for as long as the function set it. When the
function fails as a whole, so do all of the batch's messages (Lambda developer guide, Using Lambda with Amazon SQS).
"""

import hashlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from local_cloud.function import FunctionError
from local_cloud.pollers import Pollers
from local_cloud.s3_notifications import as_s3_sends_it

_AT_ONCE = 10  # SQS API reference, ReceiveMessage and DeleteMessageBatch
_PAUSE_SECONDS = 0.1  # short polls, since moto's long ones notice a message late


class EventSource(Pollers):
    """``concurrency`` pollers, each with one invocation at a time, of up to ``batch_size`` messages.

    A batch is sent off when it is full, or when the queue has nothing more to give: the local queue needs no window.
    """

    def __init__(
        self,
        sqs: Any,  # noqa: ANN401 - boto3's clients are made at run time
        queue_url: str,
        queue_arn: str,
        invoke: Callable[[Mapping[str, Any]], Any],
        *,
        concurrency: int = 2,
        batch_size: int = 10,
    ) -> None:
        self._sqs = sqs
        self._queue_url = queue_url
        self._queue_arn = queue_arn
        self._invoke = invoke
        self._batch_size = batch_size
        self._deleting = ThreadPoolExecutor(concurrency, thread_name_prefix="event-source-deletes")
        super().__init__(self._poll, concurrency, "event-source")

    def join(self) -> None:
        super().join()
        self._deleting.shutdown()

    def _poll(self) -> None:
        while not self.stopping.wait(_PAUSE_SECONDS):
            try:
                self._poll_once()
            except Exception as error:  # noqa: BLE001 - one bad poll must not end the source
                self.say(repr(error))

    def _poll_once(self) -> None:
        messages: list[dict[str, Any]] = []
        try:
            while len(messages) < self._batch_size and (more := self._receive(self._batch_size - len(messages))):
                messages += more
        finally:  # what has been received is hidden, and would be for long
            if messages:
                self._handle(messages)

    def _receive(self, most: int) -> list[dict[str, Any]]:
        answer = self._sqs.receive_message(
            QueueUrl=self._queue_url,
            MaxNumberOfMessages=min(most, _AT_ONCE),
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages

    def _handle(self, messages: list[dict[str, Any]]) -> None:
        try:
            answer = self._invoke({"Records": [lambda_record(message, self._queue_arn) for message in messages]})
            failed = _failed_ids(answer, messages)
        except FunctionError as error:
            self.say(f"{error}\n{error.trace}".strip())
            return
        except ValueError as error:
            self.say(str(error))
            return
        receipts = [message["ReceiptHandle"] for message in messages if message["MessageId"] not in failed]
        self._deleting.submit(self._delete, receipts)  # the next batch does not wait for it

    def _delete(self, receipts: list[str]) -> None:
        """What was deleted before is only told in the answer; what cannot be deleted comes back."""
        for start in range(0, len(receipts), _AT_ONCE):
            entries = [{"Id": str(n), "ReceiptHandle": one} for n, one in enumerate(receipts[start : start + _AT_ONCE])]
            try:
                self._sqs.delete_message_batch(QueueUrl=self._queue_url, Entries=entries)
            except Exception as error:  # noqa: BLE001 - nobody waits for it
                self.say(repr(error))


def lambda_record(message: Mapping[str, Any], queue_arn: str) -> dict[str, Any]:
    """A received message as Lambda hands it to a function (Lambda developer guide, example SQS event)."""
    body = as_s3_sends_it(message["Body"])
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": body,
        "attributes": message["Attributes"],
        "messageAttributes": message.get("MessageAttributes", {}),
        "md5OfBody": hashlib.md5(body.encode(), usedforsecurity=False).hexdigest(),
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": queue_arn.split(":")[3],
    }


def _failed_ids(answer: Any, messages: list[dict[str, Any]]) -> set[str]:  # noqa: ANN401 - whatever the function said
    """Raises ``ValueError`` for an answer that Lambda takes for a failure of the whole batch."""
    try:
        failures = (answer or {}).get("batchItemFailures") or []
        failed = {failure["itemIdentifier"] for failure in failures}
    except (AttributeError, KeyError, TypeError):
        raise ValueError(f"its answer is no partial batch response: {answer}") from None
    if unknown := failed - {message["MessageId"] for message in messages}:
        raise ValueError(f"its answer names messages that are not in the batch: {unknown}")
    return failed
