"""Evaluate alarms as CloudWatch does, over metrics in a time of the test's own.

The rules are those of the user guide of CloudWatch: "Alarm evaluation", "Configuring how CloudWatch alarms treat
missing data" with its tables, and "Using math expressions". A data point covers one period back from the time of the
evaluation.
"""

import ast
import bisect
import operator
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import Any

from tests.support.emf import Series, read

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
# CloudWatch looks further back than the evaluation periods if data points are missing. The guide's examples have two.
FURTHER_BACK = 2
OK, ALARM, INSUFFICIENT = "OK", "ALARM", "INSUFFICIENT_DATA"
STATISTICS: dict[str, Callable[[list[float]], float]] = {
    "Sum": sum,
    "Maximum": max,
    "Minimum": min,
    "Average": lambda values: sum(values) / len(values),
    "SampleCount": len,
}
OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanOrEqualToThreshold": operator.le,
    "LessThanThreshold": operator.lt,
}


class Metrics:
    """The values of metrics with their times, in seconds."""

    def __init__(self) -> None:
        self._times: dict[Series, list[float]] = defaultdict(list)
        self._values: dict[Series, list[float]] = defaultdict(list)

    def add(self, at: float, series: Series, *values: float) -> None:
        """Add values at a time that is not before the latest one of the metric."""
        for value in values:
            assert not self._times[series] or at >= self._times[series][-1]
            self._times[series].append(at)
            self._values[series].append(float(value))

    def take(self, at: float, lines: Iterable[dict[str, Any]]) -> None:
        """Add the values of lines in the embedded metric format."""
        for line in lines:
            for series, values in read(line).items():
                self.add(at, series, *values)

    def known(self) -> set[Series]:
        """Return all metrics that have values."""
        return set(self._times)

    def between(self, series: Series, after: float, until: float) -> list[float]:
        """Return the values in a period, without its beginning."""
        times = self._times.get(series, [])
        return self._values.get(series, [])[bisect.bisect_right(times, after) : bisect.bisect_right(times, until)]


def series_of(metric: Mapping[str, Any]) -> Series:
    """Return the metric that an alarm or a part of it names."""
    dimensions = frozenset((one["Name"], one["Value"]) for one in metric.get("Dimensions", []))
    return Series(metric["Namespace"], metric["MetricName"], dimensions)


def history(alarm: Mapping[str, Any], metrics: Metrics, until: float, step: float = MINUTE) -> list[tuple[float, str]]:
    """Return each change of the alarm's state with its time, evaluated every ``step`` seconds from 0 on."""
    changes, state = [], INSUFFICIENT
    for number in range(int(until / step) + 1):
        new = _state_at(alarm, metrics, number * step, state)
        if new != state:
            changes.append((number * step, new))
        state = new
    return changes


def red(changes: list[tuple[float, str]], until: float) -> list[tuple[float, float]]:
    """Return from when to when an alarm was in the state ALARM. The latter is ``until`` if it still is."""
    return [(at, end) for (at, state), (end, _) in pairwise([*changes, (until, "")]) if state == ALARM]


def _state_at(alarm: Mapping[str, Any], metrics: Metrics, now: float, state: str) -> str:
    period = alarm.get("Period") or _periods(alarm)
    values = [
        _value(alarm, metrics, now - (number + 1) * period, now - number * period)
        for number in range(alarm["EvaluationPeriods"] + FURTHER_BACK)
    ]
    breaches = OPERATORS[alarm["ComparisonOperator"]]
    points = [None if value is None else breaches(value, float(alarm["Threshold"])) for value in values]
    needed = alarm["EvaluationPeriods"]
    return judge(points, needed, alarm.get("DatapointsToAlarm", needed), alarm["TreatMissingData"], state)


def judge(points: list[bool | None], periods: int, to_alarm: int, missing: str, state: str) -> str:
    """Return the new state. ``points`` says of each data point, the newest first, whether it breaches the threshold.

    Missing points count only if there are fewer real ones than periods.
    """
    real = [point for point in points if point is not None][:periods]
    absent = periods - len(real)
    breaching = sum(real) + (absent if missing == "breaching" else 0)
    if breaching >= to_alarm:
        return ALARM
    if not absent or False in real or missing in {"breaching", "notBreaching"}:
        return OK
    if missing == "ignore":
        return state
    if not real:
        return INSUFFICIENT
    oldest = max(number for number, point in enumerate(points, 1) if point)
    return ALARM if oldest >= to_alarm else state


def _value(alarm: Mapping[str, Any], metrics: Metrics, after: float, until: float) -> float | None:
    if "MetricName" in alarm:
        return _statistic(alarm["Statistic"], metrics.between(series_of(alarm), after, until))
    found: dict[str, float | None] = {}
    for query in alarm["Metrics"]:
        if "MetricStat" in query:
            stat = query["MetricStat"]
            found[query["Id"]] = _statistic(stat["Stat"], metrics.between(series_of(stat["Metric"]), after, until))
    (expression,) = [query["Expression"] for query in alarm["Metrics"] if query.get("ReturnData")]
    if None in found.values():  # an expression has no value where one of its metrics has none
        return None
    return _calculate(ast.parse(expression, mode="eval").body, found)


def _statistic(name: str, values: list[float]) -> float | None:
    return STATISTICS[name](values) if values else None


def _periods(alarm: Mapping[str, Any]) -> float:
    (period,) = {query["MetricStat"]["Period"] for query in alarm["Metrics"] if "MetricStat" in query}
    return float(period)


_MATH: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.GtE: operator.ge,
    ast.Gt: operator.gt,
    ast.LtE: operator.le,
    ast.Lt: operator.lt,
}


def _calculate(node: ast.expr, values: Mapping[str, float | None]) -> float:
    """Return the value of an expression of numbers, metrics, operators and IF."""
    match node:
        case ast.Constant(value=int() | float() as number):
            return number
        case ast.Name(id=name):
            return values[name]  # type: ignore[return-value] - the caller leaves out missing ones
        case ast.BinOp(left=left, op=how, right=right):
            return _MATH[type(how)](_calculate(left, values), _calculate(right, values))
        case ast.Compare(left=left, ops=[how], comparators=[right]):
            return _MATH[type(how)](_calculate(left, values), _calculate(right, values))
        case ast.Call(func=ast.Name(id="IF"), args=[condition, yes, no]):
            return _calculate(yes if _calculate(condition, values) else no, values)
    raise NotImplementedError(ast.dump(node))
