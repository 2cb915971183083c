"""Run Serverless Devs and Funcraft, which `make test-deployment` installs. Without them a test fails."""

import json
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

NODE_MODULES = Path(__file__).parent / "node" / "node_modules"
# No account, no sign of CI (Funcraft reports it to its vendor), no check for newer versions. With NODE_ENV=test,
# Serverless Devs starts no process that reports usage.
QUIET = {"NODE_ENV": "test", "FUN_DISABLE_VERSION_CHECK": "1"}
_COLOURS = re.compile(r"\x1b\[\d+m")


class RefusedError(Exception):
    """A tool refuses a template. The text is its output."""


def preview(template: Path, home: Path, **variables: str) -> dict[str, Any]:
    """Return ``template`` as `s` renders it with variables of the environment. It needs neither network nor account."""
    done = _run("s", ["preview", "-t", str(template), "-o", "json", "--silent"], home, variables)
    if done.returncode:
        raise RefusedError(done.stdout + done.stderr)
    rendered = json.loads(done.stdout)
    if not isinstance(rendered, dict):
        raise RefusedError(f"rendered to {rendered!r}")
    return rendered


def validate(template: Path, home: Path) -> None:
    """Run `fun validate`, which takes only .yml and .yaml, and exits with 0 for a missing file."""
    if not template.is_file():
        raise RefusedError(f"{template} does not exist")
    done = _run("fun", ["validate", "-t", str(template)], home)
    output = _COLOURS.sub("", done.stdout + done.stderr)
    if done.returncode or output.strip():
        raise RefusedError(output)


def _run(
    tool: str, arguments: list[str], home: Path, variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    program = NODE_MODULES / ".bin" / tool
    if not program.exists():
        pytest.fail(f"{tool} is not installed: 'make test-deployment' installs it")
    environ: Mapping[str, str] = {"PATH": os.environ["PATH"], "HOME": str(home), **QUIET, **(variables or {})}
    try:
        return subprocess.run(  # noqa: S603 - a fixed command
            [program, *arguments], cwd=home, env=environ, capture_output=True, text=True, check=False, timeout=120
        )
    except FileNotFoundError as error:  # node, which the first line of the program names
        pytest.fail(f"{tool} cannot be run: {error}")
