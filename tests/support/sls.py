"""Simple Log Service as far as the alarms need it: an index, queries, and alert rules that are checked at an interval.

Only what the index declares can be queried. SQL is translated from the dialect of Presto, which the service speaks, and
DuckDB evaluates it. Sources: the service's pages "Data types", "Search syntax", "Query and analysis" (limits), "Limits"
(of alerting), and the resource types ALIYUN::SLS::Index and ALIYUN::SLS::Alert of ROS.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import duckdb
import sqlglot

from tests.support.sls_search import parse_search

Properties = dict[str, Any]
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
MAX_TEXT_BYTES = 2048  # of a field in an analysis; the resource type has no property to raise it
MAX_ROWS = 100  # of a result without LIMIT
MAX_WINDOW_SECONDS = DAY  # of the query of an alert rule
_UNITS = {"s": 1.0, "m": MINUTE, "h": HOUR, "d": DAY}
_SQL_TYPES = {"text": "VARCHAR", "long": "BIGINT", "double": "DOUBLE", "json": "VARCHAR"}
_RESERVED = {"__time__": "long", "__topic__": "text", "__source__": "text"}


@dataclass
class LogStore:
    """A log store with the index of a template. Its clock is the test's: times are in seconds."""

    index: Properties
    logs: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.types = dict(_RESERVED) | dict(self._declared())

    def _declared(self) -> Iterator[tuple[str, str]]:
        """Yield name and type of each field that can be queried, those within JSON with the name of their parent."""
        for key in self.index["KeyIndices"]:
            yield key["Name"], key["Type"]
            for inner in key.get("JsonKeyIndices", ()):
                yield f"{key['Name']}.{inner['Name']}", inner["Type"]

    def write(self, at: float, **fields: str) -> None:
        """Write a log. Function Compute writes a line of standard output as the field ``message``."""
        values = dict(_values(self.types, fields))
        self.logs.append(values | {"__time__": int(at), "__topic__": fields.get("topic", ""), "__source__": ""})

    def query(self, statement: str, begin: float, end: float) -> list[dict[str, Any]]:
        """Return the rows of ``search | SQL`` over the logs from ``begin`` up to ``end``."""
        search, bar, sql = statement.partition("|")
        assert bar, f"no analysis in: {statement}"
        matches = parse_search(search, self.types, self.index["FullTextIndex"]["Delimiter"])
        found = [log for log in self.logs if begin <= log["__time__"] < end and matches(log)]
        return _analyse(sql, self.types, found)


def _values(types: dict[str, str], fields: dict[str, str]) -> Iterator[tuple[str, Any]]:
    for name, text in fields.items():
        if name in types:
            yield name, _convert(text, types[name])
        if types.get(name) == "json":
            for inner, value in _parse(text).items():
                if f"{name}.{inner}" in types:
                    yield f"{name}.{inner}", _convert(value, types[f"{name}.{inner}"])


def _parse(text: str) -> dict[str, Any]:
    """Return the members of a JSON object. A line of the platform itself is no JSON."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _convert(value: Any, kind: str) -> Any:
    """Return a value as an index of this type has it, or ``None`` if it cannot be queried: lists never can."""
    if isinstance(value, list | dict) or value is None:
        return None
    if kind in {"long", "double"}:
        return _number(value, kind)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text.encode()[:MAX_TEXT_BYTES].decode(errors="ignore")


def _number(value: Any, kind: str) -> float | int | None:
    try:
        number = float(value)
    except ValueError:
        return None
    if isinstance(value, bool) or (kind == "long" and number != int(number)):
        return None
    return int(number) if kind == "long" else number


def _analyse(sql: str, types: dict[str, str], logs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    (statement,) = sqlglot.transpile(sql, read="presto", write="duckdb")
    with duckdb.connect() as database:
        columns = ", ".join(f'"{name}" {_SQL_TYPES[kind]}' for name, kind in types.items())
        database.execute(f"CREATE TABLE log ({columns})")
        if logs:
            places = ", ".join("?" for _ in types)
            rows = [[log.get(name) for name in types] for log in logs]
            database.executemany(f"INSERT INTO log VALUES ({places})", rows)
        result = database.execute(statement)
        names = [column[0] for column in result.description]
        found = result.fetchall() if re.search(r"(?i)\blimit\b", sql) else result.fetchmany(MAX_ROWS)
    return [dict(zip(names, row, strict=True)) for row in found]


def seconds(text: str) -> float:
    """Return a duration such as ``15m`` in seconds."""
    return float(text[:-1]) * _UNITS[text[-1]]


class Alert:
    """An alert rule: whether it fires at a time, and from when to when it does.

    ``rule`` has the properties of an ALIYUN::SLS::Alert, with all references resolved.
    """

    def __init__(self, rule: Properties) -> None:
        self.detail = rule["Detail"]
        self.configuration = self.detail["Configuration"]
        (self.query,) = self.configuration["QueryList"]
        self.every = seconds(self.detail["Schedule"]["Interval"])
        self.window = seconds(self.query["Start"].removeprefix("-"))
        assert self.query["End"] == "now"
        assert self.window <= MAX_WINDOW_SECONDS
        self._known: dict[tuple[int, ...], bool] = {}

    def fires(self, store: LogStore, now: float) -> bool:
        """Return whether the condition is met. A result without rows meets none, unless the rule fires without data."""
        inside = tuple(n for n, log in enumerate(store.logs) if now - self.window <= log["__time__"] < now)
        if inside not in self._known:  # no query knows the time
            self._known[inside] = self._is_met(store.query(self.query["Query"], now - self.window, now))
        return self._known[inside]

    def _is_met(self, rows: list[dict[str, Any]]) -> bool:
        if not rows:
            return self.configuration["NoDataFire"]
        (severity,) = self.configuration["SeverityConfigurations"]
        condition = severity["EvalCondition"]
        assert condition["CountCondition"] == ""
        return any(_holds(condition["Condition"], row) for row in rows)

    def red(self, store: LogStore, until: float) -> list[tuple[float, float]]:
        """Return from when to when the alert is raised, up to ``until``."""
        met, found = 0, []
        for at in _steps(self.every, until):
            met = met + 1 if self.fires(store, at) else 0
            if met == self.configuration["Threshold"]:
                found.append((at, until))
            elif not met and found and found[-1][1] == until:
                found[-1] = (found[-1][0], at)
        return found


def _steps(every: float, until: float) -> Iterator[float]:
    at = 0.0
    while at <= until:
        yield at
        at += every


def _holds(condition: str, row: dict[str, Any]) -> bool:
    """Return whether a row meets a condition of the form ``name < number``. An empty condition is met by any row."""
    if not condition:
        return True
    found = re.fullmatch(r"([A-Za-z][A-Za-z0-9]*) (<|>=) (\d+)", condition)
    assert found, condition
    value, limit = float(row[found[1]]), float(found[3])
    return value < limit if found[2] == "<" else value >= limit
