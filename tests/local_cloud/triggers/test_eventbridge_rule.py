import base64
import json
import time
from typing import Any

import pytest

from local_cloud.smq import Queue
from local_cloud.smq.models import Attributes
from local_cloud.triggers.event_pattern import PatternError
from local_cloud.triggers.eventbridge_rule import EventBridgeRule, RuleError, to_bus_event
from tests.support.oss_events import element

ACCOUNT = "1234567890123456"
KEY = "鞋/a b+1 👟.jpg"


def parameter(name: str, value: str = "", form: str = "CONSTANT") -> dict[str, str]:
    return {"ResourceKey": name, "Form": form, "Value": value}


TARGET = {
    "Id": "queue",
    "Type": "acs.mns.queue",
    "Endpoint": f"acs:mns:cn-shanghai:{ACCOUNT}:queues/ingest",
    "ParamList": [
        parameter("queue", "ingest"),
        parameter("Body", form="ORIGINAL"),
        parameter("IsBase64Encode", "true"),
    ],
}
RULE = {
    "EventBusName": "default",
    "RuleName": "uploads",
    "FilterPattern": {"source": ["acs.oss"], "data": {"oss": {"object": {"key": [{"prefix": "鞋/"}]}}}},
    "Targets": [TARGET],
}


def published(key: str, name: str = "ObjectCreated:PutObject") -> dict[str, Any]:
    event = to_bus_event(element(key, name))
    assert event
    return event


class Queues(dict[str, Queue]):
    """The queues of an account, by name."""

    def __init__(self) -> None:
        super().__init__({name: Queue(name, time.time) for name in ("ingest", "other", "dead")})

    def rule(self, **changed: Any) -> EventBridgeRule:
        return EventBridgeRule(RULE | changed, self.__getitem__)

    def bodies(self, name: str = "ingest") -> list[str]:
        return [message.body for message in self[name].messages()]


@pytest.fixture
def queues() -> Queues:
    return Queues()


def test_a_message_is_the_whole_event_in_base64(queues: Queues) -> None:
    queues.rule().notify(published(KEY))
    (body,) = queues.bodies()
    event = json.loads(base64.b64decode(body, validate=True))
    assert event.pop("id")
    assert event == {
        "source": "acs.oss",
        "specversion": "1.0",
        "type": "oss:ObjectCreated:PutObject",
        "datacontenttype": "application/json; charset=utf-8",
        "subject": f"acs:oss:cn-shanghai:{ACCOUNT}:pictures/{KEY}",
        "time": "2026-01-12T09:30:00.000Z",
        "aliyunaccountid": ACCOUNT,
        "aliyunpublishtime": "2026-01-12T09:30:00.000Z",
        "aliyunoriginalaccountid": ACCOUNT,
        "aliyuneventbusname": "default",
        "aliyunregionid": "cn-shanghai",
        "aliyunpublishaddr": "127.0.0.1",
        "data": element(KEY),
    }


@pytest.mark.parametrize("encode", [[], [parameter("IsBase64Encode", "false")]])
def test_a_body_is_plain_unless_it_shall_be_encoded(queues: Queues, encode: list[dict[str, str]]) -> None:
    queues.rule(Targets=[TARGET | {"ParamList": TARGET["ParamList"][:2] + encode}]).notify(published(KEY))
    assert json.loads(queues.bodies()[0])["data"] == element(KEY)


def test_a_part_of_the_event_can_be_the_body(queues: Queues) -> None:
    part = parameter("Body", "$.data.oss.object.key", "JSONPATH")
    queues.rule(Targets=[TARGET | {"ParamList": [parameter("queue", "ingest"), part]}]).notify(published(KEY))
    assert queues.bodies() == [KEY]


@pytest.mark.parametrize(
    "name", ["ObjectModified:UpdateObjectMeta", "ObjectDownloaded:GetObject", "ObjectTransition:x"]
)
def test_some_events_of_a_notification_are_not_published(name: str) -> None:
    assert to_bus_event(element(KEY, name)) is None


def test_only_events_of_the_pattern_are_sent(queues: Queues) -> None:
    rule = queues.rule()
    assert [bool(rule.notify(published(key))) for key in (KEY, "bags/a.jpg", "a/鞋/b.jpg")] == [True, False, False]
    assert len(queues.bodies()) == 1


