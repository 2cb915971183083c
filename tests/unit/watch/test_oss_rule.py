"""Whether a rule of Alibaba Cloud's EventBridge sends every wanted event, by its pattern and its targets."""

import json
import shlex
from dataclasses import replace
from typing import Any

import pytest

from imagesearch_ingest.watch.findings import Kind
from imagesearch_ingest.watch.oss_rule import (
    BridgeRule,
    OssRoute,
    judge_rule,
    judge_targets,
    make_again,
    read_route,
)

RULE_ARN = "acs:eventbridge:cn-shanghai:17:eventbus/default/rule/shop"
QUEUE_ARN = "acs:mns:cn-shanghai:17:queues/shop"
SUBJECT = "acs:oss:cn-shanghai:17:pictures/"
ROUTE = read_route(RULE_ARN, QUEUE_ARN, "pictures", "", takes_removals=True)
TWO = read_route(RULE_ARN, QUEUE_ARN, "pictures", "cups/,red mugs/", takes_removals=True)
KINDS = [
    *(
        f"oss:ObjectCreated:{how}"
        for how in ("PutObject", "PostObject", "CopyObject", "AppendObject", "CompleteMultipartUpload", "PutSymlink")
    ),
    *(f"oss:ObjectRemoved:{how}" for how in ("DeleteObject", "DeleteObjects")),
    *(f"oss:ObjectReplication:Object{how}" for how in ("Created", "Modified", "Removed")),
    "oss:ObjectRestore:FinishRestore",
]
TEMPLATES = {"source": ["acs.oss"], "type": KINDS, "subject": [{"prefix": SUBJECT}]}


def rule(**changes: Any) -> BridgeRule:
    pattern = {name: value for name, value in (TEMPLATES | changes).items() if value is not None}
    return BridgeRule("shop", is_enabled=True, pattern=pattern)


def option(command: str, name: str) -> Any:
    words = shlex.split(command)
    return json.loads(words[words.index(f"--{name}") + 1])


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"source": None, "subject": None},
        {"type": [{"prefix": "oss:"}]},
        {"type": [*KINDS, "oss:ObjectCreated:UploadPart"]},
        {"type": KINDS[:-1]},  # restored objects are indexed already
        {"subject": [{"prefix": "acs:oss:cn-shanghai:17:"}]},
        {"subject": [{"prefix": "acs:oss:cn-shanghai:17:other/"}, {"prefix": SUBJECT}]},
        {"subject": None, "data": {"oss": {"bucket": {"name": ["pictures"]}}}},
        {"data": {"eventName": [{"prefix": "Object"}]}},
    ],
)
def test_a_rule_that_sends_everything_is_fine(changes: dict[str, Any]) -> None:
    assert judge_rule(rule(**changes), ROUTE) is None


MISSING = [
    ({"source": ["acs.ecs"]}, "events of OSS"),
    ({"source": []}, "events of OSS"),
    ({"type": KINDS[1:]}, "ObjectCreated:PutObject"),
    ({"type": []}, "any change of an object"),
    ({"type": [], "source": []}, "any change of an object, events of OSS"),
    ({"data": {"eventName": ["ObjectCreated:PutObject"]}}, "ObjectCreated:PostObject"),
    ({"subject": [{"prefix": "acs:oss:cn-shanghai:17:pictures2/"}]}, "events of pictures"),
    ({"subject": [{"prefix": "acs:oss:cn-beijing:17:pictures/"}]}, "events of pictures"),
    ({"subject": ["acs:oss:cn-shanghai:17:pictures"]}, "all keys"),  # the name alone is no subject of an event
    ({"subject": [{"prefix": f"{SUBJECT}cups/"}]}, "all keys"),
    ({"subject": []}, "events of pictures"),
    ({"data": {"oss": {"object": {"key": [{"prefix": "cups/"}]}}}}, "all keys"),
    ({"data": {"oss": {"bucket": {"name": [{"anything-but": "pictures"}]}}}}, "events of pictures"),
]


@pytest.mark.parametrize(("changes", "missing"), MISSING)
def test_what_a_rule_leaves_out_is_named(changes: dict[str, Any], missing: str) -> None:
    found = judge_rule(rule(**changes), ROUTE)
    assert found is not None
    assert found.kind is Kind.FAULT
    assert found.detail.startswith(f"the rule shop does not send {missing}")


@pytest.mark.parametrize(("changes", "missing"), MISSING)
def test_the_mended_pattern_sends_everything(changes: dict[str, Any], missing: str) -> None:
    found = judge_rule(rule(**changes), ROUTE)
    assert found is not None, missing
    words = shlex.split(found.to_do)
    assert words[:7] == ["aliyun", "eventbridge", "UpdateRule", "--EventBusName", "default", "--RuleName", "shop"]
    assert judge_rule(BridgeRule("shop", is_enabled=True, pattern=option(found.to_do, "FilterPattern")), ROUTE) is None


def test_each_prefix_is_judged_by_itself() -> None:
    one = rule(subject=[{"prefix": f"{SUBJECT}cups/"}])
    found = judge_rule(one, TWO)
    assert found is not None
    assert found.detail == "the rule shop does not send all keys below red mugs/"
    mended = option(found.to_do, "FilterPattern")
    assert mended["subject"] == [{"prefix": f"{SUBJECT}cups/"}, {"prefix": f"{SUBJECT}red mugs/"}]
    assert judge_rule(BridgeRule("shop", is_enabled=True, pattern=mended), TWO) is None


def test_kept_entries_need_no_removals() -> None:
    kept = read_route(RULE_ARN, QUEUE_ARN, "pictures", "", takes_removals=False)
    only_created = rule(type=[*KINDS[:6], *KINDS[8:10]])
    assert judge_rule(only_created, kept) is None
    assert judge_rule(only_created, ROUTE) is not None


