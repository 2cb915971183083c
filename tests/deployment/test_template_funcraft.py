"""Funcraft, the API's models and the project's own rules accept template.fun.yml."""

import re
from pathlib import Path

import pytest
import yaml

from tests.deployment import fc_models, policy_alibaba
from tests.deployment.conftest import ROOT
from tests.deployment.fc_deployment import Deployment
from tests.deployment.node_tools import RefusedError, validate

TEMPLATE = (ROOT / "template.fun.yml").read_text(encoding="utf-8")
REPLACED = {"1234567890123456": "9876543210987654", "cn-shanghai": "eu-central-1", "your-": "shop-"}


def refusals(text: str, folder: Path) -> list[str]:
    """Return why a template must not be deployed."""
    template = folder / "template.fun.yml"
    template.write_text(text, encoding="utf-8")
    try:
        validate(template, folder)
    except RefusedError as refusal:
        return [str(refusal)]
    deployment = Deployment.of_funcraft(yaml.safe_load(text))
    unknown = [f"{name} is unknown to the API" for name in fc_models.unknown(deployment)]
    return unknown + policy_alibaba.faults(deployment)


def test_template_may_be_deployed(tmp_path: Path) -> None:
    assert refusals(TEMPLATE, tmp_path) == []


def test_template_takes_other_values(tmp_path: Path) -> None:
    """Users search and replace the values, as the head of the template says."""
    text = TEMPLATE
    for value, other in REPLACED.items():
        assert value in text
        text = text.replace(value, other)
    assert refusals(text, tmp_path) == []


def test_container_sources_exist() -> None:
    (uri,) = re.findall(r"CodeUri: (\S+)", TEMPLATE)
    for sources in re.findall(
        r"(?m)^COPY (?!--from)(.*) \S+$", (ROOT / uri / "Dockerfile").read_text(encoding="utf-8")
    ):
        assert all((ROOT / source).exists() for source in sources.split())


def test_container_has_the_pinned_packages() -> None:
    dockerfile = (ROOT / "functions/ingest_oss/Dockerfile").read_text(encoding="utf-8")
    sdists = re.findall(r"SDISTS := (\S+)", (ROOT / "requirements/install.mk").read_text(encoding="utf-8"))[0].split(
        ","
    )
    pinned = (ROOT / "requirements/container.txt").read_text(encoding="utf-8")
    (built,) = re.findall(r"--no-binary (\S+)", dockerfile)
    assert built.split(",") == [name for name in sdists if f"{name}==" in pinned]


BREAKAGES = {
    "a runtime that Funcraft does not know": ("Runtime: custom-container", "Runtime: python3.12", "is not accepted"),
    "no image": (r" *CustomContainerConfig:\n *Image:.*\n", "", "Missing property CustomContainerConfig"),
    "a wrong key of the filter": ('Prefix: ""', 'Prefixes: ""', "Unexpected property Prefixes"),
    "a filter without a suffix": (r' *Suffix: ""\n', "", "Missing property Suffix"),
    "a misspelt property": ("MemorySize:", "Memory:", "Unexpected property Memory"),
    "an unknown type": ("Aliyun::Serverless::Service", "Aliyun::Serverless::Servant", "ERR!"),
    "no version of the format": ("ROSTemplateFormatVersion: .*\n", "", "Missing property ROSTemplateFormatVersion"),
    "no YAML": ("Resources:", "Resources: [", "flow collection"),
    "a timeout that the container does not get": ("Timeout: 120", "Timeout: 600", "does not get its timeout"),
    "odd memory": ("MemorySize: 2048", "MemorySize: 1000", "MemorySize: Value is not accepted"),
    "a wildcard event": ("oss:ObjectCreated:PutObject", "oss:ObjectCreated:*", "is a wildcard"),
    "an event left out": (r" *- oss:ObjectRemoved:DeleteObject\n", "", "DeleteObject is not listened to"),
    "another bucket": ("BucketName: your-bucket", "BucketName: mine", "the trigger belongs to another bucket"),
    "a right to write": (r"\[oss:GetObject\]", "[oss:GetObject, oss:PutObject]", "only read"),
    "a wildcard action": (r"\[oss:GetObject\]", '["oss:*"]', "a wildcard action"),
    "every queue": ("Resource: acs:mns:.*", 'Resource: "*"', "allows something on *"),
    "no rights": (r"(?s) *Policies:.*?(?=    ingest:)", "", "does not allow oss:GetObject"),
    "a misspelt setting": ("INGEST_INSTANCE_NAME:", "INGEST_INSTANCE:", "INGEST_INSTANCE is not a setting"),
    "failures to nowhere": (r" *Destination:\n *OnFailure:.*\n", "", "do not go to the dead-letter queue"),
    "too many attempts": ("Attempts: 8", "Attempts: 80", "maxAsyncRetryAttempts is not between"),
    "no log store of its own": (r"LogConfig:\n *Project:.*\n *Logstore:.*\n", "LogConfig: Auto\n", "of its own"),
}


@pytest.mark.parametrize(("pattern", "by", "because"), BREAKAGES.values(), ids=BREAKAGES)
def test_broken_copy_is_refused(pattern: str, by: str, because: str, tmp_path: Path) -> None:
    broken, times = re.subn(pattern, by, TEMPLATE)
    assert times, "the template has changed, so the pattern matches nothing"
    assert because in "\n".join(refusals(broken, tmp_path))


def test_missing_file_is_refused(tmp_path: Path) -> None:
    """`fun validate` itself exits with 0."""
    with pytest.raises(RefusedError, match="does not exist"):
        validate(tmp_path / "template.fun.yml", tmp_path)