def test_a_disabled_rule_sends_nothing(queues: Queues) -> None:
    assert queues.rule(Status="DISABLE").notify(published(KEY)) is None
    assert queues.rule(Status="ENABLE").notify(published(KEY))
    assert len(queues.bodies()) == 1


def test_every_target_gets_the_event(queues: Queues) -> None:
    other = TARGET | {
        "Id": "other",
        "Endpoint": f"acs:mns:cn-shanghai:{ACCOUNT}:queues/other",
        "ParamList": [parameter("queue", "other"), parameter("Body", form="ORIGINAL")],
    }
    queues.rule(Targets=[TARGET, other]).notify(published(KEY))
    assert [len(queues.bodies(name)) for name in ("ingest", "other")] == [1, 1]


def test_an_event_that_the_queue_refuses_becomes_a_dead_letter(queues: Queues) -> None:
    dead = {"DeadLetterQueue": {"Arn": f"acs:mns:cn-shanghai:{ACCOUNT}:/queues/dead"}}
    rule, without = queues.rule(Targets=[TARGET | dead]), queues.rule()
    rule.notify(published(KEY))
    body = queues.bodies()[0]
    queues["ingest"] = Queue("ingest", time.time, Attributes(maximum_message_size=1024))
    for one in (rule, without):
        one.notify(published(KEY))
    del queues["ingest"]
    for one in (rule, without):
        one.notify(published(KEY))
    assert [len(letter) for letter in queues.bodies("dead")] == [len(body)] * 2


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"EventBusName": "custom"}, "OSS publishes to the bus default, not to custom"),
    ({"Status": "ENABLED"}, "Status is 'ENABLED'"),
    ({"Pattern": {}}, "the rule has Pattern, which EventBridge does not know"),
    ({"Targets": []}, "one to 5 targets"),
    ({"Targets": [TARGET, TARGET]}, "an Id of its own"),
    ({"Targets": [TARGET | {"Type": "acs.mns.topic"}]}, "the target's type is 'acs.mns.topic'"),
    ({"Targets": [TARGET | {"Arn": "x"}]}, "the target has Arn"),
    ({"Targets": [TARGET | {"PushRetryStrategy": "NEVER"}]}, "PushRetryStrategy is 'NEVER'"),
    (
        {"Targets": [TARGET | {"Endpoint": f"acs:mns:cn-shanghai:{ACCOUNT}:queues/other"}]},
        "not that of the queue ingest",
    ),
    ({"Targets": [TARGET | {"Endpoint": f"acs:mns:cn-shanghai:{ACCOUNT}:/queues/ingest"}]}, "not that of the queue"),
    ({"Targets": [TARGET | {"ParamList": [parameter("queue", "ingest")]}]}, "ParamList lacks Body"),
    ({"Targets": [TARGET | {"ParamList": [*TARGET["ParamList"], parameter("delay", "1")]}]}, "ParamList has delay"),
    ({"Targets": [TARGET | {"ParamList": [*TARGET["ParamList"][:2], parameter("IsBase64Encode", "yes")]}]}, "is 'yes'"),
    (
        {"Targets": [TARGET | {"ParamList": [*TARGET["ParamList"][1:], parameter("queue", form="ORIGINAL")]}]},
        "a CONSTANT",
    ),
    (
        {"Targets": [TARGET | {"ParamList": [*TARGET["ParamList"][:1], {"ResourceKey": "Body", "Form": "ORIGINAL"}]}]},
        "the parameter Body lacks Value",
    ),
]


def test_properties_that_eventbridge_would_not_accept_are_refused(queues: Queues) -> None:
    for changed, said in REFUSED:
        with pytest.raises(RuleError) as refused:
            queues.rule(**changed)
        assert said in str(refused.value), changed
    with pytest.raises(PatternError):
        queues.rule(FilterPattern={"source": "acs.oss"})
    with pytest.raises(ValueError, match="Form is 'ALL'"):
        queues.rule(Targets=[TARGET | {"ParamList": [TARGET["ParamList"][0], parameter("Body", form="ALL")]}])
