"""Write one JSON line about each start and each object, and the metrics of each batch."""

import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics.functions import is_metrics_disabled

from imagesearch_ingest.adapters.telemetry.lines import Line, LineForm, embedded
from imagesearch_ingest.adapters.telemetry.metrics import NAMESPACE, SERVICE, STACK, BatchMetrics, age_of_event
from imagesearch_ingest.events import EventRecord
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.outcomes import Outcome
from imagesearch_ingest.model.reasons import Result
from imagesearch_ingest.redaction import Redactor

# Fields with exact names. All other text is prose, in which more is redacted.
_NAMES = frozenset({"key", "bucket", "product_id", "pic_name", "message_id"})
# A full disk, a pipe without a reader, a closed stream: lost output must not fail a batch that is done. ``logging``
# ignores such errors itself.
_IGNORE_LOST_OUTPUT = suppress(OSError, ValueError)
_LEVELS = {Result.REJECTED: "warning", Result.FAILED: "error"}
# A batch of thousands takes minutes. If its worker is killed, only the metrics of its last objects are lost.
_OBJECTS_AT_A_TIME = 100


class PowertoolsReporter:
    """A ``Reporter`` over Powertools. The redactor removes secrets from every line.

    ``stack`` is a dimension of every metric, so that two deployments in one account stay apart. ``form`` is how the log
    service of the cloud reads metrics. ``now`` tells the time of day.
    """

    def __init__(
        self,
        redactor: Redactor,
        *,
        service: str = SERVICE,
        namespace: str = NAMESPACE,
        stack: str = STACK,
        form: LineForm = embedded,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._redactor = redactor
        self._logger = Logger(service=service, level="INFO", use_rfc3339=True, json_serializer=_dump_ascii)
        self._metrics = BatchMetrics(service, namespace, stack)
        self._form = form
        self._now = now
        self._counting = threading.Lock()

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
        now = self._now()
        line = _flatten(outcome) | {
            "function_request_id": request_id,
            "message_id": record.message_id,
            "receive_count": record.receive_count,
            "age_seconds": age_of_event(outcome, record, now),
            "why": change.why if change else None,
            "run": change.run if change else None,
            "dead_lettered": dead_lettered,
            "dead_letter_fault": str(fault) if fault else None,
        }
        log = getattr(self._logger, _LEVELS.get(outcome.result, "info"))
        log("object", extra={name: self._redact(name, value) for name, value in line.items() if value is not None})
        with self._counting:
            self._metrics.count(outcome, record, dead_lettered=dead_lettered, now=now)
            if self._metrics.objects >= _OBJECTS_AT_A_TIME:
                self._write(self._metrics.take_lines())

    def batch_done(self) -> None:
        """Write the metrics of the objects since the last batch, if there are any."""
        with self._counting:
            self._write(self._metrics.take_last_lines())

    def _write(self, lines: Iterator[Line]) -> None:
        """Write all lines at once, each with its end: other threads write lines, too."""
        written = (one for line in lines for one in self._form(line))
        text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in written)
        if text and not is_metrics_disabled():
            with _IGNORE_LOST_OUTPUT:
                sys.stdout.write(text)
                sys.stdout.flush()

    def _redact(self, name: str, value: object) -> object:
        if not isinstance(value, str):
            return value
        return self._redactor.data(value) if name in _NAMES else self._redactor.prose(value)


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
