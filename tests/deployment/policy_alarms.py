"""The project's rules for alarms: what is watched, who is told, and where the runbook is named (ADR 64)."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.deployment.policy import Faults, Template, dead_letter_queues, logical_name, of_type

RUNBOOK = "https://github.com/imagesearch-ingest/imagesearch-ingest/blob/main/docs/runbook.md#"
MAX_DESCRIPTION = 1024  # PutMetricAlarm
DAY_SECONDS, WEEK_SECONDS, HOUR_SECONDS = 86_400, 604_800, 3600
OWN_NAMESPACE, OWN_DIMENSIONS = "ImageSearchIngest", {"service": "imagesearch-ingest", "stack": "AWS::StackName"}
NO_VALUE = {"Ref": "AWS::NoValue"}
PAGES = {"Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], NO_VALUE]}
TICKETS = {"Fn::If": ["HasTicketTopic", [{"Ref": "TicketTopicArn"}], PAGES]}
TOPICS = {"PAGE": PAGES, "TICKET": TICKETS}
LEVEL = "ApproximateNumberOfMessagesVisible"


class Watched(NamedTuple):
    """A metric of an alarm, with its dimensions by name: texts, or logical names."""

    namespace: str
    metric: str
    dimensions: dict[str, str]


def faults(template: Template) -> Faults:
    """Yield every broken rule as text."""
    for name, alarm in of_type(template, "AWS::CloudWatch::Alarm"):
        yield from (f"{name} {fault}" for fault in _alarm(name, alarm))
    yield from _unwatched(template)


def _alarm(name: str, alarm: dict[str, Any]) -> Iterator[str]:
    text = _text(alarm.get("AlarmDescription", ""))
    if not text.endswith(f" Runbook: {RUNBOOK}{name.lower()}"):
        yield "does not name its entry in the runbook"
    if len(text) > MAX_DESCRIPTION - 200:  # names that are inserted are longer than their references
        yield "has a description that CloudWatch may refuse"
    topic = TOPICS.get(text.partition(".")[0])
    if topic is None:
        yield "is neither a page nor a ticket"
    elif alarm.get("AlarmActions") != topic:
        yield "does not notify the topic of its kind"
    if alarm.get("OKActions") != alarm.get("AlarmActions"):
        yield "does not tell whom it told that it is over"
    if "TreatMissingData" not in alarm:
        yield "does not say what a missing value means"
    for one in watched(alarm):
        if one.namespace == OWN_NAMESPACE and one.dimensions != OWN_DIMENSIONS:
            yield f"watches {one.metric} of every stack, or of none"
    period = alarm.get("Period") or max(query.get("MetricStat", {}).get("Period", 0) for query in alarm["Metrics"])
    if period * alarm["EvaluationPeriods"] > (WEEK_SECONDS if period >= HOUR_SECONDS else DAY_SECONDS):
        yield "looks further back than CloudWatch does"


def _unwatched(template: Template) -> Faults:
    alarms = [one for _, alarm in of_type(template, "AWS::CloudWatch::Alarm") for one in watched(alarm)]
    found = {(one.metric, name) for one in alarms for name in one.dimensions.values()}
    own = {one.metric for one in alarms if one.namespace == OWN_NAMESPACE}
    for _, source in of_type(template, "AWS::Lambda::EventSourceMapping"):
        queue, function = logical_name(source["EventSourceArn"]), logical_name(source["FunctionName"])
        for metric, where, what in (
            ("ApproximateAgeOfOldestMessageInQuietGroups", queue, f"how long uploads wait in {queue}"),
            ("ApproximateAgeOfOldestMessage", queue, f"how long messages wait in {queue}"),
            ("Errors", function, "the function's errors"),
            ("Throttles", function, "whether Lambda may start the function"),
        ):
            if (metric, where) not in found:
                yield f"no alarm watches {what}"
    for metric, what in (
        ("NothingTaken", "whether the settings pass over every upload"),
        ("OperatorNeeded", "faults that an operator must mend"),
        ("DeadLettered", "new dead letters"),
        ("WaitingAge", "how long records are tried again and again"),
        ("AddCallsThrottled", "the share of refused calls"),
    ):
        if metric not in own:
            yield f"no alarm watches {what}"
    for name, _ in of_type(template, "AWS::Events::Rule"):
        if ("FailedInvocations", name) not in found:
            yield f"no alarm watches whether {name} delivers"
    yield from _dead_letters(template, found)


def _dead_letters(template: Template, found: set[tuple[str, str]]) -> Faults:
    """A letter with a reason may lie until somebody has time. An event that was not delivered must not."""
    for name, owner in dead_letter_queues(template):
        is_of_rule = template["Resources"][owner]["Type"] == "AWS::Events::Rule"
        if is_of_rule and (LEVEL, name) not in found:
            yield f"no alarm watches {name}, a dead-letter queue of {owner}"
        if not is_of_rule and (LEVEL, name) in found:
            yield f"an alarm on {name} stays red for as long as a letter lies there"
        if not is_of_rule and ("ApproximateAgeOfOldestMessage", name) not in found:
            yield f"no alarm watches how long letters lie in {name}"


def watched(alarm: dict[str, Any]) -> list[Watched]:
    """Return the metrics of an alarm."""
    parts = [query["MetricStat"]["Metric"] for query in alarm.get("Metrics", []) if "MetricStat" in query]
    return [
        Watched(one["Namespace"], one["MetricName"], {d["Name"]: logical_name(d["Value"]) for d in one["Dimensions"]})
        for one in parts or [alarm]
    ]


def _text(description: str | dict[str, Any]) -> str:
    text = description if isinstance(description, str) else description["Fn::Sub"]
    return text if isinstance(text, str) else text[0]
