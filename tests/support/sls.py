"""Simple Log Service as far as the alarms need it: an index, queries, and alert rules that are checked at an interval.

Only what the index declares can be queried. SQL is translated from the dialect of Presto, which the service speaks, and
DuckDB evaluates it. Sources: the service's pages "Data types", "Search syntax", "Query and analysis" (limits), "Limits"
(of alerting), and the resource types ALIYUN::SLS::Index and ALIYUN::SLS::Alert of ROS.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import duckdb
import sqlglot

from tests.support.sls_search import Matches, parse_search

Properties = dict[str, Any]
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
MAX_TEXT_BYTES = 2048  # of a field in an analysis; the resource type has no property to raise it
MAX_ROWS = 100  # of a result without LIMIT
MAX_WINDOW_SECONDS = DAY  # of the query of an alert rule
# Of its pages on general aggregate and approximate functions, date and time functions, and conditional expressions.
FUNCTIONS = {"avg", "count", "count_if", "max", "max_by", "min", "sum", "approx_percentile"}
FUNCTIONS |= {"date_format", "from_unixtime", "coalesce"}
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
        self._searches: dict[str, Matches] = {}
        self._database = duckdb.connect(config={"threads": 1})
        columns = ", ".join(f'"{name}" {_SQL_TYPES[kind]}' for name, kind in self.types.items())
        self._database.execute(f"CREATE TABLE log ({columns})")

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
        search, _, sql = statement.partition("|")
        return self.analyse(sql, self.find(search, begin, end))

    def find(self, search: str, begin: float, end: float) -> tuple[int, ...]:
        """Return the numbers of the logs in that time that match the search."""
        if search not in self._searches:
            self._searches[search] = parse_search(search, self.types, self.index["FullTextIndex"]["Delimiter"])
        matches = self._searches[search]
        return tuple(n for n, log in enumerate(self.logs) if begin <= log["__time__"] < end and matches(log))

    def analyse(self, sql: str, numbers: tuple[int, ...]) -> list[dict[str, Any]]:
        """Return the rows of an analysis over the logs of these numbers."""
        unknown = {name.lower() for name in re.findall(r"(\w+)\(", sql)} - FUNCTIONS
        assert not unknown, f"not a function of Simple Log Service: {unknown}"
        self._database.execute("DELETE FROM log")
        for number in numbers:
            row = [self.logs[number].get(name) for name in self.types]
            self._database.execute(f"INSERT INTO log VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608
        result = self._database.execute(_translate(sql))
        names = _names(result)
        rows = result.fetchall() if re.search(r"(?i)\blimit\b", sql) else result.fetchmany(MAX_ROWS)
        return [dict(zip(names, row, strict=True)) for row in rows]

    def columns(self, statement: str) -> list[str]:
        """Return the names of the columns of a query's result."""
        return _names(self._database.execute(_translate(statement.partition("|")[2])))


def _names(result: duckdb.DuckDBPyConnection) -> list[str]:
    return [column[0] for column in result.description]


@cache
def _translate(sql: str) -> str:
    (statement,) = sqlglot.transpile(sql, read="presto", write="duckdb")
    return statement


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
        search, _, sql = self.query["Query"].partition("|")
        found = store.find(search, now - self.window, now)
        if found not in self._known:  # no analysis knows the time
            self._known[found] = self._is_met(store.analyse(sql, found))
        return self._known[found]

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
