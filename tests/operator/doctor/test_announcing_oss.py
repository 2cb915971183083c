"""Faults on the way of a bucket's uploads on Alibaba Cloud: a rule of EventBridge, or of SMQ."""

import copy
import shlex
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from imagesearch_ingest.watch import oss_rule
from imagesearch_ops.doctor.checks import announcing_oss
from local_cloud.clouds.alibaba import AlibabaCloud, OssAnnouncedCloud
from tests.support.pictures import jpeg

NONE = "no rule of EventBridge or SMQ sends the events of pictures to ingest"
SUBJECT = "acs:oss:cn-shanghai:1234567890123456:pictures/"


@pytest.fixture
def environ(alibaba) -> dict[str, str]:
    return alibaba.environ() | {"INGEST_BUCKET": "pictures"}


def change(cloud: AlibabaCloud, **pattern: Any) -> None:
    """Change the pattern of the deployment's rule. A field of ``None`` is left out."""
    properties = cloud.rule_properties()
    changed = properties["FilterPattern"] | pattern
    properties["FilterPattern"] = {name: value for name, value in changed.items() if value is not None}
    cloud.event_bridge.create_rule(properties)


def change_target(cloud: AlibabaCloud, change: Callable[[dict[str, Any]], object]) -> None:
    properties = copy.deepcopy(cloud.rule_properties())
    change(properties["Targets"][0])
    cloud.event_bridge.create_rule(properties)


def delete(cloud: AlibabaCloud) -> None:
    cloud.event_bridge.rules.delete("default", "local")


FAULTS: dict[str, tuple[Callable[[AlibabaCloud], object], str, str]] = {
    "no rule": (delete, NONE, "UploadRule of template.ros.yaml"),
    "a rule that is disabled": (
        lambda cloud: cloud.event_bridge.rules.change("default", "local", status="DISABLE"),
        "the rule local is disabled",
        "aliyun eventbridge EnableRule --EventBusName default --RuleName local",
    ),
    "no removals": (
        lambda cloud: change(cloud, type=[{"prefix": "oss:ObjectCreated:"}, {"prefix": "oss:ObjectReplication:"}]),
        "does not send ObjectRemoved:DeleteObject, ObjectRemoved:DeleteObjects",
        "aliyun eventbridge UpdateRule --EventBusName default --RuleName local",
    ),
    "another bucket": (
        lambda cloud: change(cloud, subject=[{"prefix": SUBJECT.replace("pictures", "other")}]),
        "does not send events of pictures",
        SUBJECT,
    ),
    "another source": (lambda cloud: change(cloud, source=["acs.ecs"]), "does not send events of OSS", "UpdateRule"),
    "another queue": (
        lambda cloud: change_target(cloud, lambda one: one.update(Endpoint=one["Endpoint"] + "-2")),
        NONE,
        "UploadRule",
    ),
    "another body": (
        lambda cloud: change_target(cloud, lambda one: one["ParamList"][1].update(Form="JSONPATH", Value="$.data")),
        "changes the events: the Body of its target has the form JSONPATH",
        "aliyun eventbridge PutTargets",
    ),
}


@pytest.mark.parametrize("what", FAULTS)
def test_a_fault_of_the_rule_is_found_and_no_other(alibaba, diagnose, environ, what: str) -> None:
    spoil, said, fix = FAULTS[what]
    spoil(alibaba)
    found = diagnose(environ)
    assert (found.code, found.broken) == (7, {"bucket.announces"})
    assert said in found["bucket.announces"]["detail"]
    assert fix in found["bucket.announces"]["fix"]


@pytest.mark.parametrize(
    "pattern",
    [
        {"subject": None},
        {"subject": None, "data": {"oss": {"bucket": {"name": ["pictures"]}}}},
        {"type": [{"prefix": "oss:Object"}]},
        {"subject": [{"prefix": f"{SUBJECT}shoes/"}, {"prefix": f"{SUBJECT}bags/"}]},
    ],
)
def test_a_rule_of_another_form_is_as_good(alibaba, diagnose, environ, pattern: dict[str, Any]) -> None:
    change(alibaba, **pattern)
    alibaba.upload("shoes/1.jpg", jpeg())
    found = diagnose(environ)
    assert (found.code, found["bucket.announces"]["ok"], found["bucket.keys"]["ok"]) == (0, True, True)


def test_removals_that_are_kept_need_no_event(alibaba, diagnose, environ) -> None:
    change(alibaba, type=[{"prefix": "oss:ObjectCreated:"}, {"prefix": "oss:ObjectReplication:"}])
    assert diagnose(environ | {"INGEST_ON_REMOVED": "keep"})["bucket.announces"]["ok"] is True


