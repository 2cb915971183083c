"""Lambda's event source mapping, which connects SQS with the function. Each slot is a process."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from imagesearch_ingest.entrypoints.lambda_worker import LambdaWorker, MisconfiguredWorker
from imagesearch_ingest.model.errors import SettingsError
from tests.chaos.calls import WorkerKilled
from tests.chaos.events import sqs_record
from tests.chaos.worker_slot import WorkerSlot
from tests.support.fakes import FakeEventQueue


@dataclass(slots=True)
class EventSourceMapping:
    """Invoke the function with batches, and delete each message that its answer does not list as failed.

    Source: Lambda developer guide, Using Lambda with Amazon SQS. ``loses_delete`` decides whether a delete gets lost,
    so that a settled message is received again.
    """

    slot: WorkerSlot
    queue: FakeEventQueue
    new_worker: Callable[[], LambdaWorker | MisconfiguredWorker]
    loses_delete: Callable[[], bool]
    worker: LambdaWorker | MisconfiguredWorker = field(init=False)

    def run(self) -> None:
        self.worker = self.new_worker()
        while not self.slot.is_over():
            batch = self._collect()
            if not batch:
                self.slot.wait(self.queue.seconds_until_visible())
                continue
            try:
                self._invoke(batch)
            except WorkerKilled:
                self.slot.restart()
                self.worker = self.new_worker()
            except SettingsError:
                self.slot.restart()

    def _collect(self) -> list[dict[str, Any]]:
        """Return the messages of a full batch, or those that came within the batching window."""
        batch = self._receive(self.slot.batch_size)
        if batch and len(batch) < self.slot.batch_size:
            self.slot.calls.timeline.sleep(self.slot.window_seconds)
            batch += self._receive(self.slot.batch_size - len(batch))
        return batch

    def _receive(self, max_messages: int) -> list[dict[str, Any]]:
        return [
            sqs_record(one.message_id, one.receipt, one.body, one.receives, one.first_received_at)
            for one in self.queue.receive(max_messages)
        ]

    def _invoke(self, batch: list[dict[str, Any]]) -> None:
        request_id = self.slot.begin()
        answer = self.worker.run({"Records": batch}, seconds_left=self.slot.invocation_seconds, request_id=request_id)
        failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        for message in batch:
            if message["messageId"] not in failed and not self.loses_delete():
                self.queue.delete(message["receiptHandle"])
