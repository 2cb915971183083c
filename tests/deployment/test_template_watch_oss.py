"""The watch is in the stack of Alibaba Cloud, looks every hour at what the stack made, and may only look."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from imagesearch_ingest.bootstrap.watch_alibaba import find_route
from imagesearch_ingest.settings import Settings
from imagesearch_ingest.watch.oss_rule import BridgeRule, judge_rule, judge_targets
from imagesearch_ingest.watch.oss_way import TEMPLATE_RETENTION, TEMPLATE_VISIBILITY
from local_cloud.clouds.alibaba import QUEUE, AlibabaCloud
from tests.deployment import permissions_platform as platform
from tests.deployment.permissions_alibaba import Recorder, read_statements
from tests.deployment.ros import policy_roles, policy_watch
from tests.deployment.ros.stack import ACCOUNT, REGION, SOURCE, Stack, Template, read
from tests.support.watch_oss import RULE, OssWatch, deploy_anew


@pytest.fixture(scope="module")
def template() -> Template:
    return read(SOURCE.read_text(encoding="utf-8"))


def faults(template: Template, **parameters: str) -> list[str]:
    """Return every broken rule of the watch and of its role as text."""
    stack = Stack(template, "shop", **parameters)
    return [*policy_watch.faults(stack), *policy_roles.faults(stack)]


def _statements(stack: Stack) -> list[dict[str, Any]]:
    (policy,) = stack.resources["WatchRole"]["Properties"]["Policies"]
    statements: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    return statements


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"ExistingBucketName": "pictures-of-shop", "KeyPrefix": "cups/,red mugs/"},
        {"ExtraSettings": '{"INGEST_ON_REMOVED": "keep"}', "KeyTemplate": "{product_id}/{pic_name}"},
        {"VpcId": "vpc-1", "VSwitchIds": "vsw-1", "SecurityGroupId": "sg-1"},
    ],
)
def test_the_watch_may_be_deployed(template: Template, parameters: dict[str, str]) -> None:
    assert faults(template, **parameters) == []


@pytest.mark.parametrize("way", ["false", "direct"])
def test_without_the_function_there_is_no_watch(template: Template, way: str) -> None:
    names = Stack(template, "shop", DeployFunction=way, CodeBucketName="", Release="").resources.keys()
    assert [name for name in names if "Watch" in name] == []


def put(name: str, *path: str, value: Any) -> Callable[[Template], None]:
    """Return a change of one property. ``None`` removes it."""

    def change(template: Template) -> None:
        place = template["Resources"][name]["Properties"]
        for part in path[:-1]:
            place = place[part]
        place.pop(path[-1])
        if value is not None:
            place[path[-1]] = value

    return change


def permit(number: int, **changes: Any) -> Callable[[Template], None]:
    def change(template: Template) -> None:
        policy = template["Resources"]["WatchRole"]["Properties"]["Policies"][0]["PolicyDocument"]
        policy["Statement"][number].update(changes)

    return change


def drop(*names: str) -> Callable[[Template], None]:
    return lambda template: [template["Resources"].pop(name) for name in names]


VARIABLES = "EnvironmentVariables"
BREAKAGES = {
    "no function": (drop("WatchFunction", "WatchSchedule", "WatchInvocation"), "nothing watches"),
    "no timer": (drop("WatchSchedule"), "does not look every hour"),
    "other settings": (put("WatchFunction", VARIABLES, "INGEST_ADDS_PER_SECOND", value="1"), "other settings"),
    "another rule": (
        put("WatchFunction", VARIABLES, "WATCH_RULE_ARN", value="acs:eventbridge:a:1:eventbus/default/rule/b"),
        "WATCH_RULE_ARN: the watch has acs:eventbridge:a:1:eventbus/default/rule/b, not",
    ),
    "an old runtime": (put("WatchFunction", "Runtime", value="python3.10"), "another Runtime"),
    "its own log": (put("WatchFunction", "LogConfig", "Logstore", value="other"), "another LogConfig"),
    "the role of the function": (
        put("WatchFunction", "Role", value={"Fn::GetAtt": ["IngestRole", "Arn"]}),
        "the role of the function",
    ),
    "a rare look": (put("WatchSchedule", "TriggerConfig", "cronExpression", value="@every 24h"), "every hour"),
    "a disabled timer": (put("WatchSchedule", "TriggerConfig", "enable", value=False), "every hour"),
    "late looks": (put("WatchInvocation", "MaxAsyncEventAgeInSeconds", value=86400), "older than the next one"),
    "a right to mend": (
        permit(1, Action=["eventbridge:GetRule", "eventbridge:EnableRule"]),
        "may do eventbridge:EnableRule",
    ),
    "a right too few": (permit(2, Action=["mns:PeekMessage"]), "may not do mns:GetQueueAttributes"),
    "every rule": (permit(1, Resource=["*"]), "may act on *"),
}


@pytest.mark.parametrize("case", BREAKAGES)
def test_a_broken_watch_is_refused(template: Template, case: str) -> None:
    change, because = BREAKAGES[case]
    broken = copy.deepcopy(template)
    change(broken)
    assert because in "\n".join(faults(broken))


@pytest.mark.parametrize("prefixes", ["", "shoes/", "shoes/ red/", "a/,b/", "a/,b/,c/,d/,e/"])
@pytest.mark.parametrize("bucket", ["", "shop-pictures"])
def test_the_watch_finds_no_fault_in_what_the_template_makes(template: Template, prefixes: str, bucket: str) -> None:
    stack = Stack(template, "shop", KeyPrefix=prefixes, ExistingBucketName=bucket)
    variables = stack.resources["WatchFunction"]["Properties"]["EnvironmentVariables"]
    route = find_route(Settings.from_env(variables), variables)
    made = stack.resources["UploadRule"]["Properties"]
    rule = BridgeRule(made["RuleName"], made["Status"] == "ENABLE", made["FilterPattern"], made["Targets"])
    assert (judge_rule(rule, route), judge_targets(rule, route)) == (None, None)
    fewer = {**made["FilterPattern"], "subject": [{"prefix": f"{route.wanted.bucket_subject}other/"}]}
    assert judge_rule(BridgeRule(rule.name, rule.is_enabled, fewer), route) is not None
    assert made["Targets"][0]["DeadLetterQueue"]["Arn"].endswith(f":/queues/{route.dead_letters}")


def test_the_queue_is_as_the_watch_expects_it(template: Template) -> None:
    queue = Stack(template).resources["Queue"]["Properties"]
    assert (queue["MessageRetentionPeriod"], queue["VisibilityTimeout"]) == (TEMPLATE_RETENTION, TEMPLATE_VISIBILITY)


def test_the_watch_needs_what_it_may_do(
    template: Template, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = Stack(template, RULE, ExistingBucketName="pictures", InstanceName="demo", InstanceRegion=REGION)
    recorder = Recorder(
        bucket=f"acs:oss:*:{ACCOUNT}:pictures",
        queue=f"acs:mns:{REGION}:{ACCOUNT}:/queues/{{}}",
        instance=f"acs:imagesearch:{REGION}:{ACCOUNT}:instance/demo",
        bus=f"acs:eventbridge:{REGION}:{ACCOUNT}:eventbus/default",
        queues={QUEUE: RULE},
    )
    with AlibabaCloud(with_function=False) as cloud:
        deploy_anew(cloud)
        recorder.watch(cloud)
        watch = OssWatch(cloud, monkeypatch, capsys)
        with recorder.recording():
            assert watch()["Announcing"] == 1
    log = stack.resources["WatchFunction"]["Properties"]["LogConfig"]
    needed = recorder.needed | platform.store_logs(log["Project"], log["Logstore"])
    granted = read_statements(_statements(stack))
    assert (sorted(map(str, needed - granted)), sorted(map(str, granted - needed))) == ([], [])
