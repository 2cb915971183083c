"""The stand-in for Simple Log Service searches, indexes and alerts as the service's pages say."""

import json
from typing import Any

import duckdb
import pytest

from tests.support.sls import MINUTE, Alert, LogStore
from tests.support.sls_search import SearchError, parse_search

TYPES = {"method": "text", "status": "long", "time": "double", "info.user": "text"}
LOGS = [
    {"method": "GET", "status": 200, "time": 0.5, "info.user": "Ann/shop"},
    {"method": "POST", "status": 404, "time": 2.0},
    {"method": "PUT", "status": 500},
]
KEYS = [
    {
        "Name": "message",
        "Type": "json",
        "JsonKeyIndices": [{"Name": "n", "Type": "double"}, {"Name": "t", "Type": "text"}],
    },
    {"Name": "size", "Type": "long"},
]
INDEX = {"KeyIndices": KEYS, "FullTextIndex": {"Delimiter": ' ,:"/\n'}}


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("*", [0, 1, 2]),
        ("method: get", [0]),
        ("method: GET or method: PUT", [0, 2]),
        ("method: GET and status: 200", [0]),
        ("method: GET status: 404", []),
        ("not method: GET", [1, 2]),
        ("status >= 400 not method: PUT", [1]),
        ("(method: GET or method: POST) and status > 200", [1]),
        ("method: PUT or method: POST and status: 200", [2]),
        ("status = 404", [1]),
        ("status < 404", [0]),
        ("status <= 404", [0, 1]),
        ("time > -1", [0, 1]),  # a log without the field matches no comparison
        ('info.user: "ann/shop"', [0]),
        ("info.user: shop", [0]),
        ("info.user: sho", []),
        ("info.user: *", [0]),
        ("not info.user: *", [1, 2]),
    ],
)
def test_a_search_finds(search: str, found: list[int]) -> None:
    matches = parse_search(search, TYPES, " /")
    assert [number for number, log in enumerate(LOGS) if matches(log)] == found


@pytest.mark.parametrize(
    ("search", "words"),
    [
        ("methods: GET", "methods has no index"),
        ("method > 3", "method is no number"),
        ("GET", "GET would be searched for in every field"),
        ("(method: GET", "\\) is missing"),
        ("method: GET)", "cannot stand there"),
        ("method: GET and", "a value is missing"),
        ("", "a condition is missing"),
    ],
)
def test_a_search_that_means_something_else_is_refused(search: str, words: str) -> None:
    with pytest.raises(SearchError, match=words):
        parse_search(search, TYPES, " /")


def values_of(**fields: str) -> dict[str, Any]:
    store = LogStore(INDEX)
    store.write(60, **fields)
    (row,) = store.query('* | SELECT "message.n" AS n, "message.t" AS t, size FROM log', 0, 61)
    return row


@pytest.mark.parametrize(
    ("message", "n", "t"),
    [
        ({"n": 1.5, "t": "a"}, 1.5, "a"),
        ({"n": "1.5", "t": True}, 1.5, "true"),
        ({"n": [1.5], "t": ["a"]}, None, None),  # lists are never indexed
        ({"n": "many", "t": {"a": 1}}, None, None),
        ({"n": True, "t": "x" * 3000}, None, "x" * 2048),
        ({"other": 1}, None, None),
    ],
)
def test_members_of_a_json_field(message: dict[str, Any], n: float | None, t: str | None) -> None:
    assert values_of(message=json.dumps(message) + "\n") == {"n": n, "t": t, "size": None}


def test_a_line_that_is_no_json_has_no_members() -> None:
    assert values_of(message="FC Invoke Start", size="12") == {"n": None, "t": None, "size": 12}


def test_a_whole_number_is_wanted_of_a_long() -> None:
    assert values_of(size="12.5")["size"] is None


def test_sql_knows_indexed_fields_alone() -> None:
    with pytest.raises(duckdb.BinderException):
        LogStore(INDEX).query('* | SELECT "message.x" AS x FROM log', 0, 1)


def test_a_function_that_the_service_lacks_is_refused() -> None:
    with pytest.raises(AssertionError, match="list_sum"):
        LogStore(INDEX).query("* | SELECT list_sum(size) AS x FROM log", 0, 1)


def test_100_rows_are_the_most_without_a_limit() -> None:
    store = LogStore(INDEX)
    for _ in range(120):
        store.write(60, size="1")
    assert len(store.query("* | SELECT size FROM log", 0, 61)) == 100
    assert len(store.query("* | SELECT size FROM log LIMIT 110", 0, 61)) == 110


def test_a_query_sees_its_window_alone() -> None:
    store = LogStore(INDEX)
    for at in (59, 60, 119, 120):
        store.write(at, size=str(at))
    assert store.query("* | SELECT min(size) AS first, max(size) AS last FROM log", 60, 120) == [
        {"first": 60, "last": 119}
    ]


def alert(condition: str = "", *, threshold: int = 1, no_data: bool = False) -> Alert:
    sql = "count(*) AS logs FROM log" + ("" if condition else " HAVING count(*) >= 1")
    configuration = {
        "QueryList": [{"Query": f"* | SELECT {sql}", "Start": "-2m", "End": "now"}],
        "SeverityConfigurations": [{"Severity": 6, "EvalCondition": {"Condition": condition, "CountCondition": ""}}],
        "Threshold": threshold,
        "NoDataFire": no_data,
    }
    return Alert({"Detail": {"Schedule": {"Interval": "1m"}, "Configuration": configuration}})


@pytest.mark.parametrize(
    ("rule", "red"),
    [
        (alert(), [(3 * MINUTE, 5 * MINUTE), (8 * MINUTE, 10 * MINUTE)]),
        (alert(threshold=2), [(4 * MINUTE, 5 * MINUTE), (9 * MINUTE, 10 * MINUTE)]),
        (alert("logs < 1"), [(0, 3 * MINUTE), (5 * MINUTE, 8 * MINUTE), (10 * MINUTE, 12 * MINUTE)]),
        (alert(no_data=True), [(0, 12 * MINUTE)]),
    ],
)
def test_when_an_alert_is_raised(rule: Alert, red: list[tuple[float, float]]) -> None:
    store = LogStore(INDEX)
    for minute in (2, 7):
        store.write(minute * MINUTE, size="1")
    assert rule.red(store, 12 * MINUTE) == red