def test_a_condition_that_nobody_can_judge_is_unknown(alibaba, diagnose, environ) -> None:
    change(alibaba, data={"oss": {"object": {"size": [{"numeric": [">", 0]}]}}})
    found = diagnose(environ)
    assert found["bucket.announces"]["ok"] is None
    assert "data.oss.object.size" in found["bucket.announces"]["detail"]


def test_keys_that_the_rule_passes_over_are_named(alibaba, diagnose, environ) -> None:
    alibaba.upload("shoes/1.jpg", jpeg())
    alibaba.upload("bags/1.jpg", jpeg())
    change(alibaba, subject=[{"prefix": f"{SUBJECT}shoes/"}])
    found = diagnose(environ)
    assert found.broken == {"bucket.keys"}
    assert "sends 1 of the first 2 keys that the settings take, such as bags/1.jpg" in found["bucket.keys"]["detail"]
    assert diagnose(environ | {"INGEST_EXCLUDE": "bags/*"}).broken == set()


def test_rules_that_this_caller_may_not_read_are_unknown(alibaba, diagnose, environ) -> None:
    alibaba.event_bridge.denied.add("ListRules")
    found = diagnose(environ)
    assert found["bucket.announces"]["ok"] is None
    assert "eventbridge:ListRules" in found["bucket.announces"]["detail"]
    alibaba.event_bridge.denied.clear()
    alibaba.event_bridge.denied.add("GetRule")
    assert diagnose(environ)["bucket.announces"]["ok"] is None


@pytest.mark.parametrize("is_denied", [False, True])
def test_a_bucket_that_oss_itself_announces_is_as_good(diagnose, *, is_denied: bool) -> None:
    with OssAnnouncedCloud(with_function=False, visibility_seconds=720) as cloud:
        cloud.upload("shoes/1.jpg", jpeg())
        if is_denied:
            cloud.event_bridge.denied.add("ListRules")
        found = diagnose(cloud.environ() | {"INGEST_BUCKET": "pictures"})
    assert (found.code, found.broken) == (0, set())
    assert found["bucket.announces"]["detail"] == "the rule local of SMQ sends to ingest"


def test_a_region_from_which_oss_sends_nothing_is_not_fine(alibaba, diagnose, environ, monkeypatch) -> None:
    """The rule is right there, too. A rule of SMQ announces instead."""
    monkeypatch.setattr(oss_rule, "REGIONS", {"cn-hangzhou"})
    found = diagnose(environ)["bucket.announces"]
    assert found["ok"] is None
    assert "no rule of SMQ announces, and OSS is not known to send events from cn-shanghai" in found["detail"]
    alibaba.notification_rules["uploads"] = SimpleNamespace(bucket="pictures", describe=lambda _: RULE)
    assert diagnose(environ)["bucket.announces"]["ok"] is True


TO_QUEUE = {"EndpointType": "queue", "EndpointValue": "ingest"}
RULE = {
    "RuleName": "uploads",
    "EventTypes": ["ObjectCreated:All", "ObjectRemoved:DeleteObject", "ObjectRemoved:DeleteObjects"],
    "Subscriptions": [TO_QUEUE],
}


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (RULE, None),
        (RULE | {"Subscriptions": [], "Endpoint": TO_QUEUE}, None),
        (RULE | {"EventTypes": ["ObjectCreated:PutObject"]}, "ObjectRemoved:DeleteObject"),
        (RULE | {"Subscriptions": [TO_QUEUE | {"EndpointValue": "x"}]}, NONE),
    ],
)
def test_the_rules_of_smq(alibaba, diagnose, environ, rule: dict[str, Any], said: str | None) -> None:
    delete(alibaba)
    alibaba.notification_rules["uploads"] = SimpleNamespace(bucket="pictures", describe=lambda _: rule)
    found = diagnose(environ)["bucket.announces"]
    assert found["ok"] is (said is None)
    assert said is None or said in found["detail"]


def test_the_rule_can_be_made_again_by_a_command() -> None:
    """The queue's real address holds the account. The command is applied to the local EventBridge."""
    settings = SimpleNamespace(on_removed="delete")
    environ = {"FC_REGION": "cn-shanghai", "INGEST_STACK_NAME": "shop"}
    url = "https://1234567890123456.mns.cn-shanghai.aliyuncs.com/queues/shop"
    patient = SimpleNamespace(queue_url=url, environ=environ, settings=settings, require=lambda _: "pictures")
    words = shlex.split(announcing_oss._make_again(patient), comments=True)  # noqa: SLF001 - no local queue has such an address
    assert words[:3] == ["aliyun", "eventbridge", "CreateRule"]
    given = dict(zip(words[3::2], words[4::2], strict=True))
    assert (given["--EventBusName"], given["--RuleName"]) == ("default", "shop")
    assert "acs:oss:cn-shanghai:1234567890123456:pictures/" in given["--FilterPattern"]
    assert "acs:mns:cn-shanghai:1234567890123456:queues/shop" in given["--EventTargets"]
