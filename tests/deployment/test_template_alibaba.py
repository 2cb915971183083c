"""Serverless Devs, the API's models and the project's own rules accept s.yaml and s.direct.yaml."""

import json
import re
from pathlib import Path

import pytest

from imagesearch_ingest.adapters.telemetry import NAMESPACE, SERVICE
from imagesearch_ingest.events import parse_fc_event
from imagesearch_ingest.model.objects import ChangeKind
from imagesearch_ingest.settings import Settings
from tests.deployment import fc_models, policy_alibaba
from tests.deployment.conftest import ROOT
from tests.deployment.fc_deployment import Deployment
from tests.deployment.node_tools import RefusedError, preview
from tests.deployment.policy_alibaba_triggers import ANNOUNCED
from tests.deployment.ros.stack import SOURCE, Stack, read

STREAM, DIRECT = "s.yaml", "s.direct.yaml"
OTHERS = {
    "ALIBABA_ACCOUNT": "9876543210987654",
    "ALIBABA_REGION": "eu-central-1",
    "INGEST_BUCKET": "shop-pictures",
    "KEY_PREFIX": "shoes/",
    "INGEST_INSTANCE_NAME": "shop",
    "INGEST_INSTANCE_REGION": "eu-central-1",
    "INGEST_STACK_NAME": "shop",
    "INGEST_ADDS_PER_SECOND": "20",
    "INGEST_MAX_CONCURRENCY": "4",
    "INGEST_SERVICE_TYPE": "fabric",
    "INGEST_EXTRA_SETTINGS": '{"INGEST_JPEG_QUALITY": 85}',
    "BATCH_SIZE": "400",
    "DEPENDENCIES_LAYER_VERSION": "12",
    "LIBRARY_LAYER_VERSION": "13",
}


def stand(template: str, name: str = "imagesearch-ingest", bucket: str = "your-bucket", **place: str) -> Stack:
    """Return the stack on which the template stands."""
    way = {STREAM: "false", DIRECT: "direct"}[template]
    return Stack(read(SOURCE.read_text(encoding="utf-8")), name, DeployFunction=way, ExistingBucketName=bucket, **place)


def refusals(template: str, text: str, folder: Path, stack: Stack | None = None, **variables: str) -> list[str]:
    """Return why a copy of a template must not be deployed."""
    path = folder / "s.yaml"
    path.write_text(text, encoding="utf-8")
    try:
        deployment = Deployment.of_serverless_devs(preview(path, folder, **variables), stack or stand(template))
    except RefusedError as refusal:
        return [str(refusal)]
    unknown = [f"{name} is unknown to the API" for name in fc_models.unknown(deployment)]
    return unknown + policy_alibaba.faults(deployment)


def source(template: str) -> str:
    return (ROOT / template).read_text(encoding="utf-8")


@pytest.mark.parametrize("template", [STREAM, DIRECT])
def test_template_may_be_deployed(template: str, tmp_path: Path) -> None:
    assert refusals(template, source(template), tmp_path) == []


@pytest.mark.parametrize("template", [STREAM, DIRECT])
def test_template_takes_other_values(template: str, tmp_path: Path) -> None:
    """No tracked file is edited: the values are variables of the environment."""
    stack = stand(template, "shop", "shop-pictures", account="9876543210987654", region="eu-central-1")
    assert refusals(template, source(template), tmp_path, stack, **OTHERS) == []
    rendered = preview(tmp_path / "s.yaml", tmp_path, **OTHERS)
    assert not re.findall("1234567890123456|cn-shanghai|your-", json.dumps(rendered))
    function = Deployment.of_serverless_devs(rendered, stack).function
    settings = Settings.from_env(function["environmentVariables"])
    assert (settings.stack_name, settings.bucket, settings.adds_per_second) == ("shop", "shop-pictures", 20)
    assert (settings.jpeg_quality, settings.service_type, settings.max_concurrency) == (85, "fabric", 4)
    assert [layer.rpartition("/")[2] for layer in function["layers"]] == ["12", "13"]


def test_values_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("INGEST_BUCKET=of-the-file\n", encoding="utf-8")
    (tmp_path / "s.yaml").write_text(source(STREAM), encoding="utf-8")
    assert preview(tmp_path / "s.yaml", tmp_path)["vars"]["bucket"] == "of-the-file"
    assert ".env" in (ROOT / ".gitignore").read_text(encoding="utf-8").split()


