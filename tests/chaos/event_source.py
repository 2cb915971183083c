"""Lambda's event source mapping, which connects SQS with the function. Each slot is a process."""

from collections.abc import Callable
from dataclasses import dataclass, field

from imagesearch_ingest.entrypoints.lambda_worker import LambdaWorker, MisconfiguredWorker
from imagesearch_ingest.model.errors import SettingsError
from tests.chaos.calls import WorkerKilled
from tests.chaos.events import sqs_record
from tests.chaos.worker_slot import WorkerSlot
from tests.support.fakes import FakeEventQueue
from tests.support.queues import FakeMessage


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
        self.worker = self._start_worker()
        while not self.slot.is_over():
            batch = self.slot.collect(self.queue)
            if not batch:
                self.slot.wait(self.queue.seconds_until_visible())
                continue
            try:
                self._invoke(batch)
            except WorkerKilled:
                self.slot.restart()
                self.worker = self._start_worker()
            except SettingsError:
                self.slot.restart()

    def _start_worker(self) -> LambdaWorker | MisconfiguredWorker:
        self.slot.begin_worker()
        return self.new_worker()

    def _invoke(self, batch: list[FakeMessage]) -> None:
        request_id, event = self.slot.begin(batch), {"Records": [sqs_record(message) for message in batch]}
        receipts = [message.receipt for message in batch]
        answer = self.worker.run(event, seconds_left=self.slot.invocation_seconds, request_id=request_id)
        failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        for message, receipt in zip(batch, receipts, strict=True):
            if message.message_id not in failed and not self.loses_delete():
                self.queue.delete(receipt)
