"""Run the commands of a build in an environment that is the same on every machine."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from release.faults import ReleaseError

# Variables that change what the tools write, or where they take packages from other than the index of this machine.
UNWANTED = (
    "MAKE",
    "MFLAGS",
    "PYTHON",
    "VIRTUAL_ENV",
    "LC_",
    "LANG",
    "CLOUD",
    "HEIC",
    "ARTIFACTS_DIR",
    "RUNTIME",
    "ARCHITECTURE",
)


def environment(epoch: int) -> dict[str, str]:
    """Return this process's environment without the UNWANTED variables.

    SOURCE_DATE_EPOCH is the commit's time in seconds (reproducible-builds.org, specification of SOURCE_DATE_EPOCH).
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(UNWANTED)}
    return kept | {"SOURCE_DATE_EPOCH": str(epoch), "LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "0"}


def run(command: list[str | Path], folder: Path, env: Mapping[str, str] | None = None) -> str:
    """Run ``command`` in ``folder`` and return its output. Raise ReleaseError with its last lines if it fails."""
    try:
        done = subprocess.run(  # noqa: S603 - the commands are fixed in the code
            command, cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise ReleaseError(f"{command[0]} was not found. Install it, so that it is on PATH.") from None
    if done.returncode:
        said = " ".join((done.stderr or done.stdout).split("\n")[-6:]).strip()
        raise ReleaseError(f"'{' '.join(map(str, command[:4]))}' failed with {done.returncode}: {said}")
    return done.stdout
