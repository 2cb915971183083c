"""The roles of the template grant what the functions' calls need: nothing is missing, and nothing is left over."""

import json
import re
from dataclasses import dataclass
from functools import partial

import pytest

from imagesearch_ops.doctor import keyless_setup
from local_cloud.aws import POLLER_ACCESS_KEY_ID
from local_cloud.clouds.aws import AwsCloud
from local_cloud.runtimes.function import FunctionError
from tests.deployment import permissions_platform as platform
from tests.deployment.conftest import ROOT
from tests.deployment.permissions import Grant, as_list, grant, read_resource_policies, read_role
from tests.deployment.permissions_alibaba import Recorder
from tests.deployment.permissions_deployments import DEPLOYMENTS, Deployment
from tests.deployment.permissions_gate import Gate
from tests.deployment.permissions_journeys import (
    INGEST_KEY,
    KEYS_OF_ROLES,
    Outcomes,
    RefusedError,
    audit,
    ingest,
    watch,
)
from tests.support.cloudformation import load

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class World:
    """A deployment, and the gate before its cloud after the journeys of its functions."""

    deployment: Deployment
    gate: Gate
    of_the_key: set[str]  # actions at Image Search

    def used(self, role: str) -> set[Grant]:
        return set().union(*(self.gate.used[key] for key in KEYS_OF_ROLES[role]))


@pytest.fixture(scope="module", params=DEPLOYMENTS)
def world(request: pytest.FixtureRequest) -> World:
    deployment = DEPLOYMENTS[request.param]
    outcomes = Outcomes()
    with deployment.kind(on_log=outcomes.add) as cloud:
        place = deployment.place(cloud)
        roles = {role: read_role(deployment.stack, role) for role in KEYS_OF_ROLES}
        gate = Gate(place, {key: roles[role] for role, keys in KEYS_OF_ROLES.items() for key in keys})
        cloud.aws.put_in_front(gate.in_front_of)
        outcomes.refused = gate.missing
        recorder = Recorder("", "{}", "")
        recorder.watch(cloud)
        with recorder.recording():
            _travel(cloud, deployment, gate, outcomes)
    actions = {one.action for one in recorder.needed}
    return World(deployment, gate, actions)  # the cloud is closed: two of them would share moto's state


def _travel(cloud: AwsCloud, deployment: Deployment, gate: Gate, outcomes: Outcomes) -> None:
    for journey in (partial(ingest, outcomes=outcomes), audit, watch):
        try:
            journey(cloud, prefixes=deployment.prefixes)
        except (RefusedError, FunctionError):
            if not gate.missing:
                raise


def compare(world: World, role: str, of_the_platform: set[Grant]) -> None:
    needed = world.used(role) | of_the_platform | world.deployment.network()
    granted = read_role(world.deployment.stack, role)
    assert {"missing": show(needed - granted), "left over": show(granted - needed)} == {"missing": [], "left over": []}


def show(permissions: set[Grant]) -> list[str]:
    return sorted(map(str, permissions))


def test_no_call_is_refused(world: World) -> None:
    assert not world.gate.errors
    assert sorted(map(str, world.gate.missing)) == []


def test_the_ingest_function_needs_what_it_may_do(world: World) -> None:
    compare(world, "IngestRole", platform.write_logs("<LogGroup.Arn>") | platform.poll_queue("<Queue.Arn>"))


def test_the_audit_needs_what_it_may_do(world: World) -> None:
    compare(world, "AuditRole", platform.write_logs("<AuditLogGroup.Arn>"))


def test_the_watch_needs_what_it_may_do(world: World) -> None:
    compare(world, "WatchRole", platform.write_logs("<WatchLogGroup.Arn>"))


def test_the_access_key_needs_what_the_pages_allow_it(world: World) -> None:
    pages = [(ROOT / f"docs/{name}.md").read_text(encoding="utf-8") for name in ("credentials", "operating")]
    policies = [json.loads(text) for page in pages for text in re.findall(r"```json\n(.*?)```", page, re.DOTALL)]
    allowed = {
        action
        for policy in policies
        if policy.get("Version") == "1"
        for statement in policy["Statement"]
        for action in as_list(statement["Action"])
        if action.startswith("imagesearch:")
    }
    assert world.of_the_key == allowed
    assert world.of_the_key == {*keyless_setup.ACTIONS, *keyless_setup.AUDIT_ACTIONS}  # what doctor tells to allow


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_schedules_and_the_rule_may_do_their_one_thing(name: str) -> None:
    stack = DEPLOYMENTS[name].stack
    assert read_role(stack, "AuditScheduleRole") == platform.invoke("<AuditFunction.Arn>")
    assert read_role(stack, "WatchScheduleRole") == platform.invoke("<WatchFunction.Arn>")
    queues = platform.deliver_events("<UploadRule.Arn>", "<Queue.Arn>", "<RuleDeadLetterQueue.Arn>")
    assert read_resource_policies(stack) == queues


def test_every_role_of_the_template_is_compared() -> None:
    roles = {name for name, one in load()["Resources"].items() if one["Type"] == "AWS::IAM::Role"}
    assert roles == {"AuditRole", "AuditScheduleRole", "IngestRole", "WatchRole", "WatchScheduleRole"}


@pytest.mark.parametrize(
    ("key", "lost"),
    [
        (INGEST_KEY, grant("sqs:ChangeMessageVisibility", "<Queue.Arn>")),
        (POLLER_ACCESS_KEY_ID, grant("sqs:DeleteMessage", "<Queue.Arn>")),
    ],
)
def test_a_lost_permission_stops_the_function(key: str, lost: Grant) -> None:
    deployment, outcomes = DEPLOYMENTS["secret"], Outcomes()
    granted = read_role(deployment.stack, "IngestRole") - {lost}
    with deployment.kind(on_log=outcomes.add) as cloud:
        gate = Gate(deployment.place(cloud), {key: granted})
        cloud.aws.put_in_front(gate.in_front_of)
        outcomes.refused = gate.missing
        with pytest.raises(RefusedError):
            ingest(cloud, deployment.prefixes, outcomes)
    assert gate.missing == {lost}
