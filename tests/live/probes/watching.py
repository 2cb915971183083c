"""Probes of CloudWatch: minima, log queries, and the metrics of a deployed stack."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from imagesearch_ingest.adapters.telemetry import NAMESPACE
from imagesearch_ops.backfill.log_counts import count_outcomes
from imagesearch_ops.cloudwatch import PERIOD_SECONDS, read_points
from imagesearch_ops.stack_source import describe_stack
from tests.live.account import Account
from tests.live.probe import AWS, STACK, Finding, cannot_tell, in_words, judge, probe

_METRIC_SECONDS = 240.0
_LOG_SECONDS = 180.0


@probe("AWS-06", AWS, "2 values of one custom metric, which CloudWatch keeps for 15 months at about 0.30 USD once")
def ask_minimum(account: Account) -> Finding:
    cloudwatch, name = account.aws("cloudwatch"), account.new_name()
    for value in (0.0, 1.0):
        cloudwatch.put_metric_data(
            Namespace="ImageSearchIngestLive", MetricData=[{"MetricName": name, "Value": value, "Unit": "Count"}]
        )
    found: list[dict[str, Any]] = []

    def is_there() -> bool:
        now = datetime.now(UTC)
        found[:] = cloudwatch.get_metric_statistics(
            Namespace="ImageSearchIngestLive",
            MetricName=name,
            StartTime=now - timedelta(minutes=15),
            EndTime=now + timedelta(minutes=1),
            Period=900,
            Statistics=["Minimum", "SampleCount"],
        )["Datapoints"]
        return sum(point["SampleCount"] for point in found) >= 2

    if account.wait_until(is_there, _METRIC_SECONDS) is None:
        return cannot_tell(f"two values did not appear within {_METRIC_SECONDS:.0f} s")
    least = min(point["Minimum"] for point in found)
    return judge(least == 0, f"the minimum of 0 and 1 is {least:g}")


@probe("AWS-17", AWS, "1 log group with 4 lines, queries of Logs Insights until it finds them")
def ask_insights(account: Account) -> Finding:
    logs, group, run = account.aws("logs"), f"/{account.new_name()}", account.prefix
    account.note("log_group", group)
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="probe")
    lines = [("object", run, "added"), ("object", run, "added"), ("object", "other", "added"), ("start", run, "added")]
    now = int(time.time() * 1000)
    events = [
        {
            "timestamp": now + n,
            "message": json.dumps({"message": message, "run": of, "outcome": outcome, "key": f"{n}"}),
        }
        for n, (message, of, outcome) in enumerate(lines)
    ]
    logs.put_log_events(logGroupName=group, logStreamName="probe", logEvents=events)
    seen: dict[str, int] = {}
    try:
        account.wait_until(lambda: seen.update(count_outcomes(logs, group, run)) or seen, _LOG_SECONDS)
    except LookupError as error:
        return cannot_tell(f"the answer of Logs Insights has no field {error}")
    return judge(seen == {"added": 2}, f"2 lines of the run among 4: counted {in_words(seen)}")


def queue_name(account: Account) -> str:
    return str(account.deployment.queue_url).rpartition("/")[2]


@probe("AWS-08", STACK, "1 ListMetrics of the stack's queue", leaves="which messages the metric leaves out")
def ask_quiet_groups(account: Account) -> Finding:
    listed = account.aws("cloudwatch").list_metrics(
        Namespace="AWS/SQS", Dimensions=[{"Name": "QueueName", "Value": queue_name(account)}]
    )["Metrics"]
    names = {one["MetricName"] for one in listed}
    quiet, oldest = "ApproximateAgeOfOldestMessageInQuietGroups", "ApproximateAgeOfOldestMessage"
    if not names:
        return cannot_tell(f"CloudWatch has no metrics of {queue_name(account)}: upload something, and wait 15 minutes")
    return judge(quiet in names or oldest not in names, f"{len(names)} metrics; {quiet}: {quiet in names}")


@probe("AWS-18", STACK, "1 GetMetricStatistics of the stack's queue")
def ask_deleted(account: Account) -> Finding:
    points = read_points(
        account.aws("cloudwatch"),
        "NumberOfMessagesDeleted",
        of=("QueueName", queue_name(account)),
        hours=24,
        statistic="Sum",
    )
    if not points:
        return cannot_tell("no value within a day: the queue was idle")
    newest = max(moment for moment, _ in points)
    age = (datetime.now(UTC) - newest).total_seconds()
    are_whole = all(moment.timestamp() % PERIOD_SECONDS == 0 for moment, _ in points)
    seen = f"{len(points)} values, at whole five minutes: {are_whole}; the newest began {age / 60:.0f} min ago"
    return judge(are_whole, seen)


@probe("AWS-24", STACK, "1 ListMetrics of the stack", leaves="what the console draws, and the search for reasons")
def ask_dimensions(account: Account) -> Finding:
    """The function writes each metric under several sets of dimensions in one line."""
    stack = account.environ.get("INGEST_STACK_NAME") or str(account.wanted.stack)
    pages = account.aws("cloudwatch").get_paginator("list_metrics")
    dimensions = [{"Name": "stack", "Value": stack}]
    found = pages.paginate(Namespace=NAMESPACE, Dimensions=dimensions)
    sets = {tuple(sorted(one["Name"] for one in metric["Dimensions"])) for page in found for metric in page["Metrics"]}
    if not sets:
        return cannot_tell(f"no metric of {stack} in {NAMESPACE}: upload something, and wait some minutes")
    seen = "; ".join(" ".join(names) for names in sorted(sets))
    return judge({("service", "stack"), ("outcome", "service", "stack")} <= sets, f"metrics of {stack} by {seen}")


@probe("AWS-29", STACK, "1 search of the function's log", leaves="the platform's own processes")
def ask_memory(account: Account) -> Finding:
    stack = describe_stack(account.aws("cloudformation"), str(account.wanted.stack))
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}
    group = outputs.get("LogGroupName") or f"/aws/lambda/{outputs['FunctionName']}"
    since = datetime.now(UTC) - timedelta(days=7)
    pages = account.aws("logs").get_paginator("filter_log_events")
    found = pages.paginate(
        logGroupName=group, filterPattern='{ $.memory = "*" }', startTime=int(since.timestamp() * 1000)
    )
    lines = [json.loads(event["message"]) for page in found for event in page["events"]]
    states = {str(line["memory"]) for line in lines if "memory" in line}
    if not states:
        return cannot_tell(f"no line of {group} says so within seven days: let the function start")
    return judge(states == {"hidden"}, f"{len(lines)} starts: {', '.join(sorted(states))}")
