"""The batches of an event source."""

import threading
from typing import Any

from local_cloud.triggers.event_source import EventSource

_MESSAGE = {"ReceiptHandle": "r", "Body": "{}", "Attributes": {"ApproximateReceiveCount": "1"}}


class Flaky:
    """An SQS that fails after its first response."""

    def __init__(self) -> None:
        self.deleted: list[str] = []
        self.polls = 0

    def receive_message(self, **_: Any) -> dict[str, Any]:
        self.polls += 1
        if self.polls > 1:
            raise ConnectionError("gone")
        return {"Messages": [_MESSAGE | {"MessageId": f"m{number}"} for number in range(10)]}

    def delete_message_batch(self, Entries: list[dict[str, str]], **_: Any) -> None:  # noqa: N803 - boto3's
        self.deleted += [entry["Id"] for entry in Entries]


def test_a_failed_poll_delivers_its_messages() -> None:
    sqs, events, invoked = Flaky(), [], threading.Event()

    def invoke(event: Any) -> dict[str, Any]:
        events.append(event)
        invoked.set()
        return {"batchItemFailures": []}

    source = EventSource(sqs, "url", "arn:aws:sqs:us-east-1:1:q", invoke, concurrency=1, batch_size=20)
    source.start()
    assert invoked.wait(10)
    source.stop()
    source.join()
    assert [len(event["Records"]) for event in events] == [10]
    assert len(sqs.deleted) == 10
