"""Which file of the package index each package came from, with its SHA-256."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from packaging.utils import canonicalize_name, parse_wheel_filename

from release.build import Build
from release.distributions import Distribution
from release.faults import ReleaseError


@dataclass(frozen=True)
class Target:
    """What uv installs: pinned files of requirements/, for a version of Python and a platform."""

    requirements: tuple[str, ...]
    python: str
    platform: str


@dataclass(frozen=True)
class Origin:
    """A file of the package index: a wheel, or the source that a wheel was built from."""

    file_name: str
    sha256: str


class Index:
    """The files that the index has of the pinned packages of one target."""

    def __init__(self, build: Build, target: Target) -> None:
        files = [f"requirements/{name}.txt" for name in target.requirements]
        lock = build.run(*_LOCK, "--python-version", target.python, "--python-platform", target.platform, *files)
        self._packages = {canonicalize_name(row["name"]): row for row in tomllib.loads(lock)["packages"]}
        self._pinned = {
            sha for name in files for sha in pinned_hashes((build.source / name).read_text(encoding="utf-8"))
        }

    def find(self, one: Distribution) -> Origin:
        """Return the wheel whose tags ``one`` has, or the source if there is none. Its hash must be a pinned one."""
        row = self._packages[canonicalize_name(one.name)]
        files = [file for file in row.get("wheels", []) if parse_wheel_filename(_file_name(file))[3] == one.tags]
        origins = [Origin(_file_name(file), file["hashes"]["sha256"]) for file in files or [row["sdist"]]]
        pinned = [origin for origin in origins if origin.sha256 in self._pinned]
        if len(pinned) != 1:
            raise ReleaseError(
                f"{one.name} {one.version} comes from none of the files whose hashes requirements/ pins. "
                "Run 'make clean', then 'make release' again."
            )
        return pinned[0]


_LOCK = (
    *(".venv/bin/uv", "pip", "compile", "--quiet", "--system-certs", "--no-deps", "--no-header"),
    *("--format", "pylock.toml"),
)


def pinned_hashes(requirements: str) -> Iterable[str]:
    return re.findall(r"--hash=sha256:([0-9a-f]{64})", requirements)


def _file_name(file: dict[str, Any]) -> str:
    return file.get("name") or unquote(Path(urlsplit(file["url"]).path).name)
