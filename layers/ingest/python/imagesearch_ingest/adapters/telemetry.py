"""One JSON line an object, and metrics in CloudWatch's embedded format: both to standard output, by Powertools."""

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
from imagesearch_ingest.model.reasons import Result
from imagesearch_ingest.redaction import Redactor

SERVICE = "imagesearch-ingest"
NAMESPACE = "ImageSearchIngest"

# What a reader takes for the very name of something; all else is prose.
_NAMES = frozenset({"key", "bucket", "product_id", "pic_name", "message_id"})
# A full disk, a pipe that nobody reads, a stream that is closed: what cannot be told must not undo what was done. The
# lines of ``logging`` see to it themselves.
_OUTPUT_IS_LOST = suppress(OSError, ValueError)
_LEVELS = {Result.REJECTED: "warning", Result.FAILED: "error"}


class PowertoolsReporter:
    """Metrics carry no dimension but the service: each further one would multiply what they cost.

    No line holds a secret, by its looks or because ``redactor`` knows it.
    """

    def __init__(self, redactor: Redactor, *, service: str = SERVICE, namespace: str = NAMESPACE) -> None:
        self._redactor = redactor
        self._logger = Logger(service=service, level="INFO", use_rfc3339=True, json_serializer=_as_ascii)
        self._metrics = EphemeralMetrics(namespace=namespace, service=service)
        self._metrics_begun = False
        self._counting = threading.Lock()  # Powertools' metrics are for one thread

    def object_done(
        self,
        outcome: Outcome,
        record: EventRecord,
        *,
        request_id: str,
        dead_lettered: bool,
        fault: IngestError | None,
    ) -> None:
        line = _line(outcome) | {
            "function_request_id": request_id,
            "message_id": record.message_id,
            "receive_count": record.receive_count,
            "dead_lettered": dead_lettered,
            "dead_letter_fault": str(fault) if fault else None,
        }
        log = getattr(self._logger, _LEVELS.get(outcome.result, "info"))
        log("object", extra={name: self._redacted(name, value) for name, value in line.items() if value is not None})
        with self._counting, _OUTPUT_IS_LOST:  # Powertools writes by itself when it has a hundred values
            self._count(outcome, dead_lettered=dead_lettered)

    def batch_done(self) -> None:
        with self._counting:
            if self._metrics_begun:
                self._write_metrics()
            self._metrics_begun = False

    def _write_metrics(self) -> None:
        """In one piece: Powertools' own flush ends its line by another write, and other threads' lines come between."""
        if not is_metrics_disabled():
            with _OUTPUT_IS_LOST:
                sys.stdout.write(json.dumps(self._metrics.serialize_metric_set(), separators=(",", ":")) + "\n")
                sys.stdout.flush()
        self._metrics.clear_metrics()

    def _redacted(self, name: str, value: object) -> object:
        if not isinstance(value, str):
            return value
        return self._redactor.data(value) if name in _NAMES else self._redactor.prose(value)

    def _count(self, outcome: Outcome, *, dead_lettered: bool) -> None:
        self._metrics_begun = True
        self._metrics.add_metric(name=outcome.result.capitalize(), unit=MetricUnit.Count, value=1)
        self._metrics.add_metric(name="DeadLettered", unit=MetricUnit.Count, value=int(dead_lettered))
        self._metrics.add_metric(name="Retries", unit=MetricUnit.Count, value=outcome.retries)
        self._metrics.add_metric(name="IngestLatency", unit=MetricUnit.Milliseconds, value=outcome.milliseconds)
        for leg, milliseconds in (outcome.legs or {}).items():
            name = f"{leg.capitalize()}Latency"
            self._metrics.add_metric(name=name, unit=MetricUnit.Milliseconds, value=milliseconds)


def _as_ascii(line: object) -> str:
    """A key may hold what standard output cannot be told in UTF-8; then the line would be lost."""
    return json.dumps(line, ensure_ascii=True, default=str)


def _line(outcome: Outcome) -> dict[str, object]:
    """The fields of an outcome, flat; the first six are those of the operator's output (design, section 8)."""
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
