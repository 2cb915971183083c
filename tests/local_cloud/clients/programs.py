"""Run clients in their own environments. ``make test-all`` installs them."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CLIENTS = ROOT / ".venv-clients"


def run_client(
    installed: Path, program: Path | str, *arguments: Path | str, environ: Mapping[str, str] | None = None
) -> str:
    """Run a program and return its standard output. Without the stamp, skip the test, or fail it in CI."""
    if not installed.exists():
        problem = f"{installed.parent} is not installed: 'make test-all' installs it"
        if os.environ.get("CI", "").lower() in {"1", "true"}:
            pytest.fail(problem)
        pytest.skip(problem)
    done = subprocess.run(  # noqa: S603 - our own scripts
        [program, *arguments],
        env={"PATH": os.environ["PATH"], "HOME": os.devnull, **(environ or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
