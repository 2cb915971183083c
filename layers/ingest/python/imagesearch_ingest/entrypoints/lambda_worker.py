"""Run one invocation of a Lambda function: from its event to the response for the platform."""

import random
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn

from imagesearch_ingest.batch.batch import Batch
from imagesearch_ingest.batch.ports import EventQueue
from imagesearch_ingest.batch.redelivery import SQS_RETENTION, Delivery, seconds_of_outage
from imagesearch_ingest.batch.settling import SETTLING_SECONDS
from imagesearch_ingest.events import parse_lambda_event
from imagesearch_ingest.model.errors import IngestError, NotDoneError, SettingsError
from imagesearch_ingest.pacing.clock import Clock, Deadline


@dataclass(frozen=True, slots=True)
class LambdaWorker:
    """Run batches for the life of an execution environment."""

    batch: Batch
    clock: Clock

    def run(self, event: object, *, seconds_left: float, request_id: str) -> dict[str, Any]:
        """Return the partial batch response: the messages that stay in the queue.

        Raise ``NotDoneError`` if a record that is not done cannot be named: it has no queue, or no ID. Raise
        ``ValueError`` for an unknown trigger. EventBridge Pipes reads the same response of a target.
        """
        records = parse_lambda_event(event)
        deadline = Deadline.after(self.clock, seconds_left - SETTLING_SECONDS)
        handed_back = self.batch.run(records, deadline, request_id)
        if any(back.record.receipt is None or not back.record.message_id for back in handed_back):
            raise NotDoneError(NotDoneError.TEXT)
        return {"batchItemFailures": [{"itemIdentifier": back.record.message_id} for back in handed_back]}


@dataclass(frozen=True, slots=True)
class MisconfiguredWorker:
    """Fail every invocation because the settings are wrong, and defer the records meanwhile.

    Otherwise each failure would bring the records back after the queue's visibility timeout. If that is short, they
    would reach the 1,000th receive, at which the queue redrives them, within days. No record is ever acknowledged.
    """

    fault: SettingsError
    queue: EventQueue | None
    clock: Clock
    rng: random.Random

    def run(self, event: object, *, seconds_left: float, request_id: str) -> NoReturn:  # noqa: ARG002 - as LambdaWorker's
        """Raise ``SettingsError``, or ``ValueError`` for an unknown trigger."""
        for record in parse_lambda_event(event):
            if self.queue and record.receipt is not None:
                delivery = Delivery.of(record, self.clock.now(), SQS_RETENTION)
                with suppress(IngestError):
                    self.queue.defer(record.receipt, seconds_of_outage(delivery, self.rng))
        raise self.fault
