"""Between SQS and the function: Lambda's event source mapping. Each lane is a process."""

from collections.abc import Callable
from dataclasses import dataclass, field

from imagesearch_ingest.entrypoints.lambda_worker import LambdaWorker, MisconfiguredWorker
from imagesearch_ingest.model.errors import SettingsError
from tests.chaos.calls import Killed
from tests.chaos.sqs import Sqs
from tests.chaos.worker_slot import Lane


@dataclass(slots=True)
class EventSourceMapping:
    """Lambda developer guide, Using Lambda with Amazon SQS: what is not listed as failed is deleted."""

    lane: Lane
    sqs: Sqs
    new_worker: Callable[[], LambdaWorker | MisconfiguredWorker]
    loses: Callable[[], bool]  # whether a message that is done is given out once more all the same
    worker: LambdaWorker | MisconfiguredWorker = field(init=False)

    def live(self) -> None:
        self.worker = self.new_worker()
        while not self.lane.is_over():
            batch = self._collect()
            if not batch:
                self.lane.rest(self.sqs.seconds_until_visible())
                continue
            try:
                self._invoke(batch)
            except Killed:
                self.lane.killed()
                self.worker = self.new_worker()
            except SettingsError:
                self.lane.killed()

    def _collect(self) -> list[dict]:
        """Until the batch is full, or the batching window is over."""
        batch = self.sqs.receive(self.lane.batch_size)
        if batch and len(batch) < self.lane.batch_size:
            self.lane.calls.timeline.sleep(self.lane.window_seconds)
            batch += self.sqs.receive(self.lane.batch_size - len(batch))
        return batch

    def _invoke(self, batch: list[dict]) -> None:
        request_id = self.lane.begin()
        answer = self.worker.run({"Records": batch}, seconds_left=self.lane.invocation_seconds, request_id=request_id)
        failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        for message in batch:
            if message["messageId"] not in failed and not self.loses():
                self.sqs.delete(message["receiptHandle"])
