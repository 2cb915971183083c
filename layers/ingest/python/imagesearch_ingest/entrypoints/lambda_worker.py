"""What a Lambda function does with one invocation: event in, answer to the platform out."""

import random
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn

from imagesearch_ingest.batch.batch import Batch
from imagesearch_ingest.batch.ports import EventQueue
from imagesearch_ingest.batch.redelivery import seconds_for_a_person
from imagesearch_ingest.batch.settling import SETTLING_SECONDS
from imagesearch_ingest.events import parse_lambda_event
from imagesearch_ingest.model.errors import IngestError, NotDoneError, SettingsError
from imagesearch_ingest.pacing.clock import Deadline


@dataclass(frozen=True, slots=True)
class LambdaWorker:
    """Lives as long as its execution environment."""

    batch: Batch

    def run(self, event: Mapping[str, Any], *, seconds_left: float, request_id: str) -> dict[str, Any]:
        """Returns the partial batch response: the messages that stay in the queue.

        Raises ``NotDoneError`` for an event without a queue that is not done, ``ValueError`` for an unknown trigger.
        """
        records = parse_lambda_event(event)
        deadline = Deadline.after(self.batch.settler.clock, seconds_left - SETTLING_SECONDS)
        handed_back = self.batch.run(records, deadline, request_id)
        if any(back.record.receipt is None for back in handed_back):
            raise NotDoneError("the event could not be settled now, see the outcome lines; it is to be sent again")
        return {"batchItemFailures": [{"itemIdentifier": back.record.message_id} for back in handed_back]}


@dataclass(frozen=True, slots=True)
class MisconfiguredWorker:
    """In the place of a worker whose settings are wrong: every invocation fails, and costs no record its patience.

    Without it, each failure would bring the records back after the queue's own visibility timeout. Where that is
    shorter than the template's, the thousandth receive, the queue's end of them, would come before its fortnight ends.
    """

    fault: SettingsError
    queue: EventQueue | None
    rng: random.Random

    def run(self, event: Mapping[str, Any], *, seconds_left: float, request_id: str) -> NoReturn:  # noqa: ARG002 - as LambdaWorker's
        """Raises ``SettingsError``, or ``ValueError`` for an unknown trigger."""
        for record in parse_lambda_event(event):
            if self.queue and record.receipt is not None:
                with suppress(IngestError):
                    self.queue.defer(record.receipt, seconds_for_a_person(self.rng))
        raise self.fault
