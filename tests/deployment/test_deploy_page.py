"""The commands of docs/deploy-alibaba.md run, with stubs for those that would reach a cloud."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deployment.conftest import ROOT, cannot
from tests.deployment.fc_deployment import Deployment
from tests.deployment.node_tools import NODE_MODULES, QUIET, preview

PAGE = (ROOT / "docs/deploy-alibaba.md").read_text(encoding="utf-8")
# The parameters of each operation that the page uses, from the SDKs: SMQ 2022-01-19, RAM 2015-05-01, SLS 2020-12-30.
PARAMETERS = {
    "CreateQueue": {"region", "QueueName", "MessageRetentionPeriod", "VisibilityTimeout"},
    "CreateEventRule": {"region", "ProductName", "RuleName", "EventTypes", "MatchRules", "Endpoint"},
    "CreateRole": {"RoleName", "AssumeRolePolicyDocument"},
    "CreatePolicy": {"PolicyName", "PolicyDocument"},
    "AttachPolicyToRole": {"PolicyType", "PolicyName", "RoleName"},
    "CreateProject": {"region", "body"},
    "CreateLogStore": {"region", "project", "body"},
}
STUB = """#!/bin/sh
if [ "$1" = preview ]; then exec {real} "$@"; fi
{{ printf '%s\\n' {tool} "$@" | jq -R . | jq -sc .; }} >> {log}
"""
Call = list[str]


def commands(template: str) -> str:
    """Return the commands of the part on Serverless Devs. A comment marks those that are only for s.yaml."""
    part = PAGE.partition("\n## Serverless Devs\n")[2].partition("\n## Funcraft\n")[0]
    text = "".join(re.findall(r"(?s)```sh\n(.*?)```", part)).replace("template=s.yaml", f"template={template}")
    return text if template == "s.yaml" else re.sub(r"(?m)^.* # s\.yaml\n", "", text)


def calls(template: str, folder: Path) -> list[Call]:
    if not shutil.which("jq"):
        cannot("jq is not installed; the page needs it")
    (folder / "bin").mkdir()
    (folder / ".fc").mkdir()
    shutil.copy(ROOT / template, folder)
    for tool in ("aliyun", "make", "s"):
        stub = folder / "bin" / tool
        stub.write_text(STUB.format(real=NODE_MODULES / ".bin/s", tool=tool, log=folder / "log"), encoding="utf-8")
        stub.chmod(0o755)
    environ = {"PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}", "HOME": str(folder), **QUIET}
    done = subprocess.run(  # noqa: S603 - the commands of the page
        ["/bin/sh", "-eu", "-c", commands(template)],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in (folder / "log").read_text(encoding="utf-8").splitlines()]


def options(call: Call) -> dict[str, str]:
    words = [word for word in call[3:] if word != "--force"]
    return {name.removeprefix("--"): value for name, value in zip(words[::2], words[1::2], strict=True)}


@pytest.mark.parametrize("template", ["s.yaml", "s.direct.yaml"])
def test_page_creates_what_template_describes(template: str, tmp_path: Path) -> None:
    done = calls(template, tmp_path)
    beside = preview(ROOT / template, tmp_path)["vars"]["beside"]
    made = [(call[2], options(call)) for call in done if call[0] == "aliyun"]
    for operation, given in made:
        assert given.keys() <= PARAMETERS[operation], operation
    queues = [queue for name, queue in beside.items() if name.lower().endswith("queue")]
    assert [given for operation, given in made if operation == "CreateQueue"] == [
        {"region": "cn-shanghai", **{name: str(value) for name, value in queue.items()}} for queue in queues
    ]
    by_operation = {operation: given for operation, given in made if operation != "CreateQueue"}
    assert json.loads(by_operation["CreateRole"]["AssumeRolePolicyDocument"]) == beside["trust"]
    assert json.loads(by_operation["CreatePolicy"]["PolicyDocument"]) == beside["policy"]
    assert json.loads(by_operation["CreateLogStore"]["body"]) == beside["logstore"]
    assert ("CreateEventRule" in by_operation) == (template == "s.yaml")
    for name in ("EventTypes", "MatchRules", "Endpoint") if template == "s.yaml" else ():
        assert json.loads(by_operation["CreateEventRule"][name]) == beside["notification"][name]


@pytest.mark.parametrize("template", ["s.yaml", "s.direct.yaml"])
def test_layers_have_the_referenced_names(template: str, tmp_path: Path) -> None:
    published = [call for call in calls(template, tmp_path) if call[:3] == ["s", "layer", "publish"]]
    deployment = Deployment.of_serverless_devs(preview(ROOT / template, tmp_path))
    asked_for = [re.search(r":layers/([\w-]+)/versions/1$", arn)[1] for arn in deployment.function["layers"]]
    given = [options(call) for call in published]
    assert [one["layer-name"] for one in given] == asked_for
    assert [Path(one["code"]) for one in given] == [tmp_path / ".fc/dependencies", tmp_path / ".fc/library"]
    assert {one["compatible-runtime"] for one in given} == {deployment.function["runtime"]}


def test_page_pins_the_tested_tools() -> None:
    pinned = json.loads((NODE_MODULES.parent / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert dict(re.findall(r"npm install --global (\S+)@([\d.]+)", PAGE)) == pinned
