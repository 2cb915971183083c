"""What a release says about itself is the same everywhere, and within the limits of whoever reads it."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.deployment.conftest import ROOT, cannot
from tests.deployment.releases import TOOLS

VERSION = "0.2.0"
NEXT = "0.2.1"  # to which the pages upgrade
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


class Plain(yaml.SafeLoader):
    """Reads CloudFormation's tags such as !Ref as their values."""


Plain.add_multi_constructor("!", lambda loader, _, node: getattr(loader, f"construct_{node.id}")(node))


@pytest.fixture(scope="module")
def template() -> dict:
    return yaml.load((ROOT / "template.yaml").read_text(encoding="utf-8"), Loader=Plain)  # noqa: S506 - a safe loader


@pytest.fixture
def application(template: dict) -> dict:
    return template["Metadata"]["AWS::ServerlessRepo::Application"]


def test_one_version_stands_everywhere(template: dict, application: dict) -> None:
    source = (ROOT / "layers/ingest/python/imagesearch_ingest/__init__.py").read_text(encoding="utf-8")
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f'__version__ = "{VERSION}"\n' in source
    assert template["Outputs"]["Release"]["Value"] == VERSION
    assert application["SemanticVersion"] == VERSION
    assert application["SourceCodeUrl"].endswith(f"/tree/v{VERSION}")
    assert re.search(rf"^## {VERSION} \(\d{{4}}-\d\d-\d\d\)$", changelog, re.MULTILINE)
    security = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    assert f"| the latest minor release, now {VERSION.rpartition('.')[0]} | yes |" in security


@pytest.mark.parametrize("page", ["README.md", "docs/deploy-alibaba.md", "docs/releases.md"])
def test_the_commands_of_a_page_name_the_version(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    found = re.findall(r"(?:imagesearch-ingest[-/]|ParameterValue )(\d+\.\d+\.\d+)\b", text)
    assert len(found) >= 3
    assert found[:2] == [VERSION] * 2
    assert set(found) <= {VERSION, NEXT}


def test_the_application_is_within_the_repositorys_limits(application: dict) -> None:
    """AWS SAM developer guide, "AWS SAM template Metadata section properties"."""
    assert re.fullmatch(r"[a-zA-Z0-9\-]{1,140}", application["Name"])
    assert 1 <= len(application["Description"]) <= 256
    assert re.fullmatch(r"[a-z0-9](([a-z0-9]|-(?!-)){0,125}[a-z0-9])?", application["Author"])
    assert 1 <= len(application["Labels"]) <= 10
    assert [label for label in application["Labels"] if not re.fullmatch(r"[a-zA-Z0-9+\-_:/@]{1,127}", label)] == []
    for name in ("LicenseUrl", "ReadmeUrl"):
        assert 0 < (ROOT / application[name]).stat().st_size < 5_000_000
    assert "Apache License" in (ROOT / application["LicenseUrl"]).read_text(encoding="utf-8")
    assert application["SpdxLicenseId"] == "Apache-2.0"


def tool(name: str) -> Path:
    if not (TOOLS / name).exists():
        cannot(f"{name} is not installed: 'make test-deployment' installs it")
    return TOOLS / name


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - fixed commands


def audit(*paths: Path) -> subprocess.CompletedProcess[str]:
    return run(tool("zizmor"), "--offline", "--pedantic", "--no-progress", "--quiet", *paths)


def test_the_workflows_follow_githubs_schema() -> None:
    done = run(tool("check-jsonschema"), "--builtin-schema", "vendor.github-workflows", *WORKFLOWS)
    assert done.returncode == 0, done.stdout


BROKEN = {
    "unpinned-uses": lambda text: re.sub("@[0-9a-f]{40} # ", "@", text),
    "excessive-permissions": lambda text: text.replace("permissions: {}\n", ""),
    "template-injection": lambda text: text.replace("make release", "make release ${{ github.ref_name }}"),
}


def test_the_workflows_are_safe(tmp_path: Path) -> None:
    """zizmor finds nothing in them, but in copies that are broken."""
    done = audit(*WORKFLOWS)
    assert done.returncode == 0, done.stdout
    text = (ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8")
    for rule, break_it in BROKEN.items():
        (tmp_path / f"{rule}.yml").write_text(break_it(text), encoding="utf-8")
        assert rule in audit(tmp_path / f"{rule}.yml").stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_and_named(path: Path) -> None:
    uses = re.findall("uses: (.*)", path.read_text(encoding="utf-8"))
    assert uses
    assert [one for one in uses if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one)] == []


def test_only_a_tag_publishes_and_only_after_the_suite() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8"))
    assert workflow[True] == {"push": {"tags": ["v*"]}}  # YAML reads the key "on" as true
    jobs = workflow["jobs"]
    build = [step["run"] for step in jobs["build"]["steps"] if "run" in step]
    assert build == ["sudo make container-tools", "bash .ci/run", 'make release TAG="$GITHUB_REF_NAME"']
    assert {name: job.get("needs") for name, job in jobs.items()} == {
        "build": None,
        "github": "build",
        "index": "github",
    }
    assert {name: job["permissions"] for name, job in jobs.items()} == {
        "build": {"contents": "read"},
        "github": {"contents": "write", "id-token": "write", "attestations": "write"},
        "index": {"contents": "read", "id-token": "write"},
    }
