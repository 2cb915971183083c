"""Fixtures for the tools that the deployment tests run. Without a tool, a test is skipped, or fails in CI."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).parents[2]
SAM = ROOT / ".venv-sam" / "bin"
RUNTIME = "3.13"


def cannot(reason: str) -> NoReturn:
    """Skip the test because something is missing, or fail it in CI, which decides on releases."""
    if os.environ.get("CI", "").lower() in {"1", "true"}:
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def python() -> str:
    """Return the interpreter of the runtime's minor version, as the build finds it."""
    found = subprocess.run(  # noqa: S603 - a fixed command
        ["/bin/sh", ROOT / "layers/find_python.sh", RUNTIME], capture_output=True, text=True, check=False
    )
    if found.returncode:
        cannot(found.stderr.strip())
    return found.stdout.strip()


@pytest.fixture(scope="session")
def sam_environ(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return an environment for aws-sam-cli without telemetry, account or own region, in a temporary folder."""
    if not (SAM / "sam").exists():
        cannot("aws-sam-cli is not installed: 'make test-deployment' installs it")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MAKE", "MFLAGS"))}
    return kept | {
        "AWS_DEFAULT_REGION": "us-east-1",
        "SAM_CLI_TELEMETRY": "0",
        "__SAM_CLI_APP_DIR": str(tmp_path_factory.mktemp("sam")),
    }


class SamProcess:
    """A process in aws-sam-cli's environment that renders and lints templates."""

    def __init__(self, environ: dict[str, str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - a fixed command
            [SAM / "python", Path(__file__).with_name("sam_process.py")],
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, template: str) -> dict:
        """Return the rendered ``template``, or ``None`` if SAM refuses it, and the linter's ``findings``."""
        self._process.stdin.write(json.dumps(template) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


@pytest.fixture(scope="session")
def sam_process(sam_environ: dict[str, str]) -> Iterator[SamProcess]:
    process = SamProcess(sam_environ)
    yield process
    process.close()
