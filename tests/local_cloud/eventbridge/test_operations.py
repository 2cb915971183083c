"""The local control API of EventBridge, through the vendor's own SDK: shapes, refusals and signatures."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from alibabacloud_eventbridge20200401 import models
from alibabacloud_eventbridge20200401.client import Client
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from alibabacloud_tea_openapi.utils_models import Config
from darabonba.exceptions import UnretryableException
from darabonba.runtime import RuntimeOptions

from local_cloud.eventbridge import EventBridgeService, Fault, Rule
from local_cloud.eventbridge.operations import OPERATIONS
from tests.local_cloud.clocks import OffsetClock

ACCOUNT, REGION = "1234567890123456", "cn-shanghai"
KEY = {"access_key_id": "LTAI-test", "access_key_secret": "secret", "security_token": "token"}
PATTERN = '{"source": ["acs.oss"], "subject": [{"prefix": "acs:oss:cn-shanghai:1234567890123456:shop/"}]}'
TARGET = {
    "Id": "queue",
    "Type": "acs.mns.queue",
    "Endpoint": f"acs:mns:{REGION}:{ACCOUNT}:queues/shop",
    "ParamList": [
        {"ResourceKey": "queue", "Form": "CONSTANT", "Value": "shop"},
        {"ResourceKey": "Body", "Form": "ORIGINAL", "Value": ""},
    ],
}
OTHER = TARGET | {"Id": "other"}


class Bridge:
    """The service, and the vendor's client of it. Methods are the operations, with their parameters in snake case."""

    def __init__(self, service: EventBridgeService, clock: OffsetClock) -> None:
        self.service, self.clock = service, clock

    def __call__(self, operation: str, key: dict[str, str] | None = None, **given: Any) -> Any:
        """Return the body of the answer, as the SDK's model of it."""
        endpoint = self.service.url.removeprefix("https://")
        client = Client(Config(**(key or KEY), endpoint=endpoint, protocol="HTTPS"))
        request = getattr(models, f"{operation}Request")().from_map(given)
        name = "".join(f"_{one.lower()}" if one.isupper() else one for one in operation).strip("_")
        runtime = RuntimeOptions(ca=str(self.service.ca_path), read_timeout=5000)
        return getattr(client, f"{name}_with_options")(request, runtime).body

    def refusal(self, operation: str, key: dict[str, str] | None = None, **given: Any) -> tuple[str, int]:
        with pytest.raises(AlibabaCloudException) as refused:
            self(operation, key, **given)
        return str(refused.value.code), int(refused.value.status_code)

    def rule(self) -> Rule:
        return self.service.rules.find("default", "shop")


@pytest.fixture(scope="module")
def started() -> Iterator[Bridge]:
    clock = OffsetClock()
    with EventBridgeService(region=REGION, account=ACCOUNT, clock=clock, **KEY) as service:
        yield Bridge(service, clock)


@pytest.fixture
def bridge(started: Bridge) -> Bridge:
    """Return the service with one rule, and everything else as at the start."""
    service = started.service
    started.clock.ahead, service.is_activated = 0.0, True
    service.faults.clear()
    service.denied.clear()
    for rule in service.rules.of_bus("default"):
        service.rules.delete("default", rule.name)
    named = {"EventBusName": "default", "RuleName": "shop", "FilterPattern": json.loads(PATTERN)}
    service.create_rule(named | {"Targets": [TARGET]})
    return started


NAMED = {"EventBusName": "default", "RuleName": "shop"}


def test_a_rule_is_read_with_its_targets(bridge: Bridge) -> None:
    body = bridge("GetRule", **NAMED)
    assert (body.code, body.success, bool(body.request_id)) == ("Success", True, True)
    data = body.data
    assert (data.rule_name, data.event_bus_name, data.status) == ("shop", "default", "ENABLE")
    assert json.loads(data.filter_pattern) == json.loads(PATTERN)
    assert data.rule_arn == f"acs:eventbridge:{REGION}:{ACCOUNT}:eventbus/default/rule/shop"
    (target,) = data.targets
    assert (target.id, target.type, target.endpoint) == ("queue", "acs.mns.queue", TARGET["Endpoint"])
    assert [one.form for one in target.param_list] == ["CONSTANT", "ORIGINAL"]


