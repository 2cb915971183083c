"""The project's rules for the watch of template.ros.yaml: the function's settings, its route, and a look every hour."""

from collections.abc import Iterator
from typing import Any

from imagesearch_ingest.bootstrap.watch_alibaba import PREFIXES, QUEUE, RULE, find_route
from imagesearch_ingest.model.errors import SettingsError
from imagesearch_ingest.settings import PREFIX, Settings
from tests.deployment import fc_limits
from tests.deployment.fc_deployment import named_as_the_api
from tests.deployment.ros.policy_function import FIXED, unread
from tests.deployment.ros.stack import Stack

Faults = Iterator[str]
TIMER = ("timer", {"enable": True, "cronExpression": "@every 60m", "payload": ""})


def faults(stack: Stack) -> Faults:
    """Yield what is wrong with the watch, if the stack has a function to watch."""
    if stack.parameter("DeployFunction") != "true":
        return
    made = stack.resources
    if "WatchFunction" not in made:
        yield "Resources.WatchFunction is missing: nothing watches whether the bucket announces"
        return
    path = "Resources.WatchFunction.Properties"
    watch, function = (made[name]["Properties"] for name in ("WatchFunction", "IngestFunction"))
    yield from (f"{path}: {fault}" for fault in fc_limits.faults(named_as_the_api(watch)))
    yield from _settings(f"{path}.EnvironmentVariables", stack, watch, function)
    for name in ("Runtime", "Layers", "LogConfig", "VpcConfig"):
        if watch.get(name) != function.get(name):
            yield f"{path}.{name}: the watch has another {name} than the function"
    if watch["Role"] != f"acs:ram::{stack.account}:role/{stack.name}-watch":
        yield f"{path}.Role: the watch has the role of the function, or another one: {watch['Role']}"
    yield from _timer(made, watch["FunctionName"])


def _settings(path: str, stack: Stack, watch: dict[str, Any], function: dict[str, Any]) -> Faults:
    given, variables = watch["EnvironmentVariables"], function["EnvironmentVariables"]
    own, others = ({key: one for key, one in each.items() if key.startswith(PREFIX)} for each in (given, variables))
    if differing := sorted(dict(own.items() ^ others.items())):
        yield f"{path}: the watch has other settings than the function: {', '.join(differing)}"
        return
    yield from unread(path, given, {*FIXED, RULE, QUEUE, PREFIXES})
    place = f"{stack.region}:{stack.account}"
    wanted = {
        **FIXED,
        RULE: f"acs:eventbridge:{place}:eventbus/default/rule/{stack.name}",
        QUEUE: f"acs:mns:{place}:queues/{stack.name}",
    }
    for name, value in wanted.items():
        if given.get(name) != value:
            yield f"{path}.{name}: the watch has {given.get(name)}, not {value}"
            return
    try:
        route = find_route(Settings.from_env(given), given)
    except (SettingsError, ValueError) as error:
        yield f"{path}: the watch cannot start: {error}"
        return
    if list(route.wanted.prefixes) != stack.parameter("KeyPrefix").split(","):
        yield f"{path}: the watch looks for other prefixes than KeyPrefix: {route.wanted.prefixes}"


def _timer(made: dict[str, Any], function: str) -> Faults:
    triggers = [one["Properties"] for one in made.values() if one["Type"] == "ALIYUN::FC3::Trigger"]
    own = [(one["TriggerType"], one["TriggerConfig"]) for one in triggers if one["FunctionName"] == function]
    if own != [TIMER]:
        yield f"Resources.WatchSchedule.Properties.TriggerConfig: the watch does not look every hour: {own}"
    late = [one["Properties"] for one in made.values() if one["Type"] == "ALIYUN::FC3::AsyncInvokeConfig"]
    if not any(one["FunctionName"] == function and one["MaxAsyncEventAgeInSeconds"] < 3600 for one in late):
        yield "Resources.WatchInvocation: a look may be older than the next one"
