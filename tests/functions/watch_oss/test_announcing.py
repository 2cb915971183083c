"""The watch on its local Alibaba Cloud: each fault of the way of uploads is in its metrics and has a sentence."""

import json
from typing import Any

import pytest

from imagesearch_ingest.watch import oss_rule
from local_cloud.clouds.alibaba import DEAD_LETTER_QUEUE, QUEUE, AlibabaCloud
from tests.support.watch_oss import (
    BUCKET,
    KINDS,
    QUEUE_ARN,
    REGION,
    RULE,
    SUBJECT,
    OssWatch,
    body,
    call,
    put_rule,
    target,
)


def test_all_is_well(watch: OssWatch) -> None:
    for _ in range(2):  # an hour without uploads is fine
        look = watch()
        assert (look.line["level"], look.line["findings"]) == ("INFO", [])
        assert (look["Announcing"], look["WatchFailed"], look["IndexFullPercent"]) == (1, 0, 0)
        assert 364 < look["DaysToExpiry"] < 366


def test_a_region_from_which_oss_sends_nothing_is_remarked(watch: OssWatch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oss_rule, "REGIONS", {"cn-hangzhou"})
    look = watch()
    assert (look["Announcing"], look["WatchFailed"]) == (1, 0)
    assert f"OSS is not known to send events from {REGION} to EventBridge" in json.dumps(look.line["findings"])


def test_the_metrics_are_plain_numbers_of_the_stack(watch: OssWatch) -> None:
    metrics = watch(INGEST_STACK_NAME="shop").metrics
    days = metrics.pop("DaysToExpiry")
    assert metrics == {
        "message": "metrics",
        "service": "imagesearch-ingest",
        "stack": "shop",
        "Announcing": 1,
        "WatchFailed": 0,
        "IndexFullPercent": 0,
    }
    assert isinstance(days, float)


def without(*kinds: str) -> list[str]:
    return [kind for kind in KINDS if kind.removeprefix("oss:") not in kinds]


def delete_bucket(cloud: AlibabaCloud) -> None:
    cloud.oss._buckets.remove(BUCKET)  # noqa: SLF001 - what DeleteBucket does to an empty one


def under(region_and_account: str, bucket: str) -> list[dict[str, str]]:
    return [{"prefix": f"acs:oss:{region_and_account}:{bucket}/"}]


