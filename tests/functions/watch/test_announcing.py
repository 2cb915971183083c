"""The watch on its local cloud: each fault of the way of uploads, and of the instance, is in its metrics."""

import json
from typing import Any

import pytest

from local_cloud.clouds.aws import AwsCloud
from tests.support.watch import BUCKET, RULE, Watch

DAY = 86_400


def test_all_is_well(watch: Watch) -> None:
    look = watch()
    assert look.line["level"] == "INFO"
    assert look.line["findings"] == []
    assert (look["Announcing"], look["WatchFailed"], look["IndexFullPercent"]) == (1, 0, 0)
    assert 364 < look["DaysToExpiry"] < 366


def test_the_metrics_are_those_of_the_stack(watch: Watch) -> None:
    metrics = watch(INGEST_STACK_NAME="shop").metrics
    (described,) = metrics["_aws"]["CloudWatchMetrics"]
    assert described["Namespace"] == "ImageSearchIngest"
    assert [set(one) for one in described["Dimensions"]] == [{"service", "stack"}]
    assert (metrics["service"], metrics["stack"]) == ("imagesearch-ingest", "shop")
    assert {one["Name"]: one["Unit"] for one in described["Metrics"]} == {
        "WatchFailed": "Count",
        "IndexFullPercent": "Percent",
        "DaysToExpiry": "Count",
        "Announcing": "Count",
    }


def test_a_shop_without_uploads_is_fine(watch: Watch) -> None:
    for _ in range(3):
        assert watch()["Announcing"] == 1


def notify(cloud: AwsCloud, configuration: dict[str, Any]) -> None:
    cloud.s3.put_bucket_notification_configuration(Bucket=BUCKET, NotificationConfiguration=configuration)


def replace_notifications(cloud: AwsCloud) -> None:
    """Announce to another queue alone, as a tool does that owns the whole configuration."""
    other = cloud.find_arn(cloud.dead_letter_queue)
    notify(cloud, {"QueueConfigurations": [{"QueueArn": other, "Events": ["s3:ObjectCreated:*"]}]})


def create_again(cloud: AwsCloud) -> None:
    cloud.s3.delete_bucket(Bucket=BUCKET)
    cloud.s3.create_bucket(Bucket=BUCKET)


def put_rule(cloud: AwsCloud, **changes: Any) -> None:
    events = cloud.aws.client("events")
    pattern = json.loads(events.describe_rule(Name=RULE)["EventPattern"]) | changes
    events.put_rule(Name=RULE, EventPattern=json.dumps(pattern))


def keys(*conditions: object) -> dict[str, Any]:
    return {"bucket": {"name": [BUCKET]}, "object": {"key": list(conditions)}}


def put_target(cloud: AwsCloud, **fields: Any) -> None:
    cloud.aws.client("events").put_targets(Rule=RULE, Targets=[{"Id": "queue", "Arn": cloud.queue_arn, **fields}])


def delete_rule(cloud: AwsCloud) -> None:
    events = cloud.aws.client("events")
    events.remove_targets(Rule=RULE, Ids=["queue"])
    events.delete_rule(Name=RULE)


def set_policy(cloud: AwsCloud, *statements: dict[str, Any]) -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements}) if statements else ""
    cloud.sqs.set_queue_attributes(QueueUrl=cloud.queue, Attributes={"Policy": policy})


def allow_another_rule(cloud: AwsCloud) -> None:
    set_policy(
        cloud,
        {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": cloud.queue_arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:events:us-east-1:123456789012:rule/other"}},
        },
    )


