"""Write JSON lines about starts and objects, and metrics in CloudWatch's embedded format, to standard output."""

import json
import sys
import threading
from contextlib import suppress

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit
from aws_lambda_powertools.metrics.functions import is_metrics_disabled

from imagesearch_ingest.events import EventRecord
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.outcomes import Outcome
from imagesearch_ingest.model.reasons import Reason, Result, Stage
from imagesearch_ingest.redaction import Redactor

SERVICE = "imagesearch-ingest"
NAMESPACE = "ImageSearchIngest"

# Fields with exact names. All other text is prose, in which more is redacted.
_NAMES = frozenset({"key", "bucket", "product_id", "pic_name", "message_id"})
# A full disk, a pipe without a reader, a closed stream: lost output must not fail a batch that is done. ``logging``
# ignores such errors itself.
_IGNORE_LOST_OUTPUT = suppress(OSError, ValueError)
_LEVELS = {Result.REJECTED: "warning", Result.FAILED: "error"}


class PowertoolsReporter:
    """A ``Reporter`` over Powertools. The redactor removes secrets from every line.

    Metrics have the service as their only dimension, because each further dimension would multiply their cost.
    """

    def __init__(self, redactor: Redactor, *, service: str = SERVICE, namespace: str = NAMESPACE) -> None:
        self._redactor = redactor
        self._logger = Logger(service=service, level="INFO", use_rfc3339=True, json_serializer=_dump_ascii)
        self._metrics = EphemeralMetrics(namespace=namespace, service=service)
        self._has_metrics = False
        self._passed_over = self._taken = 0  # objects of this batch, for NothingTaken
        self._counting = threading.Lock()  # Powertools' metrics are not safe for several threads

    def started(self, summary: str, **fields: str) -> None:
        """Log one line about the start of the process. ``summary`` says in words what the worker will take."""
        self._logger.info("start", extra={"summary": self._redactor.prose(summary), **fields})

    def object_done(
        self,
        outcome: Outcome,
        record: EventRecord,
        *,
        request_id: str,
        dead_lettered: bool,
        fault: IngestError | None,
    ) -> None:
        """Log one object's outcome and count it. ``fault`` is why its dead letter could not be written."""
        change = next((change for change in record.changes if change.ref == outcome.ref), None)
        line = _flatten(outcome) | {
            "function_request_id": request_id,
            "message_id": record.message_id,
            "receive_count": record.receive_count,
            "why": change.why if change else None,
            "run": change.run if change else None,
            "dead_lettered": dead_lettered,
            "dead_letter_fault": str(fault) if fault else None,
        }
        log = getattr(self._logger, _LEVELS.get(outcome.result, "info"))
        log("object", extra={name: self._redact(name, value) for name, value in line.items() if value is not None})
        with self._counting, _IGNORE_LOST_OUTPUT:  # once there are a hundred values, Powertools writes them here
            self._count(outcome, dead_lettered=dead_lettered)

    def batch_done(self) -> None:
        """Write the metrics of the objects since the last batch, if there are any."""
        with self._counting:
            if self._has_metrics:
                with _IGNORE_LOST_OUTPUT:
                    self._count_batch()
                self._write_metrics()
            self._has_metrics = False
            self._passed_over = self._taken = 0

    def _write_metrics(self) -> None:
        """Write the line at once: Powertools writes the line's end separately, and other threads could come between."""
        if not is_metrics_disabled():
            with _IGNORE_LOST_OUTPUT:
                sys.stdout.write(json.dumps(self._metrics.serialize_metric_set(), separators=(",", ":")) + "\n")
                sys.stdout.flush()
        self._metrics.clear_metrics()

    def _redact(self, name: str, value: object) -> object:
        if not isinstance(value, str):
            return value
        return self._redactor.data(value) if name in _NAMES else self._redactor.prose(value)

    def _count_batch(self) -> None:
        """Count whether the settings passed over every object that a batch could have taken.

        Files that are never pictures, and events that change no picture, say nothing about the settings.
        """
        if self._passed_over or self._taken:
            nothing = int(not self._taken)
            self._metrics.add_metric(name="NothingTaken", unit=MetricUnit.Count, value=nothing)

    def _count(self, outcome: Outcome, *, dead_lettered: bool) -> None:
        self._has_metrics = True
        if outcome.reason and outcome.reason.chosen_by_settings:
            self._passed_over += 1
        elif outcome.result is not Result.SKIPPED or (outcome.reason and outcome.reason.stage is Stage.FETCH):
            self._taken += 1
        self._metrics.add_metric(name=outcome.result.capitalize(), unit=MetricUnit.Count, value=1)
        self._metrics.add_metric(name="DeadLettered", unit=MetricUnit.Count, value=int(dead_lettered))
        self._metrics.add_metric(name="BlankPictures", unit=MetricUnit.Count, value=int(_is_blank(outcome)))
        self._metrics.add_metric(name="Retries", unit=MetricUnit.Count, value=outcome.retries)
        self._metrics.add_metric(name="IngestLatency", unit=MetricUnit.Milliseconds, value=outcome.milliseconds)
        for leg, milliseconds in (outcome.legs or {}).items():
            name = f"{leg.capitalize()}Latency"
            self._metrics.add_metric(name=name, unit=MetricUnit.Milliseconds, value=milliseconds)


def _is_blank(outcome: Outcome) -> bool:
    """Return whether a picture that shows nothing was added, or was rejected for it."""
    if outcome.result is Result.ADDED and outcome.prepared:
        return outcome.prepared.is_blank
    return outcome.reason is Reason.IMAGE_BLANK


def _dump_ascii(line: object) -> str:
    """Return the line in ASCII: a key may hold characters that UTF-8 cannot encode, and the line would be lost."""
    return json.dumps(line, ensure_ascii=True, default=str)


def _flatten(outcome: Outcome) -> dict[str, object]:
    """Return an outcome's fields as a flat mapping. The first six are those of the commands (design, section 8)."""
    ref, identity, prepared = outcome.ref, outcome.identity, outcome.prepared
    return {
        "key": ref.key if ref else None,
        "outcome": outcome.result,
        "reason": outcome.reason.code if outcome.reason else None,
        "product_id": identity.product_id if identity else None,
        "pic_name": identity.pic_name if identity else None,
        "ms": outcome.milliseconds,
        "bucket": ref.bucket if ref else None,
        "detail": outcome.detail,
        "fault_class": outcome.fault_class if outcome.reason else None,
        "index_holds": outcome.index_holds,
        "service_code": outcome.service_code,
        "service_request_id": outcome.service_request_id,
        "retries": outcome.retries,
        "bytes_in": prepared.bytes_in if prepared else None,
        "bytes_out": prepared.bytes_out if prepared else None,
        "steps": list(prepared.steps) if prepared else None,
        "legs_ms": dict(outcome.legs) if outcome.legs else None,
        "traceback": outcome.traceback,
    }
