"""The project's rules for the alarms, charts and saved queries of template.ros.yaml."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import duckdb
import sqlglot.errors

from tests.deployment.ros.stack import Stack, Template
from tests.support.sls import MAX_WINDOW_SECONDS, LogStore, seconds
from tests.support.sls_search import SearchError

Faults = Iterator[str]
Properties = dict[str, Any]
INDEX, ALERT, RULE = "ALIYUN::SLS::Index", "ALIYUN::SLS::Alert", "ALIYUN::CMS::ResourceMetricRule"
SAVED, DASHBOARD = "ALIYUN::SLS::Savedsearch", "ALIYUN::SLS::Dashboard"
RUNBOOK = "https://github.com/imagesearch-ingest/imagesearch-ingest/blob/main/docs/runbook.md#"
PAGES = {"OldestUploadAlarm", "OperatorNeededAlarm", "FunctionErrorAlarm", "NothingTakenAlarm", "NotAnnouncingAlarm"}
PAGES |= {"IndexFullAlarm", "ExpiryAlarm", "QueueNotReadAlarm"}
TICKETS = {"DeadLetterAlarm", "OldestRetryAlarm", "ThrottleShareAlarm", "IndexNearlyFullAlarm", "ExpirySoonAlarm"}
TICKETS |= {"WatchFailedAlarm", "DeadLettersWaitAlarm", "ThrottledFunctionAlarm"}
# CloudMonitor, "Appendix 1: Metrics", with the dimensions of each namespace and its statistics.
METRICS = {
    "acs_mns_new": ({"ActiveMessages", "InactiveMessages", "DelayMessages"}, {"userId", "region", "queue"}),
    "acs_fc": ({"FunctionConcurrencyThrottles"}, {"userId", "region", "functionName"}),
}
STATISTICS = {"acs_mns_new": {"Maximum", "Minimum", "Average"}, "acs_fc": {"Value"}}
WATCHED = {"QueueNotReadAlarm": "", "DeadLettersWaitAlarm": "-dead-letters", "ThrottledFunctionAlarm": ""}
PERIOD_SECONDS = LEAST_SILENCE_SECONDS = 300  # with a shorter silence, a rule would tell each time


def faults(template: Template) -> Faults:
    """Yield what is wrong with how a deployment can be seen from outside."""
    stack = Stack(template, "shop", AlarmContactGroup="on call", AlarmActionPolicy="sls.builtin")
    made, alarms = stack.resources, stack.of_type(ALERT) | stack.of_type(RULE)
    yield from (f"Resources.{name} is missing" for name in sorted((PAGES | TICKETS) - alarms.keys()))
    yield from (f"Resources.{name} has no entry in the runbook" for name in sorted(alarms.keys() - PAGES - TICKETS))
    for name, one in made.items():
        if one["Type"] in {ALERT, SAVED, DASHBOARD} and one.get("DependsOn") != "LogIndex":
            yield f"Resources.{name}.DependsOn must be LogIndex: a query is refused before the index is made"
    yield from _queries(stack)
    for name, alert in stack.of_type(ALERT).items():
        yield from (f"Resources.{name}.Properties.Detail{fault}" for fault in _alert(stack, name, alert["Detail"]))
    names = Counter(alert["Detail"]["Name"] for alert in stack.of_type(ALERT).values())
    yield from (f"two alerts have the Name {name}" for name, times in names.items() if times > 1)
    for name, rule in stack.of_type(RULE).items():
        yield from (f"Resources.{name}.Properties{fault}" for fault in _rule(stack, name, rule))


def of_stack(stack: Stack) -> Faults:
    """Yield the rules of CloudMonitor that nobody would hear of: with an empty contact group, ROS makes none."""
    for name, rule in stack.of_type(RULE).items():
        if not rule["ContactGroups"] or "" in rule["ContactGroups"]:
            yield f"Resources.{name}.Properties.ContactGroups is empty"


def _queries(stack: Stack) -> Faults:
    """Yield queries that the index does not answer, and charts that show what their query does not return."""
    for index in stack.of_type(INDEX).values():
        try:
            store = LogStore(index)
        except duckdb.Error as error:
            yield f"Resources.LogIndex: {error}"
            return
        if index.get("FullTextIndex", {}).get("Enable") is not True:
            yield "Resources.LogIndex.Properties.FullTextIndex.Enable must be true: words of the log would not be found"
        for path, query in _named_queries(stack):
            try:
                store.query(query, 0, 1)
            except (SearchError, AssertionError, duckdb.Error, sqlglot.errors.ParseError) as error:
                yield f"{path} cannot be answered by the index: {str(error).splitlines()[0]}"
        yield from _charts(stack, store)


def _named_queries(stack: Stack) -> Iterator[tuple[str, str]]:
    for name, alert in stack.of_type(ALERT).items():
        for number, query in enumerate(alert["Detail"]["Configuration"]["QueryList"]):
            yield f"Resources.{name}.Properties.Detail.Configuration.QueryList[{number}].Query", query["Query"]
    for name, saved in stack.of_type(SAVED).items():
        yield f"Resources.{name}.Properties.Detail.SearchQuery", saved["Detail"]["SearchQuery"]
    for path, chart in _named_charts(stack):
        yield f"{path}.search.query", chart["search"]["query"]


def _named_charts(stack: Stack) -> Iterator[tuple[str, Properties]]:
    for name, dashboard in stack.of_type(DASHBOARD).items():
        for number, chart in enumerate(dashboard["Charts"]):
            yield f"Resources.{name}.Properties.Charts[{number}]", chart


def _charts(stack: Stack, store: LogStore) -> Faults:
    for path, chart in _named_charts(stack):
        if chart.get("type") not in {"line", "table"}:
            yield f"{path}.type must be line or table: {chart.get('type')}"
        try:
            columns = store.columns(chart["search"]["query"])
        except duckdb.Error:
            continue  # said already
        display = chart.get("display", {})
        shown = {*display.get("xAxis", ["an x axis"]), *display.get("yAxis", ["a y axis"])}
        yield from (f"{path}.display shows {one}, which its query lacks" for one in sorted(shown - set(columns)))
        if chart["search"]["logstore"] != stack.name:
            yield f"{path}.search.logstore is not the log store of the stack: {chart['search']['logstore']}"


def _alert(stack: Stack, name: str, detail: Properties) -> Faults:
    configuration = detail["Configuration"]
    if detail["DisplayName"] != name:
        yield f".DisplayName must be {name}: {detail['DisplayName']}"
    if not re.fullmatch(r"\d+[smhd]", str(detail["Schedule"].get("Interval"))):
        yield f".Schedule.Interval is not a time such as 15m: {detail['Schedule'].get('Interval')}"
    severities = {one["Severity"] for one in configuration["SeverityConfigurations"]}
    if severities != ({10} if name in PAGES else {6}):
        yield f".Configuration.SeverityConfigurations: a page has 10, a ticket 6: {severities}"
    policy = configuration.get("PolicyConfiguration", {})
    if (policy.get("AlertPolicyId"), policy.get("ActionPolicyId")) != ("sls.builtin.dynamic", "sls.builtin"):
        yield f".Configuration.PolicyConfiguration tells nobody: {policy}"
    for number, query in enumerate(configuration["QueryList"]):
        yield from (f".Configuration.QueryList[{number}]{fault}" for fault in _source(stack, query))
    described = {one["Key"]: one["Value"] for one in configuration.get("Annotations", [])}
    yield from _description(".Configuration.Annotations", name, described.get("desc", ""))
    if not described.get("title", "").startswith(stack.name):
        yield f".Configuration.Annotations: the title does not name the stack: {described.get('title')}"


def _source(stack: Stack, query: Properties) -> Faults:
    wanted = {"Region": stack.region, "Project": f"{stack.name}-{stack.account}", "Store": stack.name, "End": "now"}
    for key, value in wanted.items():
        if query.get(key) != value:
            yield f".{key} must be {value}: {query.get(key)}"
    if not re.fullmatch(r"-\d+[smhd]", query["Start"]) or seconds(query["Start"][1:]) > MAX_WINDOW_SECONDS:
        yield f".Start must be at most 24 hours ago, such as -15m: {query['Start']}"


def _description(path: str, name: str, text: str) -> Faults:
    kind = "PAGE. " if name in PAGES else "TICKET. "
    if not text.startswith(kind):
        yield f"{path}: the description does not begin with {kind.strip()}"
    if text.rpartition(" Runbook: ")[2] != RUNBOOK + name.lower():
        yield f"{path}: the description does not end with its entry of the runbook, {RUNBOOK}{name.lower()}"


def _rule(stack: Stack, name: str, rule: Properties) -> Faults:
    if rule["RuleName"] != f"{stack.name}-{name}":
        yield f".RuleName must be {stack.name}-{name}, or two stacks would share the rule: {rule['RuleName']}"
    metrics, dimensions = METRICS.get(rule["Namespace"], (set(), set()))
    for metric in sorted({rule["MetricName"], *(one["MetricName"] for one in conditions(rule))} - metrics):
        yield f": CloudMonitor has no metric {metric} in {rule['Namespace']}"
    for statistic in sorted({one["Statistics"] for one in conditions(rule)} - STATISTICS.get(rule["Namespace"], set())):
        yield f": {rule['MetricName']} has no statistic {statistic}"
    for one in rule["Resources"]:
        if one.keys() != dimensions or one.get("queue", one.get("functionName")) != f"{stack.name}{WATCHED[name]}":
            yield f".Resources is not {stack.name}{WATCHED[name]} with the dimensions {sorted(dimensions)}: {one}"
    periods = {rule["Period"], *(one.get("Period", PERIOD_SECONDS) for one in conditions(rule))}
    if periods != {PERIOD_SECONDS}:
        yield f".Period must be {PERIOD_SECONDS}, as SMQ and Function Compute measure: {sorted(periods)}"
    if rule.get("SilenceTime", 0) < LEAST_SILENCE_SECONDS:
        yield f".SilenceTime must be at least {LEAST_SILENCE_SECONDS}"
    yield from _description(".Labels", name, rule.get("Labels", [{"Value": ""}])[0]["Value"])


def conditions(rule: Properties) -> list[Properties]:
    """Return the conditions of a rule, each with the names of its metric and its statistic."""
    if "Escalations" in rule:
        return [one | {"MetricName": rule["MetricName"]} for one in rule["Escalations"].values()]
    composite = rule["CompositeExpression"]
    if "ExpressionRaw" in composite:
        (statistic,) = re.findall(r"\$(\w+)", composite["ExpressionRaw"])
        return [{"MetricName": rule["MetricName"], "Statistics": statistic}]
    return [one | {"Statistics": one["Statistics"].removeprefix("$")} for one in composite["ExpressionList"]]
