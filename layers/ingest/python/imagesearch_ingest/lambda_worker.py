"""What a Lambda function does with one invocation: event in, answer to the platform out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from imagesearch_ingest.batch import SETTLING_SECONDS, Batch
from imagesearch_ingest.errors import NotDoneError
from imagesearch_ingest.events import parse_lambda_event
from imagesearch_ingest.retrying import Deadline


@dataclass(frozen=True, slots=True)
class LambdaWorker:
    """Lives as long as its execution environment."""

    batch: Batch

    def run(self, event: Mapping[str, Any], *, seconds_left: float, request_id: str) -> dict[str, Any]:
        """Returns the partial batch response: the messages that stay in the queue.

        Raises ``NotDoneError`` for an event without a queue that is not done, ``ValueError`` for an unknown trigger.
        """
        records = parse_lambda_event(event)
        deadline = Deadline.after(self.batch.clock, seconds_left - SETTLING_SECONDS)
        handed_back = self.batch.run(records, deadline, request_id)
        if any(back.record.receipt is None for back in handed_back):
            raise NotDoneError("the event could not be settled now, see the outcome lines; it is to be sent again")
        return {"batchItemFailures": [{"itemIdentifier": back.record.message_id} for back in handed_back]}
