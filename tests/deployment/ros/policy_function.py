"""The project's rules for the function of template.ros.yaml: settings, code, layers and network by the parameters."""

from collections.abc import Iterable, Iterator
from typing import Any

from imagesearch_ingest.adapters.telemetry import NAMESPACE, SERVICE
from imagesearch_ingest.model.errors import SettingsError
from imagesearch_ingest.settings import PREFIX, Settings
from tests.deployment import fc_models, policy_alibaba
from tests.deployment.fc_deployment import Deployment
from tests.deployment.ros.stack import Stack

Faults = Iterator[str]
SET_BY = {
    "INGEST_INSTANCE_NAME": "InstanceName",
    "INGEST_INSTANCE_REGION": "InstanceRegion",
    "INGEST_ADDS_PER_SECOND": "AddsPerSecond",
    "INGEST_RATE_SHARE_PERCENT": "RateSharePercent",
    "INGEST_SERVICE_TYPE": "ServiceType",
    "INGEST_KEY_TEMPLATE": "KeyTemplate",
    "INGEST_EXTRA_SETTINGS": "ExtraSettings",
}
FIXED = {"POWERTOOLS_SERVICE_NAME": SERVICE, "POWERTOOLS_METRICS_NAMESPACE": NAMESPACE}

PLACES = {
    "function": "Resources.IngestFunction.Properties",
    "role": "Resources.IngestRole.Properties",
    "variables": "Resources.IngestFunction.Properties.EnvironmentVariables",
    "queues": "Resources.Queue or Resources.DeadLetterQueue, or their URLs in EnvironmentVariables",
    "log": "Resources.IngestFunction.Properties.LogConfig",
    "trigger": "Resources.Stream.Properties",
    "rule": "Resources.UploadRule.Properties",
}


def faults(stack: Stack) -> Faults:
    """Yield what is wrong with the function and its triggers, if the stack has them."""
    if stack.parameter("DeployFunction") != "true":
        return
    deployment = Deployment.of_stack(stack)
    yield from (f"{PLACES[part]}: {fault}" for part, fault in policy_alibaba.faults_by_part(deployment))
    yield from (
        f"Resources.IngestFunction or Stream: {name} is unknown to the API" for name in fc_models.unknown(deployment)
    )
    if deployment.function.get("role") != f"acs:ram::{stack.account}:role/{stack.name}":
        yield f"{PLACES['function']}.Role: the function has another role than the stack's"
    yield from _settings(stack, deployment)
    yield from _network(stack, deployment.function)
    yield from code(stack)


def _settings(stack: Stack, deployment: Deployment) -> Faults:
    given = deployment.function["environmentVariables"]
    expected = {name: stack.parameter(parameter) for name, parameter in SET_BY.items()} | FIXED
    expected |= {"INGEST_STACK_NAME": stack.name, "INGEST_BUCKET": stack.bucket}
    for name, value in expected.items():
        if given.get(name, "") != value:
            yield f"Resources.IngestFunction has {name} {given.get(name)!r}, not {value!r}"
    yield from unread("Resources.IngestFunction", given, FIXED)
    try:
        settings = Settings.from_env({name: value for name, value in given.items() if isinstance(value, str)})
    except SettingsError as error:
        yield f"{PLACES['variables']}: the function's settings are refused: {error}"
        return
    for trigger in (one for one in deployment.triggers if one["triggerType"] == "eventbridge"):
        workers = trigger["triggerConfig"]["eventSinkConfig"]["deliveryOption"].get("concurrency")
        if workers != settings.max_concurrency:
            named = f"INGEST_MAX_CONCURRENCY is {settings.max_concurrency}"
            yield f"{PLACES['trigger']}: the stream runs {workers} workers, but {named}"


def unread(path: str, given: Iterable[str], own: Iterable[str]) -> Faults:
    """Yield variables that nothing reads. One with a key would show it to all who may see the template."""
    for name in sorted(set(given) - set(own)):
        if not name.startswith(PREFIX):
            yield f"{path} has the variable {name}, which nothing reads"


def _network(stack: Stack, function: dict[str, Any]) -> Faults:
    vpc = {"vpcId": stack.parameter("VpcId"), "securityGroupId": stack.parameter("SecurityGroupId")}
    expected = {**vpc, "vSwitchIds": stack.parameter("VSwitchIds").split(",")} if vpc["vpcId"] else None
    if function.get("vpcConfig") != expected:
        yield f"Resources.IngestFunction.Properties.VpcConfig is {function.get('vpcConfig')}, not {expected}"


def code(stack: Stack) -> Faults:
    """Yield layers and functions whose code is not of the release."""
    folder, bucket = f"imagesearch-ingest/{stack.parameter('Release')}/", stack.parameter("CodeBucketName")
    for name, properties in ((name, one["Properties"]) for name, one in stack.resources.items()):
        kind = str(properties.get("LayerName", properties.get("FunctionName"))).removeprefix(stack.name)[1:]
        wanted = {"OssBucketName": bucket, "OssObjectName": f"{folder}{kind or 'function'}.zip"}
        if properties.get("Code", wanted) != wanted:
            yield f"Resources.{name}.Properties.Code is not below {folder}: {properties['Code']}, not {wanted}"
    for name, layer in stack.of_type("ALIYUN::FC::Layer").items():
        if layer["CompatibleRuntime"] != [policy_alibaba.RUNTIME]:
            yield f"Resources.{name}.Properties.CompatibleRuntime is not that of the build, {policy_alibaba.RUNTIME}"
    arn = f"acs:fc:{stack.region}:{stack.account}:layers/{stack.name}-{{}}/versions/1"
    for name, function in stack.of_type("ALIYUN::FC3::Function").items():
        if function.get("Layers") != [arn.format("dependencies"), arn.format("library")]:
            yield f"Resources.{name}.Properties.Layers are not those of the stack: {function.get('Layers')}"
