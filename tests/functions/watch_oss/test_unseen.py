"""A look that fails says so, writes no value that it does not know, and ends well."""

import json
import time
from types import SimpleNamespace

import pytest

from local_cloud.clouds.alibaba import QUEUE, AlibabaCloud
from local_cloud.clouds.cloud import ACCESS_KEY_ID, ACCESS_KEY_SECRET
from local_cloud.eventbridge import Fault
from local_cloud.image_search.models import Entry
from local_cloud.smq.faults import Fault as SmqFault
from tests.support.function_compute import context
from tests.support.watch_oss import RULE, OssWatch, put_rule

DAY = 86_400


def bridge(**fields: object):
    return lambda cloud: cloud.event_bridge.faults.add(Fault(times=None, **fields))


def queue(**fields: object):
    return lambda cloud: cloud.smq.faults.add(SmqFault(operation="GetQueueAttributes", times=None, **fields))


# What happens, a phrase of the sentence, and what to do.
UNSEEN = {
    "no right to the rule": (
        lambda cloud: cloud.event_bridge.denied.add("GetRule"),
        "reading the rule uploads failed: AccessDenied",
        "Allow eventbridge:GetRule to the role of this function.",
    ),
    "no right by the gateway": (
        bridge(kind="error", code="NoPermission", status=403),
        "reading the rule uploads failed: NoPermission",
        "Allow eventbridge:GetRule to the role of this function.",
    ),
    "no right in a success": (
        bridge(kind="unsuccessful", code="AccessDenied"),
        "reading the rule uploads failed: AccessDenied",
        "Allow eventbridge:GetRule to the role of this function.",
    ),
    "no right to the queue": (
        queue(kind="error", code="AccessDenied", status=403),
        "reading the attributes of the queue failed: AccessDenied",
        "Allow mns:GetQueueAttributes to the role of this function.",
    ),
    "no right to the bucket": (
        lambda cloud: cloud.oss.denied.add("oss:GetBucketInfo"),
        "reading the bucket oss://pictures failed: AccessDenied",
        "Allow oss:GetBucketInfo to the role of this function.",
    ),
    "a service that is not activated": (
        lambda cloud: setattr(cloud.event_bridge, "is_activated", False),
        "reading the rule uploads failed: ServiceAccessDenied. Activate EventBridge for this account in its console",
        "A setting prevents the call",
    ),
    "an outage": (bridge(kind="error"), "failed: ServiceUnavailable", "The service did not answer"),
    "a throttled call": (bridge(kind="error", code="TooManyRequests", status=429), "failed: TooManyRequests", "quota"),
    "an unknown code": (bridge(kind="error", code="Odd", status=400), "failed: Odd", "undocumented code"),
    "a connection that breaks": (bridge(kind="reset"), "the connection broke", "The connection failed"),
    "a page of a balancer": (bridge(kind="html"), "the response could not be read", "The service did not answer"),
    "an empty answer": (bridge(kind="empty"), "the response could not be read", "The service did not answer"),
    "a page instead of the queue": (queue(kind="html"), "the response could not be read", "The service did not answer"),
}


RULE_DATA = {"RuleName": RULE, "Status": "ENABLE", "FilterPattern": "{}", "Targets": []}
RUBBISH: list[object] = [
    None,
    [],
    {},
    {"Code": "Success"},
    {"Code": "Success", "Data": [RULE_DATA]},
    {"Code": "Success", "Data": RULE_DATA | {"FilterPattern": "{"}},
    {"Code": "Success", "Data": RULE_DATA | {"FilterPattern": "[]"}},
    {"Code": "Success", "Data": RULE_DATA | {"FilterPattern": {}}},
    {"Code": "Success", "Data": RULE_DATA | {"Targets": ["queue"]}},
    {"Code": "Success", "Data": RULE_DATA | {"Targets": 7}},
    {"Code": "Success", "Data": RULE_DATA | {"Targets": {"Id": "queue"}}},
    {"Code": "Success", "Data": RULE_DATA | {"Targets": [{"ParamList": 7}]}},
    {"Code": "Success", "Data": RULE_DATA | {"Targets": [{"ParamList": ["Body"]}]}},
    {"Code": "Success", "Data": {name: one for name, one in RULE_DATA.items() if name != "Status"}},
]


