"""The alarms, the dashboard and the saved queries of template.ros.yaml have the form that their services document."""

import re
from typing import Any

import pytest

from tests.deployment.ros.policy_observability import ALERT, PAGES, RULE, TICKETS
from tests.support.ros_template import RosStack
from tests.support.sls import LogStore, seconds

Properties = dict[str, Any]
# Members of the models of alibabacloud-sls20201230 5.15.1, read on 2026-11-30, in the spelling of the API.
MODELS = {
    "Configuration": {"annotations", "autoAnnotation", "conditionConfiguration", "dashboard", "groupConfiguration"}
    | {"joinConfigurations", "labels", "muteUntil", "noDataFire", "noDataSeverity", "policyConfiguration", "queryList"}
    | {"sendResolved", "severityConfigurations", "tags", "threshold", "type", "version"},
    "QueryList": {"chartTitle", "dashboardId", "end", "powerSqlMode", "project", "query", "region", "roleArn", "start"}
    | {"store", "storeType", "timeSpanType", "ui"},
    "SeverityConfigurations": {"evalCondition", "severity"},
    "EvalCondition": {"condition", "countCondition"},
    "PolicyConfiguration": {"actionPolicyId", "alertPolicyId", "repeatInterval"},
    "GroupConfiguration": {"fields", "type"},
    "Annotations": {"key", "value"},
    "Schedule": {"cronExpression", "delay", "interval", "runImmediately", "timeZone", "type"},
    "chart": {"action", "display", "search", "title", "type"},
}


@pytest.fixture(scope="module")
def stack() -> RosStack:
    return RosStack(AlarmContactGroup="on call", AlarmActionPolicy="sls.builtin")


@pytest.fixture(scope="module")
def alerts(stack: RosStack) -> dict[str, Properties]:
    return {name: rule["Detail"] for name, rule in stack.of_type(ALERT).items()}


@pytest.fixture(scope="module")
def rules(stack: RosStack) -> dict[str, Properties]:
    return stack.of_type(RULE)


def unknown(value: object, within: str) -> list[str]:
    """Return the members that the API's models do not know, at any depth."""
    if isinstance(value, list):
        return [name for one in value for name in unknown(one, within)]
    if not isinstance(value, dict):
        return []
    known = {name[0].lower() + name[1:] for name in value} - MODELS[within]
    return [*(f"{within}.{name}" for name in sorted(known)), *(n for k, v in value.items() for n in unknown(v, k))]


def test_alerts_have_members_that_the_api_knows(alerts: dict[str, Properties]) -> None:
    for alert in alerts.values():
        assert unknown(alert["Configuration"], "Configuration") == []
        assert unknown(alert["Schedule"], "Schedule") == []
    assert unknown({"Threshhold": 1, "QueryList": [{"Stores": ""}]}, "Configuration") == [
        "Configuration.threshhold",
        "QueryList.stores",
    ]


def test_alerts_stay_within_the_documented_limits(alerts: dict[str, Properties]) -> None:
    """The names of alerts are unique in a project, which has at most 100. Their queries see 24 hours at most."""
    assert len({alert["Name"] for alert in alerts.values()}) == len(alerts) <= 100
    for name, alert in alerts.items():
        configuration = alert["Configuration"]
        assert re.fullmatch(r"[a-z][a-z0-9-]{1,62}[a-z0-9]", alert["Name"])
        assert (alert["DisplayName"], alert["Type"], configuration["Version"]) == (name, "Alert", "2.0")
        assert all(one["Severity"] in {2, 4, 6, 8, 10} for one in configuration["SeverityConfigurations"])
        assert len(configuration["SeverityConfigurations"][0]["EvalCondition"]["Condition"]) <= 128
        (query,) = configuration["QueryList"]
        assert seconds(query["Start"].removeprefix("-")) <= 86400
        assert "LIMIT" in query["Query"] or "GROUP BY" not in query["Query"]


def kind_of(description: str) -> str:
    return description.partition(". ")[0]


def test_alarms_are_pages_or_tickets(alerts: dict[str, Properties], rules: dict[str, Properties]) -> None:
    kinds = {name: kind_of(one["Configuration"]["Annotations"][1]["Value"]) for name, one in alerts.items()}
    kinds |= {name: kind_of(rule["Labels"][0]["Value"]) for name, rule in rules.items()}
    assert kinds == dict.fromkeys(PAGES, "PAGE") | dict.fromkeys(TICKETS, "TICKET")


