"""Pages and tickets go to their topics, and two stacks in one account stay apart."""

import json
import re

import pytest

from tests.alarms.conftest import PAGES, TICKETS, Properties, deployed
from tests.support.cloudformation import Deployed
from tests.support.cloudwatch import series_of

ALARM, DASHBOARD = "AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard"
PAGING = {
    "OldestUploadAlarm",
    "OperatorNeededAlarm",
    "FunctionErrorAlarm",
    "UndeliveredAlarm",
    "RuleDeadLetterAlarm",
    "NothingTakenAlarm",
    "NotAnnouncingAlarm",
    "IndexFullAlarm",
    "ExpiryAlarm",
}


def topics(stack: Deployed) -> dict[str, set[str | None]]:
    """Return whom each alarm tells that it is raised, or that it is over."""
    return {
        name: {topic for actions in ("AlarmActions", "OKActions") for topic in alarm.get(actions, [None])}
        for name, alarm in stack.of_type(ALARM).items()
    }


def test_pages_and_tickets_have_their_own_topics(stack: Deployed) -> None:
    """It also holds for the end of an alarm, or nobody would know that a page is over."""
    found = topics(stack)
    assert {name for name, to in found.items() if to == {PAGES}} == PAGING
    assert {name for name, to in found.items() if to == {TICKETS}} == set(found) - PAGING


@pytest.mark.parametrize(
    ("pages", "tickets", "to_pages", "to_tickets"),
    [(PAGES, "", PAGES, PAGES), ("", "", None, None), ("", TICKETS, None, TICKETS)],
)
def test_without_a_topic_of_their_own_tickets_go_where_pages_go(pages, tickets, to_pages, to_tickets) -> None:
    found = topics(deployed(AlarmTopicArn=pages, TicketTopicArn=tickets))
    assert {to for name in PAGING for to in found[name]} == {to_pages}
    assert {to for name in found.keys() - PAGING for to in found[name]} == {to_tickets}


def test_an_alarm_says_at_its_beginning_which_of_both_it_is(alarms: dict[str, Properties]) -> None:
    kinds = {name: alarm["AlarmDescription"].split(" ")[0] for name, alarm in alarms.items()}
    assert kinds == {name: "PAGE." if name in PAGING else "TICKET." for name in alarms}


def watched(alarm: Properties) -> list:
    metrics = [query["MetricStat"]["Metric"] for query in alarm.get("Metrics", []) if "MetricStat" in query]
    return [series_of(metric) for metric in metrics or [alarm]]


def test_two_stacks_watch_no_metric_in_common() -> None:
    first, second = (
        {series for alarm in deployed(name).of_type(ALARM).values() for series in watched(alarm)}
        for name in ("shop", "shop-2")
    )
    assert len(first) == len(second) > 10
    assert not first & second


def test_two_stacks_show_no_metric_in_common() -> None:
    """All that two dashboards share is the names of namespaces, metrics and dimensions."""
    bodies = {}
    for name in ("shop", "other"):
        (dashboard,) = deployed(name).of_type(DASHBOARD).values()
        bodies[name] = json.dumps(json.loads(dashboard["DashboardBody"]))
        assert dashboard["DashboardName"] == f"{name}-eu-central-1"
    assert re.search(r"\bshop\b", bodies["other"]) is None
    assert re.sub(r"\bother\b", "shop", bodies["other"]) == bodies["shop"]


def test_a_metric_of_the_function_is_watched_for_one_stack_alone(alarms: dict[str, Properties]) -> None:
    for alarm in alarms.values():
        for series in watched(alarm):
            if series.namespace == "ImageSearchIngest":
                assert series.dimensions == {("service", "imagesearch-ingest"), ("stack", "shop")}