@pytest.mark.parametrize("without", [{"Targets": []}, {"Targets": None}, {}])
def test_a_rule_without_targets_does_not_send(watch: OssWatch, cloud: AlibabaCloud, without: dict[str, object]) -> None:
    data = {name: one for name, one in RULE_DATA.items() if name != "Targets"} | without
    cloud.event_bridge.faults.add(Fault("rubbish", body={"Code": "Success", "Data": data}))
    look = watch()
    assert (look["Announcing"], look["WatchFailed"]) == (0, 0)
    assert "does not send to the queue" in look.line["findings"][0]["detail"]


@pytest.mark.parametrize("answer", RUBBISH, ids=str)
def test_an_answer_of_another_form_is_a_look_that_failed(watch: OssWatch, cloud: AlibabaCloud, answer: object) -> None:
    cloud.event_bridge.faults.add(Fault("rubbish", times=None, body=answer))
    look = watch(seconds=12)
    assert (look["WatchFailed"], "Announcing" in look.metrics) == (1, False)
    (found,) = look.line["findings"]
    assert "the response could not be read" in found["detail"]


@pytest.mark.parametrize("case", UNSEEN)
def test_what_cannot_be_seen_is_a_look_that_failed(watch: OssWatch, cloud: AlibabaCloud, case: str) -> None:
    happen, said, to_do = UNSEEN[case]
    happen(cloud)
    look = watch(seconds=12)
    assert (look["WatchFailed"], "Announcing" in look.metrics) == (1, False)
    assert {"IndexFullPercent", "DaysToExpiry"} <= look.metrics.keys()
    (found,) = look.line["findings"]
    assert (found["kind"], said in found["detail"], to_do in found["to_do"]) == ("unseen", True, True), found


def test_a_refusal_that_passes_is_asked_again(watch: OssWatch, cloud: AlibabaCloud) -> None:
    cloud.event_bridge.faults.add(Fault("error", times=1, code="TooManyRequests", status=429))
    look = watch()
    assert (look["WatchFailed"], look["Announcing"]) == (0, 1)


@pytest.mark.parametrize("kind", ["error", "unsuccessful"])
@pytest.mark.parametrize("code", ["EventRuleNotExisted", "EventBusNotExist"])
def test_a_missing_rule_may_be_told_with_any_status(watch: OssWatch, cloud: AlibabaCloud, kind, code: str) -> None:
    cloud.event_bridge.faults.add(Fault(kind, code=code, status=409))
    look = watch()
    assert (look["Announcing"], look["WatchFailed"]) == (0, 0)
    assert "there is no rule uploads" in look.line["findings"][0]["detail"]


def test_a_fault_that_is_seen_counts_though_another_part_is_not(watch: OssWatch, cloud: AlibabaCloud) -> None:
    put_rule(cloud, status="DISABLE")
    cloud.oss.denied.add("oss:GetBucketInfo")
    look = watch()
    assert (look["Announcing"], look["WatchFailed"]) == (0, 1)
    assert [one["kind"] for one in look.line["findings"]] == ["unseen", "fault"]


def test_a_wrong_key_is_told_by_every_service(watch: OssWatch) -> None:
    look = watch(ALIBABA_CLOUD_ACCESS_KEY_SECRET="another-secret")
    assert (look["WatchFailed"], "Announcing" in look.metrics) == (1, False)
    findings = look.line["findings"]
    assert len(findings) == 4
    assert all("SignatureDoesNotMatch" in one["detail"] for one in findings)
    assert {one["to_do"] for one in findings} == {"Check the access key for this service, and its permissions."}
    assert "another-secret" not in look.output


