"""A command whose packages are not installed says how to install them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from imagesearch_ops import extras
from imagesearch_ops.errors import InputError
from imagesearch_ops.extras import Extra, needing
from tests.e2e.conftest import clean_environ

EVENTS = Path(__file__).parents[2] / "events"
SMQ = "http://1234.mns.cn-shanghai.aliyuncs.com/queues/letters"


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Install the program from a wheel, in an environment that has pip."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(sys, "executable", "/env/bin/python")
    monkeypatch.setattr(extras, "_find_source", lambda: "file:///tmp/a.whl")
    monkeypatch.setattr(extras.importlib.util, "find_spec", lambda _: object())
    return tmp_path


def run_without(module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process that cannot import a module."""
    program = f"import sys; sys.modules[{module!r}] = None; from imagesearch_ops.cli import main; main()"
    command = [sys.executable, "-c", program, *arguments]
    environ = clean_environ() | {"FC_REGION": "cn-shanghai"}
    return subprocess.run(command, capture_output=True, text=True, env=environ, check=False)  # noqa: S603


@pytest.mark.parametrize(
    ("module", "arguments", "named"),
    [
        ("moto", ["demo"], "the local cloud. Install it: "),
        ("flask", ["emulator"], "the local cloud. Install it: "),
        ("trustme", ["demo", "--cloud", "alibaba"], "the local cloud. Install it: "),
        ("werkzeug", ["invoke", str(EVENTS / "aws-sqs-batch.json")], "the local cloud. Install it: "),
        ("mns", ["dlq", "list", "--queue-url", SMQ], "the SDKs of OSS and SMQ. Install it: "),
        ("mns", ["invoke", "--live", str(EVENTS / "alibaba-oss-put-object.json")], "the SDKs of OSS and SMQ. Install"),
        ("alibabacloud_oss_v2", ["plan", "oss://pictures"], "the SDKs of OSS and SMQ. Install"),
        ("mns", ["doctor", "--json"], "the SDKs of OSS and SMQ. Install"),
    ],
)
def test_a_missing_package_ends_in_one_line(module: str, arguments: list[str], named: str) -> None:
    done = run_without(module, *arguments)
    assert done.returncode == 2
    assert done.stdout == "" or json.loads(done.stdout)["summary"]["exit"] == 2
    assert done.stderr.splitlines()[-1].startswith(f"imagesearch-ingest: this needs {named}")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("file", "has_pip", "command"),
    [
        ("pipx_metadata.json", True, "pipx install --force"),
        ("uv-receipt.toml", False, "uv tool install"),
        ("pyvenv.cfg", True, "/env/bin/python -m pip install"),
    ],
)
def test_the_command_is_that_of_the_installer(
    monkeypatch: pytest.MonkeyPatch, source: Path, file: str, command: str, *, has_pip: bool
) -> None:
    (source / file).touch()
    monkeypatch.setattr(extras.importlib.util, "find_spec", lambda _: object() if has_pip else None)
    with pytest.raises(InputError) as error, needing(Extra.LOCAL):
        raise ModuleNotFoundError(name="flask.views")
    assert str(error.value).endswith(f": {command} 'imagesearch-ingest[local] @ file:///tmp/a.whl'")


@pytest.mark.usefixtures("source")
def test_a_package_of_an_index_needs_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "_find_source", lambda: None)
    with pytest.raises(InputError, match=r"pip install 'imagesearch-ingest\[local\]'$"), needing(Extra.LOCAL):
        raise ModuleNotFoundError(name="flask")


@pytest.mark.parametrize("name", ["imagesearch_ops.nothing", "local_cloud", None])
def test_a_bug_stays_a_bug(name: str | None) -> None:
    with pytest.raises(ModuleNotFoundError), needing(Extra.LOCAL):
        raise ModuleNotFoundError(name=name)


def test_the_source_is_read_from_the_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    class Installed:
        def read_text(self, name: str) -> str | None:
            return json.dumps({"url": "file:///b.whl"}) if name == "direct_url.json" else None

    monkeypatch.setattr(extras, "distribution", lambda _: Installed())
    with pytest.raises(InputError, match=r"@ file:///b\.whl'$"), needing(Extra.LOCAL):
        raise ModuleNotFoundError(name="flask")


ON_AWS = ("buckets.opening", "dlq.commands", "doctor.running", "explain.explaining", "index.commands", "plan.planning")


@pytest.mark.parametrize("name", ON_AWS)
def test_a_command_on_aws_needs_no_sdk_of_alibaba_cloud(name: str) -> None:
    program = f"import sys; sys.modules |= {{'mns': None, 'alibabacloud_oss_v2': None}}; import imagesearch_ops.{name}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)  # noqa: S603
    assert done.stderr == ""
