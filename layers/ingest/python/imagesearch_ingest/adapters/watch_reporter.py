"""Write what a look found: one line for people, and metrics for the alarms."""

import json
import sys
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from imagesearch_ingest.adapters.telemetry import NAMESPACE, SERVICE, LineForm, embedded
from imagesearch_ingest.redaction import Redactor
from imagesearch_ingest.watch.findings import Kind
from imagesearch_ingest.watch.look import Look

_LEVELS = {Kind.FAULT: "error", Kind.UNSEEN: "warning", Kind.REMARK: "warning"}


class PowertoolsWatchReporter:
    """A ``WatchReporter`` over Powertools. The redactor removes secrets from every text.

    ``form`` is how the log service of the cloud reads metrics.
    """

    def __init__(self, redactor: Redactor, *, stack: str, form: LineForm = embedded) -> None:
        self._redactor = redactor
        self._stack = stack
        self._form = form
        self._logger = Logger(service=SERVICE, level="INFO", use_rfc3339=True)

    def looked(self, look: Look) -> dict[str, Any]:
        """Write the line and the metrics. Return the line's fields."""
        fields = self._describe(look)
        kinds = {one.kind for one in look.findings}
        level = next((name for kind, name in _LEVELS.items() if kind in kinds), "info")
        getattr(self._logger, level)("look", extra=fields)
        self._write_metrics(look)
        return fields

    def _describe(self, look: Look) -> dict[str, Any]:
        """Return the fields of the line. What is not known is left out."""
        known = {
            "announcing": look.announcing,
            "index_full_percent": _round(look.full_percent),
            "days_to_expiry": _round(look.days_to_expiry),
        }
        findings = [
            {
                "kind": one.kind.value,
                "detail": self._redactor.prose(one.detail),
                "to_do": self._redactor.prose(one.to_do),
            }
            for one in look.findings
        ]
        return {name: value for name, value in known.items() if value is not None} | {"findings": findings}

    def _write_metrics(self, look: Look) -> None:
        """Write the metrics. A value that is not known is left out: a guess would end or raise an alarm."""
        metrics = EphemeralMetrics(namespace=NAMESPACE, service=SERVICE)
        metrics.add_dimension(name="stack", value=self._stack)
        metrics.add_metric(name="WatchFailed", unit=MetricUnit.Count, value=int(look.has_failed))
        if look.full_percent is not None:
            metrics.add_metric(name="IndexFullPercent", unit=MetricUnit.Percent, value=look.full_percent)
        if look.days_to_expiry is not None:
            metrics.add_metric(name="DaysToExpiry", unit=MetricUnit.Count, value=look.days_to_expiry)
        if look.announcing is not None:
            metrics.add_metric(name="Announcing", unit=MetricUnit.Count, value=int(look.announcing))
        for line in self._form(dict(metrics.serialize_metric_set())):
            sys.stdout.write(json.dumps(line, separators=(",", ":")) + "\n")
        sys.stdout.flush()


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