STOPPED = {
    "EventBridge off": (
        lambda cloud: notify(cloud, {}),
        "does not announce to EventBridge",
        "EventBridgeConfiguration",
    ),
    "another configuration": (replace_notifications, "does not announce to EventBridge", "ingest-dead-letters"),
    "a new bucket": (create_again, "does not announce to EventBridge", "put-bucket-notification-configuration"),
    "no bucket": (lambda cloud: cloud.s3.delete_bucket(Bucket=BUCKET), "there is no bucket pictures", "Create it"),
    "a disabled rule": (
        lambda cloud: cloud.aws.client("events").disable_rule(Name=RULE),
        "the rule uploads is disabled",
        "aws events enable-rule --name uploads",
    ),
    "no rule": (delete_rule, "there is no rule uploads", "aws events put-rule --name uploads"),
    "creations alone": (
        lambda cloud: put_rule(cloud, **{"detail-type": ["Object Created"]}),
        "does not send Object Deleted",
        '"Object Deleted"',
    ),
    "another bucket": (
        lambda cloud: put_rule(cloud, detail={"bucket": {"name": ["other"]}}),
        "does not send events of pictures",
        '{"name": ["pictures"]}',
    ),
    "another source": (lambda cloud: put_rule(cloud, source=["aws.ec2"]), "does not send events of S3", '["aws.s3"]'),
    "fewer keys": (
        lambda cloud: put_rule(cloud, detail=keys({"prefix": "shoes/"})),
        "does not send all keys",
        "aws events put-rule",
    ),
    "no target": (
        lambda cloud: cloud.aws.client("events").remove_targets(Rule=RULE, Ids=["queue"]),
        "the rule uploads does not send to the queue",
        "aws events put-targets --rule uploads",
    ),
    "another target": (
        lambda cloud: put_target(cloud, Arn=cloud.find_arn(cloud.dead_letter_queue)),
        "does not send to the queue",
        ":ingest",
    ),
    "changed events": (
        lambda cloud: put_target(cloud, InputPath="$.detail"),
        "its target has InputPath",
        "put-targets",
    ),
    "no queue": (lambda cloud: cloud.sqs.delete_queue(QueueUrl=cloud.queue), "there is no queue arn:", "Create it"),
    "no policy": (set_policy, "does not let the rule send", "Allow sqs:SendMessage"),
    "a policy for another rule": (allow_another_rule, "does not let the rule send", "rule/uploads"),
}


@pytest.mark.parametrize("case", STOPPED)
def test_a_bucket_that_has_stopped_announcing_is_noticed(watch: Watch, cloud: AwsCloud, case: str) -> None:
    stop, said, to_do = STOPPED[case]
    assert watch()["Announcing"] == 1
    stop(cloud)
    for _ in range(2):
        look = watch()
        assert (look["Announcing"], look["WatchFailed"]) == (0, 0)
        assert look.line["level"] == "ERROR"
        (found,) = look.line["findings"]
        assert (found["kind"], said in found["detail"], to_do in found["to_do"]) == ("fault", True, True), found


def test_the_command_of_a_fault_mends_it(watch: Watch, cloud: AwsCloud) -> None:
    put_rule(cloud, detail=keys({"prefix": "shoes/"}))
    pattern = watch().line["findings"][0]["to_do"].partition("--event-pattern ")[2].strip("'")
    assert json.loads(pattern) == {
        "source": ["aws.s3"],
        "detail-type": ["Object Created", "Object Deleted", "Object Restore Completed"],
        "detail": {"bucket": {"name": ["pictures"]}},
    }
    cloud.aws.client("events").put_rule(Name=RULE, EventPattern=pattern)
    assert watch()["Announcing"] == 1


def test_kept_entries_need_no_removals(watch: Watch, cloud: AwsCloud) -> None:
    put_rule(cloud, **{"detail-type": ["Object Created"]})
    assert watch(INGEST_ON_REMOVED="keep")["Announcing"] == 1


@pytest.mark.parametrize(("prefixes", "announcing"), [("shoes/", 1), ("shoes/red/", 1), ("shoes/,bags/", 0), ("", 0)])
def test_every_prefix_of_the_template_is_announced(
    watch: Watch, cloud: AwsCloud, prefixes: str, announcing: int
) -> None:
    put_rule(cloud, detail=keys({"prefix": "shoes/"}))
    assert watch(WATCH_KEY_PREFIXES=prefixes)["Announcing"] == announcing


def test_a_condition_that_somebody_has_added_is_a_remark(watch: Watch, cloud: AwsCloud) -> None:
    put_rule(cloud, detail=keys({"suffix": ".jpg"}))
    look = watch()
    assert (look["Announcing"], look["WatchFailed"]) == (1, 0)
    assert look.line["level"] == "WARNING"
    assert look.line["findings"][0]["kind"] == "remark"
