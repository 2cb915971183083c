"""A queue on SQS, for an operator."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from imagesearch_ingest.adapters.aws.codes import SQS
from imagesearch_ingest.adapters.aws.errors import translate_errors
from imagesearch_ingest.model.codes import map_code
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ops.queues.port import Count, Message, retry, split

THREADS = 8
_BATCH = 10  # the most entries of one request
_TRIES = 5  # of an entry that a batch refuses
_PAUSE_SECONDS = 0.2  # before the second try, and longer before each further one
# SQS limits the bodies of one request together (SendMessageBatch reference); older regions still take 256 KiB.
_MAX_BATCH_BYTES = 256 * 1024
_GROUP = "backfill"  # of a fair queue: messages of one group wait for those of others


class SqsQueue:
    """An ``OperatorQueue`` over botocore's client. Safe to be used by several threads."""

    cloud = "aws"
    batch = _BATCH
    senders = 16
    keeps_hidden = True

    def __init__(self, client: Any, url: str) -> None:  # noqa: ANN401 - botocore's clients are made at run time
        self.client = client
        self.url = url
        self._retention: timedelta | None = None

    def count(self) -> Count:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "MessageRetentionPeriod"]
        found = retry(partial(self.attributes, names))
        if "MessageRetentionPeriod" in found:
            self._retention = timedelta(seconds=int(found["MessageRetentionPeriod"]))
        return Count(int(found.get(names[0], 0)), int(found.get(names[1], 0)))

    def attributes(self, names: Sequence[str]) -> dict[str, str]:
        with translate_errors(f"reading the attributes of {self.url}", SQS):
            answer = self.client.get_queue_attributes(QueueUrl=self.url, AttributeNames=list(names))
        found: dict[str, str] = answer.get("Attributes", {})
        return found

    def receive(self, wait_seconds: int, hide_seconds: int) -> list[Message]:
        return retry(lambda: self._receive(wait_seconds, hide_seconds))

    def _receive(self, wait_seconds: int, hide_seconds: int) -> list[Message]:
        with translate_errors(f"reading {self.url}", SQS):
            answer = self.client.receive_message(
                QueueUrl=self.url,
                MaxNumberOfMessages=_BATCH,
                VisibilityTimeout=hide_seconds,
                WaitTimeSeconds=wait_seconds,
                MessageAttributeNames=["All"],
                AttributeNames=["SentTimestamp"],
            )
        return [self._message(message) for message in answer.get("Messages", [])]

    def _message(self, message: dict[str, Any]) -> Message:
        sent_at, sent = None, message.get("Attributes", {}).get("SentTimestamp")
        if sent:
            sent_at = datetime.fromtimestamp(int(sent) / 1000, UTC)
        return Message(
            id=message["MessageId"],
            receipt=message["ReceiptHandle"],
            body=message["Body"],
            sent_at=sent_at,
            expires_at=sent_at + self._retention if sent_at and self._retention else None,
            attributes={
                name: value["StringValue"]
                for name, value in message.get("MessageAttributes", {}).items()
                if "StringValue" in value
            },
        )

    def extend(self, receipts: Sequence[str], seconds: int) -> list[str]:
        self._in_batches(partial(self._change_visibility, seconds), receipts)
        return list(receipts)

    def release(self, receipts: Sequence[str]) -> None:
        self._in_batches(partial(self._change_visibility, 0), receipts)

    def _change_visibility(self, seconds: int, receipts: Sequence[str]) -> None:
        """SQS refuses a message that is visible again, but says so only in its answer. Such a message needs nothing."""
        entries = [{**entry, "VisibilityTimeout": seconds} for entry in _entries(receipts)]
        with translate_errors(f"releasing messages of {self.url}", SQS):
            self.client.change_message_visibility_batch(QueueUrl=self.url, Entries=entries)

    def delete(self, receipts: Sequence[str]) -> None:
        self._in_batches(self._delete, receipts)

    def _delete(self, receipts: Sequence[str]) -> None:
        remaining = list(receipts)
        for _ in range(_TRIES):
            with translate_errors(f"deleting messages of {self.url}", SQS):
                answer = self.client.delete_message_batch(QueueUrl=self.url, Entries=_entries(remaining))
            failed = [entry for entry in answer.get("Failed", []) if not entry.get("SenderFault")]
            if not failed:
                return
            remaining = [remaining[int(entry["Id"])] for entry in failed]

    def send(self, bodies: Sequence[str]) -> list[IngestError | None]:
        results: list[IngestError | None] = [None] * len(bodies)
        for numbers in split(bodies, _BATCH, _MAX_BATCH_BYTES):
            remaining = numbers
            for attempt in range(_TRIES):
                time.sleep(attempt * _PAUSE_SECONDS)
                failed = retry(partial(self._send, remaining, bodies))
                for number in remaining:
                    results[number] = failed.get(number)
                remaining = [n for n, error in failed.items() if error.reason.fault_class.may_pass]
                if not remaining:
                    break
        return results

    def _send(self, numbers: Sequence[int], bodies: Sequence[str]) -> dict[int, IngestError]:
        """Send the bodies with these numbers. Return the refused ones, with the reasons."""
        action = f"sending to {self.url}"
        entries = [{"Id": str(n), "MessageBody": bodies[n], "MessageGroupId": _GROUP} for n in numbers]
        with translate_errors(action, SQS):
            answer = self.client.send_message_batch(QueueUrl=self.url, Entries=entries)
        sent = {int(entry["Id"]) for entry in answer.get("Successful", [])}
        codes = {int(entry["Id"]): str(entry.get("Code")) for entry in answer.get("Failed", [])}
        # An entry that the answer does not mention counts as refused: nothing says that it was taken.
        return {
            n: map_code(SQS, code, f"{action} failed: {code}", None)
            for n in numbers
            if n not in sent
            for code in [codes.get(n, "ServiceUnavailable")]
        }

    def _in_batches(self, call: Callable[[Sequence[str]], None], receipts: Sequence[str]) -> None:
        batches = [receipts[start : start + _BATCH] for start in range(0, len(receipts), _BATCH)]
        if len(batches) <= 1:
            for batch in batches:
                retry(partial(call, batch))
            return
        with ThreadPoolExecutor(THREADS) as threads:
            for done in [threads.submit(retry, partial(call, batch)) for batch in batches]:
                done.result()


def _entries(receipts: Sequence[str]) -> list[dict[str, Any]]:
    return [{"Id": str(n), "ReceiptHandle": receipt} for n, receipt in enumerate(receipts)]
