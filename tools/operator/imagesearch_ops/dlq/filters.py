"""Read and apply the expressions of ``--where``.

    reason=corrupt_image,not_an_image     one of several values
    since=2026-11-28                      a date, or a date and time; UTC unless it says otherwise
    count>=5                              replayed at least five times

A backslash makes a comma part of a value. Several expressions must all hold.
"""

import difflib
import re
from collections.abc import Callable, Iterable
from datetime import timedelta

from imagesearch_ops.dlq.letters import Line, failed_at, key, replays
from imagesearch_ops.errors import InputError
from imagesearch_ops.terminal_text import printable
from imagesearch_ops.times import read_time

Filter = Callable[[Line], bool]

_PART = re.compile(r"\\[\\,]|,|[^\\,]+|\\", re.DOTALL)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_COUNT = "count"

_EQUAL: dict[str, Callable[[Line, str], bool]] = {
    "reason": lambda line, value: line["code"] == value,
    "class": lambda line, value: line.get("class") == value,
    "prefix": lambda line, value: key(line).startswith(value),
    "key": lambda line, value: key(line) == value,
    "run": lambda line, value: line.get("run") == value,
    "index_holds": lambda line, value: line.get("index_holds") == value,
}
FIELDS = [*_EQUAL, "since", "until", _COUNT]


def read_filters(expressions: Iterable[str]) -> Filter:
    """Return a filter that holds if all expressions hold. Raise ``InputError`` for one that cannot be understood."""
    filters = [_read(expression) for expression in expressions]
    return lambda line: all(holds(line) for holds in filters)


def write_value(value: str) -> str:
    """Return the value as an expression holds it."""
    return value.replace("\\", "\\\\").replace(",", "\\,")


def _read(expression: str) -> Filter:
    name, operator, text = _split(expression)
    if name not in FIELDS:
        close = difflib.get_close_matches(name, FIELDS, n=1)
        nearest = f" Did you mean {close[0]}?" if close else f" Known are {', '.join(FIELDS)}."
        raise InputError(f"--where {printable(expression)}: unknown field {printable(name)!r}.{nearest}")
    if (operator == ">=") != (name == _COUNT):
        expected = "count>=N, such as count>=5" if name == _COUNT else f"{name}=VALUE"
        raise InputError(f"--where {printable(expression)}: write {expected}")
    if name == _COUNT:
        return _read_count(expression, text)
    if name in ("since", "until"):
        return _read_time(expression, name, text)
    values = _split_values(text)
    matches = _EQUAL[name]
    return lambda line: any(matches(line, value) for value in values)


def _split(expression: str) -> tuple[str, str, str]:
    found = re.match(r"([^=<>!]*?)\s*(>=|=)(.*)", expression, re.DOTALL)
    if not found:
        raise InputError(f"--where {printable(expression)}: write FIELD=VALUE, such as reason=corrupt_image")
    return found[1].strip(), found[2], found[3]


def _split_values(text: str) -> list[str]:
    values = [""]
    for part in _PART.findall(text):
        if part == ",":
            values.append("")
        else:
            values[-1] += part[-1] if part in ("\\,", "\\\\") else part
    return values


def _read_count(expression: str, text: str) -> Filter:
    if not re.fullmatch(r"\d{1,9}", text.strip(), re.ASCII):
        raise InputError(f"--where {printable(expression)}: {printable(text)!r} is not a number")
    return lambda line: replays(line) >= int(text)


def _read_time(expression: str, name: str, text: str) -> Filter:
    wanted = read_time(text)
    if wanted is None:
        example = "2026-11-28 or 2026-11-28T06:55Z"
        raise InputError(f"--where {printable(expression)}: {printable(text)!r} is not a time such as {example}")
    if name == "since":
        return lambda line: (at := read_time(failed_at(line))) is not None and at >= wanted
    end = wanted + timedelta(days=1) if _DAY.fullmatch(text) else wanted + timedelta(microseconds=1)
    return lambda line: (at := read_time(failed_at(line))) is not None and at < end
