"""Run the scanners that companies run on templates: checkov on what is written, cfn-guard on what is deployed.

cfn-guard knows no functions of CloudFormation, so it gets each resource with its functions resolved. Its rules are
those of AWS Control Tower. Program and rules come in one npm package of the AWS CDK's makers.
"""

import json
import platform
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.deployment.conftest import ROOT, cannot
from tests.deployment.node_tools import NODE_MODULES

CHECKOV = ROOT / ".venv-checkov" / "bin" / "checkov"
_GUARD = NODE_MODULES / "@cdklabs" / "cdk-validator-cfnguard"
_SYSTEMS = {"Darwin": "macos", "Linux": "ubuntu"}
_PROCESSORS = {"arm64": "aarch64", "amd64": "x86_64"}

Findings = dict[str, set[tuple[str, str]]]  # by name of the template: the rule and the resource


def run_checkov(templates: Mapping[str, str], folder: Path) -> dict[str, dict[str, Any]]:
    """Return checkov's report of each template by its name."""
    if not CHECKOV.exists():
        cannot("checkov is not installed: 'make test-deployment' installs it")
    for name, text in templates.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    command = [CHECKOV, "--directory", folder, "--framework", "cloudformation", "--output", "json", "--skip-download"]
    done = subprocess.run(  # noqa: S603 - a fixed command
        [*command, "--soft-fail"],
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "LOG_LEVEL": "ERROR"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report: dict[str, Any] = json.loads(done.stdout)["results"]
    assert not report.pop("parsing_errors")
    return {name: {kind: _of_file(found, name) for kind, found in report.items()} for name in templates}


def failed_checks(report: dict[str, Any]) -> set[tuple[str, str]]:
    """Return the check and the resource of each finding that has no stated reason."""
    return {(one["check_id"], one["resource"].rpartition(".")[2]) for one in report["failed_checks"]}


def _of_file(found: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [one for one in found if Path(one["file_path"]).stem == name]


def run_guard(templates: Mapping[str, dict[str, Any]], folder: Path) -> Findings:
    """Return what cfn-guard refuses in the resolved resources of each template."""
    system, machine = _SYSTEMS.get(platform.system(), ""), platform.machine().lower()
    program = _GUARD / "bin" / system / _PROCESSORS.get(machine, machine) / "cfn-guard"
    if not program.is_file():
        cannot(f"cfn-guard is not installed, or not made for {platform.system()} on {machine}")
    for name, resources in templates.items():
        text = json.dumps({"Resources": resources}).replace("<Bucket.Arn>", "arn:aws:s3:::bucket")
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
    rules = _GUARD / "rules" / "control-tower" / "cfn-guard"
    done = subprocess.run(  # noqa: S603 - a fixed command
        [program, "validate", "--data", folder, "--rules", rules, "--structured", "-o", "json", "-S", "none"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 19), done.stderr  # 19: a rule refuses something (its documentation, "validate")
    reports = json.loads(done.stdout)
    assert all(report["compliant"] for report in reports), "no rule was applied"
    return {Path(report["name"]).stem: _find_refusals(report) for report in reports}


def _find_refusals(report: dict[str, Any]) -> set[tuple[str, str]]:
    return {
        (rule["Rule"]["name"].removesuffix("_check"), resource)
        for rule in report["not_compliant"]
        for resource in re.findall(r'"path": "/Resources/(\w+)/', json.dumps(rule))
    }
