"""Serverless Devs and Funcraft, as `make test-deployment` installs them. A missing one is a failure, never a skip."""

import json
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

NODE_MODULES = Path(__file__).parent / "node" / "node_modules"
# Nothing of an account, nothing that says CI (Funcraft reports that to its makers), no look for newer versions. With
# NODE_ENV=test, Serverless Devs leaves no process behind that reports what was run.
QUIET = {"NODE_ENV": "test", "FUN_DISABLE_VERSION_CHECK": "1"}
_COLOURS = re.compile(r"\x1b\[\d+m")


class RefusedError(Exception):
    """A tool does not take a template. The text is what it said."""


def preview(template: Path, home: Path) -> dict[str, Any]:
    """What `s` renders ``template`` to. It needs no network and no account; the component is not asked."""
    done = _run("s", ["preview", "-t", str(template), "-o", "json", "--silent"], home)
    if done.returncode:
        raise RefusedError(done.stdout + done.stderr)
    rendered = json.loads(done.stdout)
    if not isinstance(rendered, dict):
        raise RefusedError(f"rendered to {rendered!r}")
    return rendered


def validate(template: Path, home: Path) -> None:
    """`fun validate`, which ends with 0 for a file that is not there and takes nothing but .yml and .yaml."""
    if not template.is_file():
        raise RefusedError(f"there is no {template}")
    done = _run("fun", ["validate", "-t", str(template)], home)
    said = _COLOURS.sub("", done.stdout + done.stderr)
    if done.returncode or said.strip():
        raise RefusedError(said)


def _run(tool: str, arguments: list[str], home: Path) -> subprocess.CompletedProcess[str]:
    program = NODE_MODULES / ".bin" / tool
    if not program.exists():
        pytest.fail(f"{tool} is not installed: 'make test-deployment' installs it")
    environ: Mapping[str, str] = {"PATH": os.environ["PATH"], "HOME": str(home), **QUIET}
    try:
        return subprocess.run(  # noqa: S603 - our own command
            [program, *arguments], cwd=home, env=environ, capture_output=True, text=True, check=False, timeout=120
        )
    except FileNotFoundError as error:  # node itself, which the program's first line names
        pytest.fail(f"{tool} cannot be run: {error}")
