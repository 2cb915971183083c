"""The commands find the deployment that their options name, and end with a summary whatever happens."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from imagesearch_ops.cli import app
from imagesearch_ops.errors import InputError
from tests.local_cloud.image_search.api import Api, picture

COMMANDS = {
    "stats": ["index", "stats"],
    "get": ["index", "get", "--product-id", "1", "--pic-name", "a.jpg"],
    "dump": ["index", "dump", "entries.jsonl"],
    "search": ["search", "query.jpg"],
}


@pytest.fixture
def folder(api: Api, environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a picture and with the settings of a deployment, whose keys only are in the shell."""
    api.add(picture(), "1", "a.jpg")
    api.service.change_tasks(seconds=0)
    settings = {name: value for name, value in environ.items() if name.startswith("INGEST_")}
    (tmp_path / "shop.env").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    (tmp_path / "query.jpg").write_bytes(picture())
    monkeypatch.chdir(tmp_path)
    for name, value in environ.items():
        if name not in settings:
            monkeypatch.setenv(name, value)
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("command", COMMANDS)
def test_the_deployment_is_that_of_the_file(command: str) -> None:
    done = CliRunner().invoke(app, [*COMMANDS[command], "--env-file", "shop.env", "--json"])
    assert done.exit_code == 0, done.output
    assert done.stderr.startswith("shop.env: s3://pictures -> demo (ap-southeast-1)")
    assert json.loads(done.stdout.splitlines()[-1])["summary"]["error"] is None


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("option", ["--stack", "--function"])
def test_two_deployments_are_an_error_with_a_summary(command: str, option: str) -> None:
    done = CliRunner().invoke(app, [*COMMANDS[command], "--env-file", "shop.env", option, "eu-central-1/x", "--json"])
    assert isinstance(done.exception, InputError)
    summary = json.loads(done.stdout.splitlines()[-1])["summary"]
    assert (summary["exit"], summary["error"]["reason"]) == (2, "usage")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("command", COMMANDS)
def test_a_failure_ends_with_one_line_on_standard_output(command: str) -> None:
    done = CliRunner().invoke(app, COMMANDS[command])
    assert isinstance(done.exception, InputError)
    assert "no Image Search instance is known" in str(done.exception)
    assert len(done.stdout.splitlines()) == 1
