"""The project's rules for its templates for Alibaba Cloud that no tool checks."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from imagesearch_ingest.settings import PREFIX, Settings, variable
from imagesearch_ingest.settings_values.extra_settings import EXTRA
from tests.deployment import fc_limits, policy_alibaba_triggers
from tests.deployment.fc_deployment import Deployment, Properties

FUNCTIONS = Path(__file__).parents[2] / "functions"
RUNTIME = "python3.12"
CODE = ".fc/code"
WEEK_SECONDS = (
    7 * 24 * 3600
)  # the longest time that SMQ keeps a message (CreateQueue reference, MessageRetentionPeriod)
READS_OF_THE_SOURCE = {"oss:GetObject", "oss:ListObjects"}
NEEDED = READS_OF_THE_SOURCE | {"mns:SendMessage", "imagesearch:AddImage", "imagesearch:DeleteImage"}
NEEDED |= {"log:PostLogStoreLogs"}
ADDRESS = re.compile(r"https://(\d+)\.mns\.([a-z0-9-]+?)(?:-internal)?\.aliyuncs\.com/queues/([\w-]+)")

Faults = Iterator[str]


def faults(deployment: Deployment) -> list[str]:
    """Return every broken rule as text; none for a template that may be deployed."""
    return [fault for _, fault in faults_by_part(deployment)]


def faults_by_part(deployment: Deployment) -> Iterator[tuple[str, str]]:
    """Yield each broken rule with the part of the deployment that breaks it."""
    for part, checks in CHECKS.items():
        yield from ((part, fault) for check in checks for fault in check(deployment))


def _function(deployment: Deployment) -> Faults:
    function = deployment.function
    yield from fc_limits.faults(function)
    if deployment.region and deployment.region not in fc_limits.REGIONS:
        yield f"{deployment.region} is not a region of Function Compute"
    if function.get("runtime") == "custom-container":
        if not (FUNCTIONS / "ingest_oss/Dockerfile").is_file():
            yield "there is no Dockerfile"
        if function["environmentVariables"].get("INGEST_FUNCTION_TIMEOUT_SECONDS") != str(function.get("timeout")):
            yield "the container does not get its timeout"
        return
    if function.get("internetAccess") is not True:
        yield "the function has no way to Image Search: internetAccess is off"
    for name in sorted({"cpu", "memorySize", "timeout"} - function.keys()):
        yield f"{name} is not given, so a default holds"
    yield from _built(function)


def _built(function: Properties) -> Faults:
    if function.get("runtime") != RUNTIME:
        yield f"the layers are built for {RUNTIME}"
    if function.get("code") != CODE and not str(function.get("code", {}).get("ossObjectName")).endswith(
        "/function.zip"
    ):
        yield f"code is neither {CODE} nor its zip, which 'make build-alibaba' makes"
    module, _, name = str(function.get("handler")).partition(".")
    source = FUNCTIONS / f"ingest_oss/{module}.py"
    if not source.is_file() or f"def {name}(" not in source.read_text(encoding="utf-8"):
        yield f"{function.get('handler')} is not in functions/ingest_oss"
    if [arn.split("/")[-3].rpartition("-")[2] for arn in function.get("layers", [])] != ["dependencies", "library"]:
        yield "the layers are not the dependencies and the library"


def _names(deployment: Deployment) -> Faults:
    """Yield names that are not lower-case: fc3 lowers every role (devsapp/fc3, src/base.ts, _handleRole)."""
    role = deployment.function.get("role")
    named = [role, deployment.function.get("functionName"), *deployment.queues]
    yield from (f"{name} is not lower-case" for name in named if name and name != name.lower())
    if deployment.trust is not None:  # Funcraft creates the role
        if not re.fullmatch(r"acs:ram::\d+:role/[\w-]+", role or ""):
            yield "the function has no role of its own"
        trusted = [(one.get("Principal"), one.get("Action")) for one in deployment.trust]
        if trusted != [({"Service": ["fc.aliyuncs.com"]}, "sts:AssumeRole")]:
            yield "the role is not only for Function Compute"


def _rights(deployment: Deployment) -> Faults:
    given: set[str] = set()
    for statement in deployment.statements:
        if statement.get("Effect") != "Allow":
            continue
        if {"NotAction", "NotResource"} & statement.keys():
            yield "the role allows all but something"
        actions, resources = _list(statement.get("Action", [])), _list(statement.get("Resource", []))
        given.update(actions)
        yield from (fault for action in actions for fault in _action(action))
        yield from (f"the role allows something on {one}" for one in resources if is_too_wide(one))
    yield from (f"the role does not allow {action}" for action in sorted(NEEDED - given))


def _action(action: str) -> Faults:
    if "*" in action or "?" in action:
        yield f"the role allows {action}, a wildcard action"
    elif action.lower().startswith("oss:") and action not in READS_OF_THE_SOURCE:
        yield f"the role allows {action}: the bucket is only read"


def is_too_wide(resource: str) -> bool:
    """Return whether a resource is too wide.

    An asterisk may stand for the keys below a prefix of one bucket, and for OSS's region: bucket names are unique.
    """
    _, service, region, account, name = [*resource.split(":", 4), "", "", "", ""][:5]
    if service == "oss":
        region, name = "", re.sub(r"^([^/*?]+/[^*?]*)\*$", r"\1", name)
    return any(mark in part for mark in "*?" for part in (service, region, account, name)) or not name


def _environment(deployment: Deployment) -> Faults:
    given = {one for one in deployment.function.get("environmentVariables", {}) if one.startswith(PREFIX)}
    known = {variable(field) for field in (*Settings.model_fields, EXTRA)} - {variable("credentials_secret")}
    needed = {variable(field) for field, about in Settings.model_fields.items() if about.is_required()}
    yield from (f"{one} is not a setting" for one in sorted(given - known))
    yield from (f"{one} is not given" for one in sorted((needed | {variable("bucket")}) - given))


def _queues(deployment: Deployment) -> Faults:
    variables = deployment.function.get("environmentVariables", {})
    for name in ("INGEST_QUEUE_URL", "INGEST_DEAD_LETTER_QUEUE_URL"):
        found = ADDRESS.fullmatch(variables.get(name, ""))
        if name in variables and not found:
            yield f"{name} is not the URL of a queue"
        elif found and deployment.region not in {None, found[2]}:
            yield f"{name} is in another region"
        elif found and deployment.queues and found[3] not in deployment.queues:
            yield f"nothing makes the queue of {name}"
    for name, queue in deployment.queues.items():
        if queue.get("MessageRetentionPeriod") != WEEK_SECONDS:
            yield f"{name} does not keep its messages for 7 days"


def _logs(deployment: Deployment) -> Faults:
    log = deployment.function.get("logConfig")
    if not isinstance(log, dict) or not {"project", "logstore"} <= log.keys():
        yield "the function does not log to a log store of its own"
    elif deployment.logstore is not None:
        if deployment.logstore.get("logstoreName") != log["logstore"]:
            yield "nothing makes the log store"
        if not deployment.logstore.get("ttl"):
            yield "the function logs for ever"
        if log.get("enableRequestMetrics") is not True or log.get("enableInstanceMetrics") is not True:
            yield "Function Compute does not log its own metrics"
        if log.get("logBeginRule") != "None":
            yield "lines of the log are joined: logBeginRule is not None"


CHECKS: dict[str, list[Callable[[Deployment], Faults]]] = {
    "function": [_function],
    "role": [_names, _rights],
    "variables": [_environment],
    "queues": [_queues, policy_alibaba_triggers.hiding],
    "log": [_logs],
    "trigger": [policy_alibaba_triggers.faults],
    "rule": [policy_alibaba_triggers.announcing],
}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