def test_every_field_of_an_answer_is_one_of_the_sdk(bridge: Bridge) -> None:
    responses = bridge.service._responses  # noqa: SLF001 - the body before the SDK drops what it does not know
    kept: list[dict[str, Any]] = []
    respond = responses._respond  # noqa: SLF001 - as above
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(responses, "_respond", lambda request: _keep(kept, respond(request)))
        known = [
            bridge(operation, **given).to_map()
            for operation, given in (
                ("GetRule", NAMED),
                ("ListRules", {"EventBusName": "default"}),
                ("ListTargets", NAMED),
                ("PutTargets", NAMED | {"Targets": [OTHER]}),
                ("EnableRule", NAMED),
            )
        ]
    assert len(kept) == 5
    for sent, model in zip(kept, known, strict=True):
        assert _paths(sent) <= _paths(model)


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_parameters_are_those_of_the_sdk(name: str) -> None:
    """The commands that the library prints are tried on the stand-in, so it may know no other parameters."""
    request = getattr(models, f"{name}ShrinkRequest", None) or getattr(models, f"{name}Request")
    own = OPERATIONS[name].required | OPERATIONS[name].optional
    assert own == {one for one in own if request().from_map({one: "1"}).to_map() == {one: "1"}}


def _keep(kept: list[dict[str, Any]], response: Any) -> Any:
    kept.append(json.loads(response.body))
    return response


def _paths(content: Any, place: str = "") -> set[str]:
    """Return the names of all fields that have a value."""
    if isinstance(content, dict):
        return {
            path for name, value in content.items() for path in {f"{place}.{name}", *_paths(value, f"{place}.{name}")}
        }
    if isinstance(content, list):
        return {path for one in content for path in _paths(one, place)}
    return set()


def test_a_rule_is_made_changed_and_removed(bridge: Bridge) -> None:
    bridge("CreateRule", EventBusName="default", RuleName="new", FilterPattern=PATTERN, EventTargets=[TARGET])
    bridge("DisableRule", EventBusName="default", RuleName="new")
    assert [one.status for one in bridge("ListRules", EventBusName="default").data.rules] == ["DISABLE", "ENABLE"]
    bridge("UpdateRule", EventBusName="default", RuleName="new", FilterPattern="{}", Status="ENABLE")
    changed = bridge.service.rules.find("default", "new")
    assert (changed.pattern, changed.status, len(changed.targets)) == ("{}", "ENABLE", 1)
    bridge("DeleteRule", EventBusName="default", RuleName="new")
    assert bridge.refusal("GetRule", EventBusName="default", RuleName="new") == ("EventRuleNotExisted", 409)


def test_targets_are_put_by_their_ids(bridge: Bridge) -> None:
    bridge("PutTargets", **NAMED, Targets=[OTHER, TARGET | {"Type": "acs.mns.topic"}])
    found = [(one.id, one.type) for one in bridge("ListTargets", **NAMED).data.targets]
    assert found == [("queue", "acs.mns.topic"), ("other", "acs.mns.queue")]
    bridge("DeleteTargets", **NAMED, TargetIds=["queue"])
    assert [one["Id"] for one in bridge.rule().targets] == ["other"]


def test_a_list_comes_in_pages(bridge: Bridge) -> None:
    bridge("PutTargets", **NAMED, Targets=[OTHER])
    first = bridge("ListTargets", **NAMED, Limit=1).data
    second = bridge("ListTargets", **NAMED, Limit=1, NextToken=first.next_token).data
    assert [one.id for page in (first, second) for one in page.targets] == ["queue", "other"]
    assert (first.total, second.next_token) == (2, None)