def test_the_key_of_the_invocation_is_used(watch: OssWatch, cloud: AlibabaCloud) -> None:
    own = SimpleNamespace(
        access_key_id=ACCESS_KEY_ID, access_key_secret=ACCESS_KEY_SECRET, security_token=cloud.SECURITY_TOKEN
    )
    look = watch(credentials=own, ALIBABA_CLOUD_ACCESS_KEY_SECRET="another")
    assert (look["WatchFailed"], look["Announcing"]) == (0, 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("INGEST_INSTANCE_NAME", ""),
        ("INGEST_BUCKET", ""),
        ("INGEST_QUEUE_URL", ""),
        ("WATCH_RULE_ARN", ""),
        ("WATCH_QUEUE_ARN", ""),
        ("WATCH_RULE_ARN", "uploads"),
        ("WATCH_QUEUE_ARN", "arn:aws:sqs:us-east-1:1:q"),
        ("FC_REGION", ""),
    ],
)
def test_wrong_settings_are_a_look_that_failed(watch: OssWatch, name: str, value: str) -> None:
    look = watch(**{name: value, "INGEST_STACK_NAME": "shop"})
    assert (look["WatchFailed"], look.metrics["stack"]) == (1, "shop")
    assert not {"IndexFullPercent", "DaysToExpiry", "Announcing"} & look.metrics.keys()
    (found,) = look.line["findings"]
    assert name in found["detail"]
    assert found["to_do"] == "Correct what the text names, and update the stack."


def test_no_secret_is_in_the_output(watch: OssWatch, cloud: AlibabaCloud) -> None:
    proxy = f"http://user:{ACCESS_KEY_SECRET}@127.0.0.1:1"
    look = watch(INGEST_BUCKET=f"gone-{ACCESS_KEY_ID.lower()}", INGEST_HTTPS_PROXY=proxy, seconds=12)
    assert look["WatchFailed"] == 1
    assert ACCESS_KEY_SECRET not in look.output
    assert str(cloud.SECURITY_TOKEN) not in look.output


def fill(cloud: AlibabaCloud, share: float) -> None:
    cloud.image_search.change_instance(capacity=10_000)
    index = cloud.image_search._parts.index  # noqa: SLF001 - thousands of uploads would take minutes
    for number in range(round(share * 100)):
        index.add(Entry("cups", f"{number}.jpg", b"", 100, 100, "JPEG", 0, 0, {}))


def expire(days: float):
    return lambda cloud: cloud.image_search.change_instance(expires=time.time() + days * DAY)


INSTANCE = {
    "room left": (lambda cloud: fill(cloud, 89), "IndexFullPercent", 89, None),
    "nearly full": (lambda cloud: fill(cloud, 90), "IndexFullPercent", 90, "the instance holds 9,000 of 10,000"),
    "full": (lambda cloud: fill(cloud, 100), "IndexFullPercent", 100, "the instance holds 10,000 of 10,000"),
    "time left": (expire(20), "DaysToExpiry", 20, None),
    "two weeks": (expire(13), "DaysToExpiry", 13, "the instance expires in 1"),
    "the last day": (expire(0.5), "DaysToExpiry", 0.5, "the instance expires in 0.5 days"),
    "the end": (expire(-1), "DaysToExpiry", 0, "the instance is not in service"),
}


@pytest.mark.parametrize("case", INSTANCE)
def test_the_instance_is_looked_at(watch: OssWatch, cloud: AlibabaCloud, case: str) -> None:
    change, metric, value, said = INSTANCE[case]
    change(cloud)
    look = watch()
    assert look[metric] == pytest.approx(value, abs=0.01)
    assert (look["Announcing"], look["WatchFailed"]) == (1, 0)
    assert look.line["level"] == ("ERROR" if said else "INFO")
    assert [said in one["detail"] for one in look.line["findings"]] == ([True] if said else [])


def test_one_look_asks_four_questions_and_changes_nothing(watch: OssWatch, cloud: AlibabaCloud) -> None:
    before = (cloud.event_bridge.rules.find("default", RULE), cloud.smq.messages(QUEUE), list(cloud.objects()))
    cloud.event_bridge.calls.clear()
    cloud.smq.calls.clear()
    begun = len(cloud.oss.requests)
    watch()
    assert (cloud.event_bridge.calls, cloud.smq.calls) == (["GetRule"], ["GetQueueAttributes"])
    assert [method for method, _ in cloud.oss.requests[begun:]] == ["GET"]
    assert before == (cloud.event_bridge.rules.find("default", RULE), cloud.smq.messages(QUEUE), list(cloud.objects()))


def test_the_line_is_the_answer_of_the_invocation(watch: OssWatch) -> None:
    watch.start()
    answer = json.loads(watch.module.handler(b"{}", context(60)))
    assert answer["announcing"] is True
    assert answer["findings"] == []
