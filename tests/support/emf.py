"""Read lines in CloudWatch's embedded metric format as CloudWatch does, and say where one breaks the specification.

The rules are those of "Specification: Embedded metric format" in the user guide of CloudWatch, with its JSON schema.
"""

import json
from typing import Any, NamedTuple

_SIZES = {f"{prefix}{what}" for prefix in ("Kilo", "Mega", "Giga", "Tera") for what in ("bytes", "bits")}
_SIZES |= {"Bytes", "Bits", "Count"}
UNITS = _SIZES | {f"{size}/Second" for size in _SIZES}
UNITS |= {"Seconds", "Microseconds", "Milliseconds", "Percent", "None"}
MAX_BYTES = 1024 * 1024
MAX_METRICS, MAX_VALUES, MAX_DIMENSIONS = 100, 100, 30


class Series(NamedTuple):
    """What a metric is known by. Each combination is a metric of its own, and is billed as one."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]


def faults(line: dict[str, Any]) -> list[str]:
    """Return what is wrong with a line."""
    found = []
    if len(json.dumps(line)) > MAX_BYTES:
        found.append("larger than 1 MB")
    about = line.get("_aws", {})
    if not isinstance(about.get("Timestamp"), int):
        found.append("no timestamp in milliseconds")
    for directive in about.get("CloudWatchMetrics") or [{}]:
        found += _faults_of(directive, line)
    return found


def _faults_of(directive: dict[str, Any], line: dict[str, Any]) -> list[str]:
    found = [f"no {name}" for name in ("Namespace", "Dimensions", "Metrics") if not directive.get(name)]
    metrics = directive.get("Metrics", [])
    if len(metrics) > MAX_METRICS or len({metric["Name"] for metric in metrics}) < len(metrics):
        found.append("too many metrics, or one twice")
    for names in directive.get("Dimensions", []):
        if not 1 <= len(names) <= MAX_DIMENSIONS:
            found.append("a dimension set without, or with too many dimensions")
        found += [f"dimension {name} is no text" for name in names if not _is_dimension(line.get(name))]
    for metric in metrics:
        if metric.keys() - {"Name", "Unit", "StorageResolution"} or metric.get("StorageResolution", 60) not in {1, 60}:
            found.append(f"{metric} has unknown members")
        if metric.get("Unit", "None") not in UNITS:
            found.append(f"{metric['Name']} has an unknown unit")
        if not _is_value(line.get(metric["Name"])):
            found.append(f"{metric['Name']} has no numbers, or more than 100")
    return found


def _is_dimension(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and len(value) <= 1024 and value.isascii()


def _is_value(value: object) -> bool:
    values = value if isinstance(value, list) else [value]
    numbers = all(isinstance(one, int | float) and not isinstance(one, bool) for one in values)
    return numbers and 1 <= len(values) <= MAX_VALUES


def read(line: dict[str, Any]) -> dict[Series, list[float]]:
    """Return the values that CloudWatch takes from a line, for each metric. The line must be valid."""
    assert faults(line) == []
    found: dict[Series, list[float]] = {}
    for directive in line["_aws"]["CloudWatchMetrics"]:
        for names in directive["Dimensions"]:
            dimensions = frozenset((name, line[name]) for name in names)
            for metric in directive["Metrics"]:
                value = line[metric["Name"]]
                series = Series(directive["Namespace"], metric["Name"], dimensions)
                found[series] = value if isinstance(value, list) else [value]
    return found


def read_all(lines: list[dict[str, Any]]) -> dict[Series, list[float]]:
    """Return the values of all lines together."""
    found: dict[Series, list[float]] = {}
    for line in lines:
        for series, values in read(line).items():
            found.setdefault(series, []).extend(values)
    return found


def read_plain(lines: list[dict[str, Any]]) -> dict[Series, list[float]]:
    """Return the same of lines in the form of Function Compute: texts are dimensions, and numbers are values."""
    found: dict[Series, list[float]] = {}
    for line in lines:
        texts = {name: value for name, value in line.items() if isinstance(value, str) and name != "message"}
        for name in line.keys() - texts.keys() - {"message"}:
            series = Series("ImageSearchIngest", name, frozenset(texts.items()))
            found.setdefault(series, []).append(line[name])
    return found


def of_stack(values: dict[Series, list[float]], stack: str = "imagesearch-ingest") -> dict[str, list[float]]:
    """Return the values of the metrics with the dimensions service and stack alone, by name."""
    wanted = frozenset({("service", "imagesearch-ingest"), ("stack", stack)})
    return {series.name: numbers for series, numbers in values.items() if series.dimensions == wanted}