OWN = f"{REGION}:1234567890123456"
OTHER_QUEUE = QUEUE_ARN.replace(f"queues/{QUEUE}", f"queues/{DEAD_LETTER_QUEUE}")
# How to break the way, what the sentence says, and what the command or the advice has in it.
STOPPED = {
    "no rule": (
        lambda cloud: cloud.event_bridge.rules.delete("default", RULE),
        "there is no rule uploads on the bus default",
        "aliyun eventbridge CreateRule --EventBusName default --RuleName uploads",
    ),
    "a disabled rule": (
        lambda cloud: put_rule(cloud, status="DISABLE"),
        "the rule uploads is disabled",
        "aliyun eventbridge EnableRule --EventBusName default --RuleName uploads",
    ),
    "no uploads": (
        lambda cloud: put_rule(cloud, type=without("ObjectCreated:PutObject")),
        "does not send ObjectCreated:PutObject",
        "aliyun eventbridge UpdateRule",
    ),
    "creations alone": (
        lambda cloud: put_rule(cloud, type=[{"prefix": "oss:ObjectCreated:"}, {"prefix": "oss:ObjectReplication:"}]),
        "does not send ObjectRemoved:DeleteObject, ObjectRemoved:DeleteObjects",
        "oss:ObjectRemoved:DeleteObject",
    ),
    "a misspelt kind": (
        lambda cloud: put_rule(cloud, type=["oss:objectcreated:putobject"]),
        "does not send any change of an object",
        "UpdateRule",
    ),
    "another source": (lambda cloud: put_rule(cloud, source=["acs.ecs"]), "does not send events of OSS", '["acs.oss"]'),
    "another bucket": (
        lambda cloud: put_rule(cloud, subject=under(OWN, "other")),
        "does not send events of pictures",
        SUBJECT,
    ),
    "another account": (
        lambda cloud: put_rule(cloud, subject=under(f"{REGION}:99", BUCKET)),
        "does not send events of pictures",
        SUBJECT,
    ),
    "another bucket by its name": (
        lambda cloud: put_rule(cloud, subject=None, data={"oss": {"bucket": {"name": ["other"]}}}),
        "does not send events of pictures",
        SUBJECT,
    ),
    "fewer keys": (
        lambda cloud: put_rule(cloud, subject=[{"prefix": f"{SUBJECT}shoes/"}]),
        "does not send all keys",
        "UpdateRule",
    ),
    "a single key": (
        lambda cloud: put_rule(cloud, subject=[f"{SUBJECT}a.jpg"]),
        "does not send all keys",
        "UpdateRule",
    ),
    "no target": (
        lambda cloud: cloud.event_bridge.rules.change("default", RULE, targets=()),
        "the rule uploads does not send to the queue",
        "aliyun eventbridge PutTargets --EventBusName default --RuleName uploads",
    ),
    "another queue": (
        lambda cloud: put_rule(cloud, target(Endpoint=OTHER_QUEUE)),
        "does not send to the queue",
        QUEUE_ARN,
    ),
    "a topic": (
        lambda cloud: put_rule(cloud, target(Type="acs.mns.topic")),
        "does not send to the queue",
        "acs.mns.queue",
    ),
    "changed events": (
        lambda cloud: put_rule(cloud, target(ParamList=body("JSONPATH", "$.data.oss"))),
        "the Body of its target has the form JSONPATH",
        "PutTargets",
    ),
    "no queue": (lambda cloud: cloud.smq.delete_queue(QUEUE), f"there is no queue {QUEUE_ARN}", "template.ros.yaml"),
    "no bucket": (delete_bucket, "there is no bucket pictures", "Create it again"),
}


@pytest.mark.parametrize("case", STOPPED)
def test_a_bucket_that_has_stopped_announcing_is_noticed(watch: OssWatch, cloud: AlibabaCloud, case: str) -> None:
    stop, said, to_do = STOPPED[case]
    stop(cloud)
    try:
        look = watch()
    finally:
        cloud.oss.make_bucket(BUCKET)
    assert (look["Announcing"], look["WatchFailed"]) == (0, 0)
    assert look.line["level"] == "ERROR"
    (found,) = look.line["findings"]
    assert (found["kind"], said in found["detail"], to_do in found["to_do"]) == ("fault", True, True), found


@pytest.mark.parametrize("case", [case for case, (_, _, to_do) in STOPPED.items() if "aliyun" in to_do])
def test_the_command_of_a_fault_mends_it(watch: OssWatch, cloud: AlibabaCloud, case: str) -> None:
    STOPPED[case][0](cloud)
    call(cloud, watch().line["findings"][0]["to_do"])
    look = watch()
    assert (look["Announcing"], look.line["findings"]) == (1, [])


def test_a_mended_pattern_keeps_what_somebody_has_added(watch: OssWatch, cloud: AlibabaCloud) -> None:
    added = {"oss": {"object": {"size": [{"numeric": ["<", 4_000_000]}]}}}
    put_rule(cloud, type=without("ObjectRemoved:DeleteObject"), data=added)
    call(cloud, watch().line["findings"][0]["to_do"])
    assert json.loads(cloud.event_bridge.rules.find("default", RULE).pattern) == {
        "source": ["acs.oss"],
        "type": [*KINDS[:6], *KINDS[6:8], KINDS[10], *KINDS[8:10], KINDS[11]],
        "subject": [{"prefix": SUBJECT}],
        "data": added,
    }


