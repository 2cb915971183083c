"""Queries of template.ros.yaml read fields that the index declares, and the index declares fields that lines have."""

import copy
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import duckdb
import pytest

from imagesearch_ingest.adapters.telemetry import SERVICE, PowertoolsReporter, plain
from imagesearch_ingest.events import EventRecord
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import ImageIdentity, Preparation
from imagesearch_ingest.model.objects import ChangeKind, ObjectChange, ObjectRef
from imagesearch_ingest.model.outcomes import IndexHolds, Outcome
from imagesearch_ingest.model.reasons import Reason, Result
from imagesearch_ingest.redaction import Redactor
from tests.support.ros_template import RosStack
from tests.support.sls import LogStore
from tests.support.sls_search import SearchError
from tests.support.sls_world import SlsWorld

# These are from the page on the log fields of Function Compute (3.0).
OF_THE_PLATFORM = {"functionName", "requestId", "hasFunctionError", "errorType", "durationMs", "message"}
REF = ObjectRef("alibaba", "pictures", "a.jpg")
FIELD = re.compile(r"message\.\w+|\b(?:hasFunctionError|durationMs|requestId|errorType|functionName)\b")


@pytest.fixture(scope="module")
def stack() -> RosStack:
    return RosStack()


@pytest.fixture(scope="module")
def index(stack: RosStack) -> dict[str, Any]:
    (found,) = stack.of_type("ALIYUN::SLS::Index").values()
    return found


@pytest.fixture(scope="module")
def queries(stack: RosStack) -> dict[str, str]:
    """Return each query of the template, by the name of its alarm, saved query or chart."""
    alerts = stack.of_type("ALIYUN::SLS::Alert").items()
    found = {name: rule["Detail"]["Configuration"]["QueryList"][0]["Query"] for name, rule in alerts}
    found |= {name: one["Detail"]["SearchQuery"] for name, one in stack.of_type("ALIYUN::SLS::Savedsearch").items()}
    (dashboard,) = stack.of_type("ALIYUN::SLS::Dashboard").values()
    return found | {chart["display"]["displayName"]: chart["search"]["query"] for chart in dashboard["Charts"]}


def without(index: dict[str, Any], field: str) -> LogStore:
    """Return a log store whose index lacks a field."""
    fewer = copy.deepcopy(index)
    for key in fewer["KeyIndices"]:
        key["JsonKeyIndices"] = [one for one in key.get("JsonKeyIndices", ()) if f"message.{one['Name']}" != field]
    fewer["KeyIndices"] = [key for key in fewer["KeyIndices"] if key["Name"] != field]
    return LogStore(fewer)


def written(capsys: pytest.CaptureFixture[str]) -> Iterator[dict[str, Any]]:
    """Yield lines that between them have every field."""
    capsys.readouterr()
    logging.Logger.manager.loggerDict.pop(SERVICE, None)
    reporter = PowertoolsReporter(Redactor(), stack="shop", form=plain, now=lambda: datetime.now(UTC))
    reporter.started("all keys", release="0.2.0")
    change = ObjectChange(
        REF, ChangeKind.CREATED, "x", "a.jpg", event_time=datetime.now(UTC).isoformat(), why="operator", run="r"
    )
    record = EventRecord("m1", None, 2, "{}", (change,), retention_began_at=datetime.now(UTC))
    added = Outcome(
        Result.ADDED,
        REF,
        identity=ImageIdentity("a", "a.jpg"),
        prepared=Preparation("JPEG", 8, 8, 100, 90, ("encoded",)),
        legs={"authorize": 1, "upload": 1, "wait": 1, "add": 1},
    )
    failed = Outcome(
        Result.FAILED,
        REF,
        Reason.CREDENTIALS,
        detail="no",
        service_code="x",
        service_request_id="y",
        index_holds=IndexHolds.PREVIOUS,
    )
    others = [Outcome(result, REF) for result in (Result.DELETED, Result.SKIPPED, Result.REJECTED)]
    fault = IngestError(Reason.NETWORK, "no way")
    reporter.object_done(added, record, request_id="r", dead_lettered=False, fault=None)
    reporter.object_done(failed, replace(record, receive_count=3), request_id="r", dead_lettered=False, fault=fault)
    for outcome in others:
        reporter.object_done(outcome, record, request_id="r", dead_lettered=True, fault=None)
    reporter.batch_done()
    logging.Logger.manager.loggerDict.pop(SERVICE, None)
    yield from (json.loads(line) for line in capsys.readouterr().out.splitlines())


