"""Count what a batch has done, and write it in CloudWatch's embedded metric format (docs/design.md, section 11).

A line of that format has one value for each dimension. So there is one line for the metrics of the whole stack, and one
for each outcome and reason that occurred. The table of reasons bounds how many metrics a stack can have.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from imagesearch_ingest.events import EventRecord
from imagesearch_ingest.model.objects import ChangeKind
from imagesearch_ingest.model.outcomes import Outcome
from imagesearch_ingest.model.reasons import FaultClass, Reason, Result, Stage

SERVICE = "imagesearch-ingest"
NAMESPACE = "ImageSearchIngest"
STACK = "imagesearch-ingest"
# The specification allows 100 values of a metric in a line. Powertools prints by itself what reaches that number.
VALUES_IN_A_LINE = 99
# A systemic fault that is met again after its record was hidden for half an hour has lasted for as long.
PERSISTENT_RECEIVE = 2
LONGEST_AGE_SECONDS = (
    28 * 86400
)  # twice SQS's retention: the time of the event is that of a sample, or a clock is wrong
_EVENTS = frozenset({ChangeKind.CREATED, ChangeKind.REMOVED})  # what happened, rather than what somebody asks for
_SECONDS, _MILLISECONDS = MetricUnit.Seconds, MetricUnit.Milliseconds


class BatchMetrics:
    """Collect numbers until they are taken as lines. Not safe for several threads at once."""

    def __init__(self, service: str, namespace: str, stack: str) -> None:
        self._service, self._namespace, self._stack = service, namespace, stack
        self._objects: Counter[tuple[str, str | None]] = Counter()
        self._counts: Counter[str] = Counter()
        self._values: dict[tuple[str, MetricUnit], list[float]] = {}
        self._passed_over = self._taken = 0  # objects of this batch, for NothingTaken
        self._persistent = self._changed = 0  # objects of this batch, for OperatorNeeded

    @property
    def objects(self) -> int:
        """Return how many objects were counted since lines were last taken."""
        return self._objects.total()

    def count(self, outcome: Outcome, record: EventRecord, *, dead_lettered: bool, now: datetime) -> None:
        """Count one object of a record. ``now`` has a time zone."""
        self._objects[outcome.result, outcome.reason.code if outcome.reason else None] += 1
        self._counts[outcome.result.capitalize()] += 1
        self._counts["DeadLettered"] += dead_lettered
        self._counts["BlankPictures"] += _is_blank(outcome)
        self._counts["AddCalls"] += outcome.add_calls
        self._counts["AddCallsThrottled"] += outcome.add_calls_throttled
        self._measure("Retries", MetricUnit.Count, outcome.retries)
        self._measure("IngestLatency", _MILLISECONDS, outcome.milliseconds)
        for leg, milliseconds in (outcome.legs or {}).items():
            self._measure(f"{leg.capitalize()}Latency", _MILLISECONDS, milliseconds)
        self._measure_age(outcome, record, now, is_done=outcome.result is not Result.FAILED or dead_lettered)
        self._judge(outcome, record)

    def take_lines(self) -> Iterator[dict[str, Any]]:
        """Return what was counted as lines, and forget it, but for the judgement of the batch."""
        lines = [*self._stack_lines(), *self._outcome_lines()]
        self._objects.clear()
        self._counts.clear()
        self._values.clear()
        return iter(lines)

    def take_last_lines(self) -> Iterator[dict[str, Any]]:
        """Return what was counted as lines, with the judgement of the batch, and forget all of it."""
        if self._passed_over or self._taken:
            self._counts["NothingTaken"] = int(not self._taken)
        if self._persistent or self._changed:
            self._counts["OperatorNeeded"] = int(self._persistent > 0)
        self._passed_over = self._taken = self._persistent = self._changed = 0
        return self.take_lines()

    def _measure(self, name: str, unit: MetricUnit, value: float) -> None:
        self._values.setdefault((name, unit), []).append(value)

    def _measure_age(self, outcome: Outcome, record: EventRecord, now: datetime, *, is_done: bool) -> None:
        """Measure how long an object took since its event, or how long a record waits that comes back."""
        if not is_done:
            if record.retention_began_at:
                self._add_age("WaitingAge", _seconds_since(record.retention_began_at, now))
        elif outcome.result is not Result.SKIPPED:
            self._add_age("Age", age_of_event(outcome, record, now))

    def _add_age(self, name: str, seconds: float | None) -> None:
        if seconds is not None:
            self._measure(name, _SECONDS, seconds)

    def _judge(self, outcome: Outcome, record: EventRecord) -> None:
        """Note what the object says about the settings, and about faults that an operator must mend.

        Files that are never pictures, and events that change no picture, say nothing about the settings.
        """
        if outcome.reason and outcome.reason.chosen_by_settings:
            self._passed_over += 1
        elif outcome.result is not Result.SKIPPED or (outcome.reason and outcome.reason.stage is Stage.FETCH):
            self._taken += 1
        self._changed += outcome.result.changed_index
        self._persistent += outcome.fault_class is FaultClass.SYSTEMIC and record.receive_count >= PERSISTENT_RECEIVE

    def _stack_lines(self) -> Iterator[dict[str, Any]]:
        """Yield lines with the stack as dimension, until all values of the metric with the most values are in one."""
        values = {(name, MetricUnit.Count): [float(number)] for name, number in self._counts.items()} | self._values
        longest = max(map(len, values.values()), default=0)
        for start in range(0, longest, VALUES_IN_A_LINE):
            metrics = self._new_line()
            for (name, unit), all_values in values.items():
                for value in all_values[start : start + VALUES_IN_A_LINE]:
                    metrics.add_metric(name=name, unit=unit, value=value)
            yield dict(metrics.serialize_metric_set())

    def _outcome_lines(self) -> Iterator[dict[str, Any]]:
        for (result, reason), number in self._objects.items():
            metrics = self._new_line()
            outcome = {"service": self._service, "stack": self._stack, "outcome": result}
            metrics.add_dimensions(**outcome)
            if reason:
                metrics.add_dimensions(**outcome, reason=reason)
            metrics.add_metric(name="Objects", unit=MetricUnit.Count, value=number)
            yield dict(metrics.serialize_metric_set())

    def _new_line(self) -> EphemeralMetrics:
        metrics = EphemeralMetrics(namespace=self._namespace, service=self._service)
        metrics.add_dimension(name="service", value=self._service)
        metrics.add_dimension(name="stack", value=self._stack)
        return metrics


def age_of_event(outcome: Outcome, record: EventRecord, now: datetime) -> float | None:
    """Return how many seconds ago the upload or the removal happened. ``now`` has a time zone.

    An announcement and a replayed letter say nothing about how long uploads take: ``None``.
    """
    if record.replayed:
        return None
    change = next((one for one in record.changes if one.ref == outcome.ref and one.kind in _EVENTS), None)
    happened = _read_time(change.event_time) if change else None
    return _seconds_since(happened, now) if happened else None


def _seconds_since(time: datetime, now: datetime) -> float | None:
    seconds = (now - time).total_seconds()
    if seconds > LONGEST_AGE_SECONDS:
        return None
    return max(0.0, round(seconds, 1))  # two machines' clocks differ a little


def _is_blank(outcome: Outcome) -> bool:
    """Return whether a picture that shows nothing was added, or was rejected for it."""
    if outcome.result is Result.ADDED and outcome.prepared:
        return outcome.prepared.is_blank
    return outcome.reason is Reason.IMAGE_BLANK


def _read_time(text: str | None) -> datetime | None:
    """Return the time of an event, or ``None`` if it is no time with a time zone."""
    try:
        time = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return time if time.tzinfo else None