def test_conditions_that_cannot_be_judged_are_a_remark() -> None:
    found = judge_rule(rule(data={"oss": {"object": {"size": [{"numeric": ["<", 9]}]}}}, time=["x"]), ROUTE)
    assert found is not None
    assert found.kind is Kind.REMARK
    assert found.detail.endswith("by its condition on data.oss.object.size, time")


def target(**changes: Any) -> dict[str, Any]:
    return {"Id": "queue", "Type": "acs.mns.queue", "Endpoint": QUEUE_ARN, "ParamList": []} | changes


def body(form: str, value: str = "") -> list[dict[str, str]]:
    return [{"ResourceKey": "queue", "Form": "CONSTANT"}, {"ResourceKey": "Body", "Form": form, "Value": value}]


TARGETS: list[tuple[list[dict[str, Any]], str | None]] = [
    ([target()], None),
    ([target(Endpoint="acs:mns:cn-shanghai:17:/queues/shop")], None),
    ([target(ParamList=body("ORIGINAL"))], None),
    ([target(ParamList=None)], None),
    ([{"Id": "other", "Type": "acs.fc.function", "Endpoint": "acs:fc"}, target()], None),
    ([], "does not send to the queue"),
    ([target(Endpoint="acs:mns:cn-shanghai:17:queues/shop2")], "does not send to the queue"),
    ([target(Endpoint="acs:mns:cn-shanghai:18:queues/shop")], "does not send to the queue"),
    ([target(Endpoint="acs:mns:cn-beijing:17:queues/shop")], "does not send to the queue"),
    ([target(Type="acs.mns.topic")], "does not send to the queue"),
    ([target(Endpoint=None)], "does not send to the queue"),
    ([target(ParamList=body("JSONPATH", "$.data"))], "the Body of its target has the form JSONPATH"),
    ([target(ParamList=body("TEMPLATE", "{}"))], "the Body of its target has the form TEMPLATE"),
]


@pytest.mark.parametrize(("targets", "said"), TARGETS)
def test_the_targets_have_the_queue(targets: list[dict[str, Any]], said: str | None) -> None:
    found = judge_targets(BridgeRule("shop", is_enabled=True, pattern=TEMPLATES, targets=targets), ROUTE)
    assert (found is None) == (said is None)
    if found and said:
        assert said in found.detail
        (mended,) = option(found.to_do, "Targets")
        assert judge_targets(BridgeRule("shop", is_enabled=True, pattern=TEMPLATES, targets=[mended]), ROUTE) is None


def test_a_mended_target_keeps_what_it_has() -> None:
    own = target(Id="mine", ParamList=body("TEMPLATE", "{}"), PushRetryStrategy="BACKOFF_RETRY")
    found = judge_targets(BridgeRule("shop", is_enabled=True, pattern=TEMPLATES, targets=[own]), ROUTE)
    assert found is not None
    (mended,) = option(found.to_do, "Targets")
    assert (mended["Id"], mended["PushRetryStrategy"]) == ("mine", "BACKOFF_RETRY")


def test_a_new_target_is_that_of_the_template() -> None:
    found = judge_targets(rule(), replace(ROUTE, dead_letters="shop-dead-letters"))
    assert found is not None
    assert option(found.to_do, "Targets") == [
        {
            "Id": "queue",
            "Type": "acs.mns.queue",
            "Endpoint": QUEUE_ARN,
            "PushRetryStrategy": "EXPONENTIAL_DECAY_RETRY",
            "ErrorsTolerance": "ALL",
            "DeadLetterQueue": {"Arn": "acs:mns:cn-shanghai:17:/queues/shop-dead-letters"},
            "ParamList": [
                {"ResourceKey": "queue", "Form": "CONSTANT", "Value": "shop"},
                {"ResourceKey": "Body", "Form": "ORIGINAL", "Value": ""},
                {"ResourceKey": "IsBase64Encode", "Form": "CONSTANT", "Value": "true"},
            ],
        }
    ]


def test_a_rule_that_is_gone_is_made_as_the_template_does() -> None:
    command = make_again(TWO)
    made = BridgeRule(
        "shop", is_enabled=True, pattern=option(command, "FilterPattern"), targets=option(command, "EventTargets")
    )
    assert shlex.split(command)[2] == "CreateRule"
    assert (judge_rule(made, TWO), judge_targets(made, TWO)) == (None, None)
    assert sorted(made.pattern["type"]) == sorted(KINDS)


@pytest.mark.parametrize(
    ("rule_arn", "queue_arn"),
    [
        ("shop", QUEUE_ARN),
        ("arn:aws:events:us-east-1:1:rule/shop", QUEUE_ARN),
        (RULE_ARN.replace("/rule/", "/rules/"), QUEUE_ARN),
        (RULE_ARN, "shop"),
        (RULE_ARN, "https://17.mns.cn-shanghai.aliyuncs.com/queues/shop"),
    ],
)
def test_another_kind_of_arn_is_refused(rule_arn: str, queue_arn: str) -> None:
    with pytest.raises(ValueError, match="is not acs:"):
        read_route(rule_arn, queue_arn, "pictures", "", takes_removals=True)


def test_an_arn_is_read() -> None:
    route: OssRoute = read_route(RULE_ARN, QUEUE_ARN, "pictures", "a/,b/", takes_removals=True)
    assert (route.bus, route.rule, route.wanted.region, route.wanted.account) == (
        "default",
        "shop",
        "cn-shanghai",
        "17",
    )
    assert (route.wanted.prefixes, route.wanted.bucket_subject) == (("a/", "b/"), SUBJECT)