BREAKAGES = {
    "no handler": (STREAM, r" *handler: .*\n", "", "there is no handler"),
    "a handler that is not there": (STREAM, "index.handler", "index.main", "index.main is not in functions"),
    "odd memory": (STREAM, "memorySize: 2048", "memorySize: 1000", "memorySize is not a multiple of 64"),
    "more processor than memory": (STREAM, "cpu: 1 ", "cpu: 4 ", "between 1:1 and 1:4"),
    "an odd share of a processor": (STREAM, "cpu: 1 ", "cpu: 0.93 ", "cpu is not a multiple"),
    "a disk that there is not": (STREAM, "diskSize: 512", "diskSize: 1024", "diskSize"),
    "concurrency of a built-in runtime": (
        STREAM,
        "cpu: 1 ",
        "instanceConcurrency: 5\n      cpu: 1 ",
        "custom runtimes",
    ),
    "a runtime that does not exist": (STREAM, "python3.12 #", "python3.14 #", "python3.14 is not a Python runtime"),
    "a runtime that the layers are not for": (STREAM, "python3.12 #", "python3.10 #", "built for python3.12"),
    "a misspelt property": (STREAM, "memorySize:", "memorysize:", "function.memorysize is unknown"),
    "a misspelt key of the trigger": (STREAM, "batchWindow:", "batchWindows:", "runOptions.batchWindows is unknown"),
    "a key too deep to see": (STREAM, "QueueName: (.*)\n( *)IsBase", r"Queue: \1\n\2IsBase", "Parameters.Queue is unk"),
    "a variable that is not there": (STREAM, r"vars.instanceName\}", "vars.instance}", "vars.instance} not found"),
    "no YAML": (STREAM, "resources:", "resources: [", "Error"),
    "another queue's stream": (STREAM, r"(QueueName: \S*?)\}\n( *IsBase)", r"\1}-2\n\2", "another queue than the str"),
    "errors tolerated": (STREAM, "errorsTolerance: NONE", "errorsTolerance: ALL", "an outage would drop uploads"),
    "a stream that gives up": (STREAM, "EXPONENTIAL_DECAY_RETRY", "BACKOFF_RETRY", "stop after a minute"),
    "a stream that does not wait": (STREAM, "asyncInvocationType: false", "asyncInvocationType: true", "does not wait"),
    "no dead-letter queue": (STREAM, r" *deadLetterQueue: #.*\n *Arn: .*\n", "", "stream has no dead-letter queue"),
    "a long timeout": (STREAM, "timeout: 120", "timeout: 600", "longer than the 300 s"),
    "a batch too large": (STREAM, '"200"', '"100000"', "CountBasedWindow is not between"),
    "no role": (STREAM, r" *role: acs.*\n", "", "no role of its own"),
    "a role in capitals": (STREAM, r"role/\$\{vars.name\}", "role/ImageSearch", "is not lower-case"),
    "a misspelt setting": (STREAM, "INGEST_QUEUE_URL:", "INGEST_QUEUE_URI:", "INGEST_QUEUE_URI is not a setting"),
    "a queue elsewhere": (STREAM, r"(INGEST_QUEUE_URL: .*)\$\{vars.region\}", r"\1cn-hangzhou", "in another region"),
    "no layers": (STREAM, r" *layers:.*\n(?: *- acs:fc.*\n)+", "", "the layers are not"),
    "a wildcard trigger": (DIRECT, "- oss:ObjectCreated:PutObject", "- oss:ObjectCreated:*", "is a wildcard"),
    "a wrong filter": (DIRECT, "suffix:", "Suffix:", "filter.key.Suffix is unknown"),
    "no suffix": (DIRECT, r" *suffix:.*\n", "", "both prefix and suffix"),
    "failures to nowhere": (DIRECT, r" *destinationConfig:\n(?: {10,}.*\n)+", "", "do not go to the dead-letter queue"),
    "too many attempts": (DIRECT, "Attempts: 8", "Attempts: 80", "maxAsyncRetryAttempts is not between"),
    "no trigger": (DIRECT, r"(?s) *triggers:\n.*", "", "nothing triggers"),
    "a trigger of no kind": (DIRECT, "triggerType: oss", "triggerType: s3", "triggerType: s3 is unknown"),
    "a misspelt destination": (DIRECT, "onFailure:", "onFail:", "destinationConfig.onFail is unknown"),
}


@pytest.mark.parametrize(("template", "pattern", "by", "because"), BREAKAGES.values(), ids=BREAKAGES)
def test_broken_copy_is_refused(template: str, pattern: str, by: str, because: str, tmp_path: Path) -> None:
    broken, times = re.subn(pattern, by, source(template))
    assert times, "the template has changed, so the pattern matches nothing"
    assert because in "\n".join(refusals(template, broken, tmp_path))


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="does not exist"):
        preview(tmp_path / "s.yaml", tmp_path)


@pytest.mark.parametrize("name", sorted(ANNOUNCED))
def test_library_reads_each_announced_event(name: str) -> None:
    stored = '{"bucket": {"name": "b"}, "object": {"key": "a.jpg", "size": 1, "eTag": "E"}}'
    element = f'{{"eventName": "{name}", "eventSource": "acs:oss", "eventVersion": "1.0", "oss": {stored}}}'
    (record,) = parse_fc_event(f'{{"events": [{element}]}}'.encode())
    (change,) = record.changes
    assert change.kind is (ChangeKind.REMOVED if "Removed" in name else ChangeKind.CREATED)


@pytest.mark.parametrize("template", [STREAM, DIRECT])
def test_metrics_and_logs_have_library_names(template: str, tmp_path: Path) -> None:
    rendered = preview(ROOT / template, tmp_path)
    variables = Deployment.of_serverless_devs(rendered, stand(template)).function["environmentVariables"]
    assert variables["POWERTOOLS_SERVICE_NAME"] == SERVICE
    assert variables["POWERTOOLS_METRICS_NAMESPACE"] == NAMESPACE
