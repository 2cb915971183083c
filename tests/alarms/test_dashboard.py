"""The dashboard is valid, and shows only metrics that exist with exactly their dimensions."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.alarms.conftest import BAD, GOOD, SECOND, World, deployed, sent
from tests.support.cloudformation import Deployed
from tests.support.emf import Series
from tests.support.lambda_function import created

DASHBOARD = "AWS::CloudWatch::Dashboard"
# What AWS documents: "Available CloudWatch metrics for Amazon SQS", "Types of metrics for Lambda functions" and
# "Monitoring Amazon EventBridge", each with the dimension of one queue, function, or rule of the default bus.
OF_AWS = {
    ("AWS/SQS", "QueueName"): {
        "ApproximateNumberOfMessagesVisible",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateAgeOfOldestMessage",
        "ApproximateAgeOfOldestMessageInQuietGroups",
    },
    ("AWS/Lambda", "FunctionName"): {"Invocations", "Errors", "Throttles", "Duration", "ConcurrentExecutions"},
    ("AWS/Events", "RuleName"): {"FailedInvocations"},
}
OF_THE_WATCH = {"IndexFullPercent", "DaysToExpiry", "Announcing"}
RESOURCES = {"QueueName": "Queue", "FunctionName": "Function", "RuleName": "Rule"}
# "Dashboard Body Structure and Syntax"
WIDGET = {"type", "x", "y", "width", "height", "properties"}
METRIC_PROPERTIES = {"title", "region", "stat", "period", "view", "stacked", "metrics", "yAxis"}
METRIC_OPTIONS = {"id", "label", "stat", "visible", "expression"}
STATISTIC = re.compile(r"Sum|Average|Minimum|Maximum|SampleCount|p\d{1,2}")


@pytest.fixture(scope="module")
def dashboard(stack: Deployed) -> dict[str, Any]:
    (found,) = stack.of_type(DASHBOARD).values()
    return found


@pytest.fixture(scope="module")
def widgets(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    return json.loads(dashboard["DashboardBody"])["widgets"]


def graphs(widgets: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [widget["properties"] for widget in widgets if widget["type"] == "metric"]


def rows(graph: dict[str, Any]) -> Iterator[tuple[list[str], dict[str, Any]]]:
    """Yield the names of each row, and its options."""
    for row in graph["metrics"]:
        yield ([*row[:-1]], row[-1]) if isinstance(row[-1], dict) else (row, {})


def series(widgets: list[dict[str, Any]]) -> set[Series]:
    return {
        Series(namespace, name, frozenset(zip(dimensions[::2], dimensions[1::2], strict=True)))
        for graph in graphs(widgets)
        for (namespace, name, *dimensions), _ in (row for row in rows(graph) if row[0])
    }


def test_the_body_has_the_structure_that_cloudwatch_documents(dashboard: dict[str, Any]) -> None:
    body = json.loads(dashboard["DashboardBody"])
    assert body.keys() <= {"start", "end", "periodOverride", "widgets"}
    assert len(body["widgets"]) <= 500
    for widget in body["widgets"]:
        assert widget.keys() == WIDGET
        assert 0 <= widget["x"] < widget["x"] + widget["width"] <= 24
        assert 1 <= widget["height"] <= 1000
    for graph in graphs(body["widgets"]):
        assert graph.keys() <= METRIC_PROPERTIES
        assert (graph["region"], graph["view"]) == ("eu-central-1", "timeSeries")
        assert graph["period"] % 60 == 0
        for names, options in rows(graph):
            assert options.keys() <= METRIC_OPTIONS
            assert bool(names) != ("expression" in options)
            assert STATISTIC.fullmatch(options.get("stat", graph["stat"]))
            assert re.fullmatch(r"[a-z]\w*", options.get("id", "m"))


def test_the_name_has_only_characters_that_cloudwatch_takes(dashboard: dict[str, Any]) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,255}", dashboard["DashboardName"])


def test_no_widget_covers_another(widgets: list[dict[str, Any]]) -> None:
    cells = [
        (x, y)
        for widget in widgets
        for x in range(widget["x"], widget["x"] + widget["width"])
        for y in range(widget["y"], widget["y"] + widget["height"])
    ]
    assert len(cells) == len(set(cells))


def test_metrics_of_aws_have_their_documented_names_and_dimensions(widgets: list[dict[str, Any]]) -> None:
    for one in series(widgets):
        if one.namespace != "ImageSearchIngest":
            ((dimension, resource),) = one.dimensions
            assert one.name in OF_AWS[one.namespace, dimension]
            assert re.fullmatch(rf"shop-\w*{RESOURCES[dimension]}-1A2B3C4D5E6F", resource)


def test_the_function_or_the_watch_writes_every_other_metric(widgets: list[dict[str, Any]], world: World) -> None:
    event = created(GOOD, BAD)
    happened = datetime.now(UTC).isoformat()
    for record in event["Records"]:
        body = json.loads(record["body"])
        record["body"] = json.dumps({"Records": [one | {"eventTime": happened} for one in body["Records"]]})
    world.function(event)
    world.function.start(INGEST_HTTPS_PROXY="http://127.0.0.1:9", INGEST_EXCLUDE="shoes/2/")
    world.function(sent(created(GOOD, SECOND), 60))
    world.metrics.take(0, [*world.function.metrics, *world.healthy])
    written = world.metrics.known()
    own = {("service", "imagesearch-ingest"), ("stack", "shop")}
    written.add(Series("ImageSearchIngest", "Objects", frozenset(own | {("outcome", "deleted")})))
    shown = {one for one in series(widgets) if one.namespace == "ImageSearchIngest"}
    assert {one.name for one in shown} > OF_THE_WATCH
    assert shown - written == set()


def test_reasons_are_searched_for_with_exactly_the_dimensions_of_the_function(widgets, world: World) -> None:
    """A search names all dimensions of a metric, or finds nothing."""
    (expression,) = [
        options["expression"]
        for graph in graphs(widgets)
        for _, options in rows(graph)
        if "SEARCH" in options.get("expression", "")
    ]
    found = re.fullmatch(r"SEARCH\('\{([\w,]+)\} (.*)', 'Sum', 300\)", expression)
    assert found
    world.function(created(BAD))
    world.metrics.take(0, world.function.metrics)
    (written,) = [one for one in world.metrics.known() if len(one.dimensions) == 4]
    namespace, *names = found[1].split(",")
    assert (namespace, set(names)) == (written.namespace, {name for name, _ in written.dimensions})
    terms = dict(re.findall(r'(\w+)="([\w-]+)"', found[2]))
    assert terms == {"MetricName": "Objects", "service": "imagesearch-ingest", "stack": "shop"}


def test_a_share_is_shown_of_its_own_metrics(widgets: list[dict[str, Any]]) -> None:
    for graph in graphs(widgets):
        ids = {options["id"] for _, options in rows(graph) if "id" in options}
        for _, options in rows(graph):
            if "expression" in options and "SEARCH" not in options["expression"]:
                assert set(re.findall(r"[a-z]+", options["expression"])) <= ids


@pytest.mark.parametrize("schedule", ["", "rate(30 days)"])
def test_all_alarms_are_shown_and_no_other(schedule: str) -> None:
    stack = deployed(AuditSchedule=schedule)
    (dashboard,) = stack.of_type(DASHBOARD).values()
    (widget,) = [one for one in json.loads(dashboard["DashboardBody"])["widgets"] if one["type"] == "alarm"]
    alarms = stack.of_type("AWS::CloudWatch::Alarm")
    assert widget["properties"].keys() == {"title", "alarms"}
    assert sorted(widget["properties"]["alarms"]) == sorted(
        f"arn:aws:service:eu-central-1:123456789012:shop-{name}-1A2B3C4D5E6F" for name in alarms
    )
    assert len(alarms) == (20 if schedule else 18)