BAD = {
    "no rule": ("GetRule", {"EventBusName": "default", "RuleName": "gone"}, "EventRuleNotExisted"),
    "no bus": ("GetRule", {"EventBusName": "gone", "RuleName": "shop"}, "EventBusNotExist"),
    "no name": ("GetRule", {"EventBusName": "default"}, "InvalidArgument"),
    "a rule that exists": ("CreateRule", NAMED | {"FilterPattern": "{}"}, "EventRuleExisted"),
    "a name with a slash": (
        "CreateRule",
        {"EventBusName": "default", "RuleName": "a/b", "FilterPattern": "{}"},
        "InvalidArgument",
    ),
    "a pattern that is no JSON": ("UpdateRule", NAMED | {"FilterPattern": "{"}, "InvalidArgument"),
    "a status of AWS": ("UpdateRule", NAMED | {"FilterPattern": "{}", "Status": "ENABLED"}, "InvalidArgument"),
    "an unknown form": (
        "PutTargets",
        NAMED | {"Targets": [TARGET | {"ParamList": [{"ResourceKey": "Body", "Form": "RAW"}]}]},
        "InvalidArgument",
    ),
    "six targets": (
        "PutTargets",
        NAMED | {"Targets": [TARGET | {"Id": str(one)} for one in range(6)]},
        "InvalidArgument",
    ),
    "a page of nothing": ("ListTargets", NAMED | {"Limit": 0}, "InvalidArgument"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_the_reference_does_not_allow_is_refused(bridge: Bridge, case: str) -> None:
    before = bridge.rule()
    operation, given, code = BAD[case]
    assert bridge.refusal(operation, **given)[0] == code
    assert bridge.rule() == before


KEYS = {
    "another secret": ({"access_key_secret": "other"}, ("SignatureDoesNotMatch", 403)),
    "another key": ({"access_key_id": "LTAI-other"}, ("InvalidAccessKeyId.NotFound", 404)),
    "another token": ({"security_token": "other"}, ("InvalidSecurityToken.MismatchWithAccessKey", 400)),
}


@pytest.mark.parametrize("case", KEYS)
def test_a_wrong_key_is_refused(bridge: Bridge, case: str) -> None:
    changed, refusal = KEYS[case]
    assert bridge.refusal("GetRule", KEY | changed, **NAMED) == refusal


@pytest.mark.parametrize("minutes", [-16, 16])
def test_an_old_signature_is_refused(bridge: Bridge, minutes: int) -> None:
    bridge.clock.ahead = timedelta(minutes=minutes).total_seconds()
    assert bridge.refusal("GetRule", **NAMED) == ("InvalidTimeStamp.Expired", 400)


def test_a_key_without_permission_is_refused(bridge: Bridge) -> None:
    bridge.service.denied.add("GetRule")
    assert bridge.refusal("GetRule", **NAMED) == ("AccessDenied", 403)
    assert bridge("ListTargets", **NAMED).data.total == 1


def test_an_account_that_has_not_activated_the_service_is_refused(bridge: Bridge) -> None:
    bridge.service.is_activated = False
    assert bridge.refusal("GetRule", **NAMED) == ("ServiceAccessDenied", 403)


def test_scripted_faults_are_met_once(bridge: Bridge) -> None:
    for kind in ("unsuccessful", "html", "reset"):
        bridge.service.faults.add(Fault(kind, code="Odd"))
    body = bridge("GetRule", **NAMED)
    assert (body.code, body.success, body.data) == ("Odd", False, None)
    for _ in range(2):
        with pytest.raises(UnretryableException):
            bridge("GetRule", **NAMED)
    assert bridge("GetRule", **NAMED).code == "Success"


def test_the_time_of_a_rule_is_that_of_the_clock(bridge: Bridge, now: Callable[[], datetime]) -> None:
    bridge("CreateRule", EventBusName="default", RuleName="new", FilterPattern="{}")
    created = bridge("GetRule", EventBusName="default", RuleName="new").data.created_timestamp
    assert abs(created / 1000 - now().timestamp()) < 60


@pytest.fixture
def now() -> Callable[[], datetime]:
    return lambda: datetime.now(UTC)
