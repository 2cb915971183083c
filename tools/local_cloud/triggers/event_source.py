"""Invoke the function with batches from SQS, as Lambda's event source mapping does.

The mapping deletes each message that the function does not list as failed, even if the function has deleted it already.
A failed message stays in the queue, hidden for its visibility timeout or for the time that the function set. If the
function fails as a whole, every message of the batch fails (Lambda developer guide, "Using Lambda with Amazon SQS").
"""

import hashlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from local_cloud.runtimes.function import FunctionError
from local_cloud.triggers.pollers import Pollers

_MAX_MESSAGES_PER_CALL = 10  # SQS API reference, ReceiveMessage and DeleteMessageBatch
_PAUSE_SECONDS = 0.1  # between short polls


class EventSource(Pollers):
    """``concurrency`` pollers. Each runs one invocation at a time, with up to ``batch_size`` messages.

    A batch is delivered when it is full or the queue is empty; a local queue needs no batching window.
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
        self._deletions = ThreadPoolExecutor(concurrency, thread_name_prefix="event-source-deletes")
        super().__init__(self._poll, concurrency, "event-source")

    def join(self) -> None:
        super().join()
        self._deletions.shutdown()

    def _poll(self) -> None:
        while not self.stopping.wait(_PAUSE_SECONDS):
            try:
                self._poll_once()
            except Exception as error:  # noqa: BLE001 - one bad poll must not end the source
                self.log_failure(repr(error))

    def _poll_once(self) -> None:
        messages: list[dict[str, Any]] = []
        try:
            while len(messages) < self._batch_size and (more := self._receive(self._batch_size - len(messages))):
                messages += more
        finally:  # a received message is hidden: dropping it here would delay it by the visibility timeout
            if messages:
                self._deliver(messages)

    def _receive(self, limit: int) -> list[dict[str, Any]]:
        response = self._sqs.receive_message(
            QueueUrl=self._queue_url,
            MaxNumberOfMessages=min(limit, _MAX_MESSAGES_PER_CALL),
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages: list[dict[str, Any]] = response.get("Messages", [])
        return messages

    def _deliver(self, messages: list[dict[str, Any]]) -> None:
        try:
            result = self._invoke({"Records": [to_lambda_record(message, self._queue_arn) for message in messages]})
            failed = _read_failed_ids(result, messages)
        except FunctionError as error:
            self.log_failure(f"{error}\n{error.trace}".strip())
            return
        except ValueError as error:
            self.log_failure(str(error))
            return
        receipts = [message["ReceiptHandle"] for message in messages if message["MessageId"] not in failed]
        self._deletions.submit(self._delete, receipts)  # in the background, so the next batch starts at once

    def _delete(self, receipts: list[str]) -> None:
        """Delete the messages. One that cannot be deleted is received again later."""
        for start in range(0, len(receipts), _MAX_MESSAGES_PER_CALL):
            chunk = receipts[start : start + _MAX_MESSAGES_PER_CALL]
            entries = [{"Id": str(n), "ReceiptHandle": receipt} for n, receipt in enumerate(chunk)]
            try:
                self._sqs.delete_message_batch(QueueUrl=self._queue_url, Entries=entries)
            except Exception as error:  # noqa: BLE001 - nobody reads the future
                self.log_failure(repr(error))


def to_lambda_record(message: Mapping[str, Any], queue_arn: str) -> dict[str, Any]:
    """Return a received message in the form that Lambda passes on (Lambda developer guide, example SQS event)."""
    body = message["Body"]
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


def _read_failed_ids(result: Any, messages: list[dict[str, Any]]) -> set[str]:  # noqa: ANN401 - any handler's result
    """Return the IDs in a partial batch response. Raise ``ValueError`` where Lambda fails the whole batch."""
    try:
        failures = (result or {}).get("batchItemFailures") or []
        failed = {failure["itemIdentifier"] for failure in failures}
    except (AttributeError, KeyError, TypeError):
        raise ValueError(f"the result is not a partial batch response: {result}") from None
    if unknown := failed - {message["MessageId"] for message in messages}:
        raise ValueError(f"the result names messages that are not in the batch: {unknown}")
    return failed