@pytest.mark.parametrize(
    ("given", "pages", "tickets"),
    [
        ({}, None, None),
        ({"AlarmActionPolicy": "a"}, "a", "a"),
        ({"AlarmActionPolicy": "a", "TicketActionPolicy": "t"}, "a", "t"),
        ({"TicketActionPolicy": "t"}, None, "t"),
    ],
)
def test_who_hears_of_an_alarm_on_the_log(given: dict[str, str], pages: str | None, tickets: str | None) -> None:
    for name, rule in RosStack(**given).of_type(ALERT).items():
        policy = rule["Detail"]["Configuration"].get("PolicyConfiguration", {"ActionPolicyId": None})
        assert policy["ActionPolicyId"] == (pages if name in PAGES else tickets), name


@pytest.mark.parametrize(
    ("given", "pages", "tickets"),
    [
        ({}, None, None),
        ({"AlarmContactGroup": "a"}, ["a"], ["a"]),
        ({"AlarmContactGroup": "a", "TicketContactGroup": "t"}, ["a"], ["t"]),
        ({"TicketContactGroup": "t"}, None, ["t"]),
    ],
)
def test_who_hears_of_an_alarm_of_cloudmonitor(given: dict[str, str], pages: list | None, tickets: list | None) -> None:
    """A rule must have a contact group, so there is none without."""
    found = {name: rule["ContactGroups"] for name, rule in RosStack(**given).of_type(RULE).items()}
    expected = {"QueueNotReadAlarm": pages, "DeadLettersWaitAlarm": tickets, "ThrottledFunctionAlarm": tickets}
    assert found == {name: groups for name, groups in expected.items() if groups}


@pytest.mark.parametrize(
    ("active", "inactive", "is_raised"),
    [
        (0, 0, False),  # nothing to do
        (0, 40, False),  # all of it is in work
        (900, 40, False),  # a backfill: many wait, and some are in work
        (1, 0, True),
    ],
)
def test_a_queue_that_nobody_reads_pages(rules, active: int, inactive: int, *, is_raised: bool) -> None:
    rule = rules["QueueNotReadAlarm"]["CompositeExpression"]
    values = {"ActiveMessages": active, "InactiveMessages": inactive}
    holds = {
        "GreaterThanOrEqualToThreshold": lambda value, limit: value >= limit,
        "LessThanThreshold": lambda value, limit: value < limit,
    }
    found = [
        holds[one["ComparisonOperator"]](values[one["MetricName"]], int(one["Threshold"]))
        for one in rule["ExpressionList"]
    ]
    assert (rule["ExpressionListJoin"], rule["Times"]) == ("&&", 3)
    assert all(found) == is_raised


def test_charts_show_the_columns_of_their_queries(stack: RosStack) -> None:
    (dashboard,) = stack.of_type("ALIYUN::SLS::Dashboard").values()
    (index,) = stack.of_type("ALIYUN::SLS::Index").values()
    store = LogStore(index)
    for chart in dashboard["Charts"]:
        assert {name[0].lower() + name[1:] for name in chart} == MODELS["chart"]
        columns = store.columns(chart["search"]["query"])
        assert set(chart["display"]["xAxis"] + chart["display"]["yAxis"]) <= set(columns), chart["display"]
        assert (chart["search"]["logstore"], chart["search"]["start"]) == ("shop", "-86400s")
    assert len({chart["title"] for chart in dashboard["Charts"]}) == len(dashboard["Charts"]) == 13


def test_no_chart_covers_another(stack: RosStack) -> None:
    (dashboard,) = stack.of_type("ALIYUN::SLS::Dashboard").values()
    places = [chart["display"] for chart in dashboard["Charts"]]
    cells = [
        (x, y)
        for one in places
        for x in range(one["xPos"], one["xPos"] + one["width"])
        for y in range(one["yPos"], one["yPos"] + one["height"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 20


def test_saved_queries_have_names_that_the_service_takes(stack: RosStack) -> None:
    saved = stack.of_type("ALIYUN::SLS::Savedsearch")
    names = [one["Detail"]["SavedsearchName"] for one in saved.values()]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z][a-z0-9_-]{1,61}[a-z0-9]", name) for name in names)
