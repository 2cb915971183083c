"""What a Lambda function does with one invocation: event in, answer to the platform out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from imagesearch_ingest.batch import Batch
from imagesearch_ingest.events import parse_lambda_event
from imagesearch_ingest.retrying import Deadline

SETTLING_SECONDS = 2.0  # kept back of an invocation's time for the queue's answers


class NotDoneError(Exception):
    """Raised where no queue can take a record back: the platform invokes again, and gives up in its own way."""


@dataclass(frozen=True, slots=True)
class LambdaWorker:
    """Lives as long as its execution environment. ``invocation_begins`` is told each invocation's request id."""

    batch: Batch
    invocation_begins: Callable[[str], None]

    def run(self, event: Mapping[str, Any], *, seconds_left: float, request_id: str) -> dict[str, Any]:
        """Returns the partial batch response: the messages that stay in the queue.

        Raises ``NotDoneError`` for an event without a queue that is not done, ``ValueError`` for an unknown trigger.
        """
        self.invocation_begins(request_id)
        records = parse_lambda_event(event)
        deadline = Deadline.after(self.batch.clock, seconds_left - SETTLING_SECONDS)
        handed_back = self.batch.run(records, deadline, request_id)
        if handed_back and any(record.receipt is None for record in records):
            raise NotDoneError("the event could not be settled now, see the outcome lines; it is to be sent again")
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in handed_back]}