def test_each_query_is_valid(index: dict[str, Any], queries: dict[str, str]) -> None:
    store = LogStore(index)
    for query in queries.values():
        assert store.query(query, 0, 1) in ([], [{"complete": 0}])
    assert len(queries) == 32


def test_a_query_fails_without_any_of_its_fields(index: dict[str, Any], queries: dict[str, str]) -> None:
    silent = []
    for name, query in queries.items():
        for field in set(FIELD.findall(query)):
            try:
                without(index, field).query(query, 0, 1)
            except (SearchError, duckdb.BinderException):
                continue
            silent.append((name, field))
    assert silent == []


def test_a_query_fails_if_a_field_is_misspelt(index: dict[str, Any], queries: dict[str, str]) -> None:
    store, silent = LogStore(index), []
    for name, query in queries.items():
        for field in FIELD.finditer(query):
            misspelt = f"{query[: field.end()]}s{query[field.end() :]}"
            try:
                store.query(misspelt, 0, 1)
            except (SearchError, duckdb.BinderException):
                continue
            silent.append((name, misspelt))
    assert silent == []


def test_each_field_of_the_index_is_in_some_line(index: dict[str, Any], capsys) -> None:
    lines = list(written(capsys))
    world = SlsWorld(None, RosStack(), capsys)
    world.look(0)
    fields = {name for line in lines for name in line} | {
        name.removeprefix("message.") for log in world.log.logs for name, value in log.items() if value is not None
    }
    (message,) = [key for key in index["KeyIndices"] if key["Name"] == "message"]
    assert {one["Name"] for one in message["JsonKeyIndices"]} - fields == set()
    assert {key["Name"] for key in index["KeyIndices"]} == OF_THE_PLATFORM


def test_a_number_is_indexed_as_a_number_and_a_text_as_a_text(index: dict[str, Any], capsys) -> None:
    (message,) = [key for key in index["KeyIndices"] if key["Name"] == "message"]
    types = {one["Name"]: one["Type"] for one in message["JsonKeyIndices"]}
    expected = {bool: {"text"}, str: {"text"}, int: {"long"}, float: {"double"}}
    wrong = [
        (name, value)
        for line in written(capsys)
        for name, value in line.items()
        if name in types and types[name] not in expected[type(value)]
    ]
    assert wrong == []


def test_each_number_and_text_of_an_object_can_be_queried(index: dict[str, Any], capsys) -> None:
    """The retries are the metric ``Retries``: SQL does not tell cases apart. The rest are not for queries."""
    store = LogStore(index)
    line = next(line for line in written(capsys) if line["message"] == "object" and line["outcome"] == "added")
    left_out = {name for name in line if f"message.{name}" not in store.types}
    assert left_out == {"retries", "legs_ms", "steps", "location", "timestamp"}


def test_names_differ_in_more_than_their_case(index: dict[str, Any]) -> None:
    names = [name.lower() for name in LogStore(index).types]
    assert len(names) == len(set(names))


def test_what_an_index_of_simple_log_service_takes(index: dict[str, Any]) -> None:
    """At most 100 members of a JSON field; every field can be analysed, or SQL would not see it."""
    keys = [*index["KeyIndices"], *(one for key in index["KeyIndices"] for one in key.get("JsonKeyIndices", ()))]
    assert len(keys) <= 100
    assert all(key["EnableAnalytics"] for key in keys)
    assert index["FullTextIndex"]["Enable"] is True


def test_a_search_has_at_most_30_words(queries: dict[str, str]) -> None:
    """The page on the limits of query and analysis says so."""
    assert max(len(query.partition("|")[0].split()) for query in queries.values()) <= 30