def test_kept_entries_need_no_removals(watch: OssWatch, cloud: AlibabaCloud) -> None:
    put_rule(cloud, type=[{"prefix": "oss:ObjectCreated:"}, {"prefix": "oss:ObjectReplication:"}])
    assert watch(INGEST_ON_REMOVED="keep")["Announcing"] == 1


@pytest.mark.parametrize(
    ("prefixes", "announcing"),
    [("shoes/", 1), ("shoes/red/", 1), ("shoes/,bags/", 0), ("bags/,shoes/", 0), ("", 0), ("Shoes/", 0)],
)
@pytest.mark.parametrize("by", ["subject", "key"])
def test_every_prefix_of_the_template_is_announced(
    watch: OssWatch, cloud: AlibabaCloud, prefixes: str, announcing: int, by: str
) -> None:
    if by == "subject":
        put_rule(cloud, subject=[{"prefix": f"{SUBJECT}shoes/"}])
    else:
        oss: dict[str, Any] = {"bucket": {"name": [BUCKET]}, "object": {"key": [{"prefix": "shoes/"}]}}
        put_rule(cloud, subject=None, data={"oss": oss})
    look = watch(WATCH_KEY_PREFIXES=prefixes)
    assert look["Announcing"] == announcing
    if not announcing and prefixes:
        missing = prefixes.replace("shoes/", "").strip(",")
        assert f"does not send all keys below {missing}" in look.line["findings"][0]["detail"]


REMARKS = {
    "a suffix": (lambda cloud: put_rule(cloud, subject=[{"suffix": ".jpg"}]), "its condition on subject"),
    "a size": (
        lambda cloud: put_rule(cloud, data={"oss": {"object": {"size": [{"numeric": ["<", 9]}]}}}),
        "its condition on data.oss.object.size",
    ),
    "a folder left out": (
        lambda cloud: put_rule(cloud, data={"oss": {"object": {"key": [{"anything-but": {"prefix": "tmp/"}}]}}}),
        "its condition on data.oss.object.key",
    ),
    "a short retention": (
        lambda cloud: cloud.smq.create_queue(QUEUE, visibility_timeout=720, message_retention_period=86_400),
        "keeps messages for 86400 s instead of 604800 s",
    ),
    "a short visibility": (
        lambda cloud: cloud.smq.create_queue(QUEUE, visibility_timeout=30, message_retention_period=604_800),
        "hides messages that are being read for 30 s instead of 720 s",
    ),
}


@pytest.mark.parametrize("case", REMARKS)
def test_what_somebody_has_set_on_purpose_is_a_remark(watch: OssWatch, cloud: AlibabaCloud, case: str) -> None:
    change, said = REMARKS[case]
    change(cloud)
    look = watch()
    assert (look["Announcing"], look["WatchFailed"], look.line["level"]) == (1, 0, "WARNING")
    (found,) = look.line["findings"]
    assert (found["kind"], said in found["detail"]) == ("remark", True), found


def test_what_the_watch_says_of_the_rule_of_the_cloud_is_true(watch: OssWatch, cloud: AlibabaCloud) -> None:
    cloud.event_bridge.delete_rule(RULE)  # every rule on the bus sends
    own = {"WATCH_RULE_ARN": cloud.event_bridge.arn(cloud.name)}
    for change, announces in (({}, 1), ({"Status": "DISABLE"}, 0), ({}, 1), ({"Targets": []}, 0), ({}, 1)):
        cloud.event_bridge.create_rule(cloud.rule_properties() | change)
        before = len(cloud.smq.messages(QUEUE))
        cloud.upload("shoes/1.jpg", b"a picture")
        assert len(cloud.smq.messages(QUEUE)) - before == announces
        assert watch(**own)["Announcing"] == announces
    cloud.event_bridge.delete_rule(cloud.name)
    before = len(cloud.smq.messages(QUEUE))
    cloud.remove("shoes/1.jpg")
    assert (len(cloud.smq.messages(QUEUE)), watch(**own)["Announcing"]) == (before, 0)
