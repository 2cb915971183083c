"""Builds of a release in clones of this repository, and what is in them."""

import hashlib
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from tests.deployment.conftest import ROOT

TOOLS = ROOT / ".venv-release/bin"
BUILD_SECONDS = 600  # about 40 of processor time; the machine may be busy


def current_commit() -> str:
    """Return a commit of this repository as it is now: its last one, or one with the changes to tracked files."""
    return _git(ROOT, "stash", "create").strip() or _git(ROOT, "rev-parse", "HEAD").strip()


def clone(folder: Path, commit: str) -> Path:
    """Return a clone of this repository in ``folder`` that has ``commit`` checked out."""
    _git(ROOT, "clone", "--quiet", "--shared", "--no-checkout", str(ROOT), str(folder))
    _git(folder, "checkout", "--quiet", "--detach", commit)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    (folder / ".git/info/exclude").write_text(".venv\n", encoding="utf-8")  # .gitignore names the folder, not a link
    return folder


def _git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=tests", "-c", "user.email=tests@example.com"]
    done = subprocess.run(  # noqa: S603 - fixed commands
        ["git", *identity, *arguments],  # noqa: S607 - git is on PATH, wherever it is
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


def build(folder: Path, env: Mapping[str, str], mask: int) -> "Release":
    """Build the release of the clone in ``folder`` with the clone's own code."""
    done = subprocess.run(
        [sys.executable, "-m", "release"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder / "tools")} | env,
        umask=mask,
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Release(folder / "dist", done.stdout)


class Release:
    """The files of a release."""

    def __init__(self, folder: Path, printed: str) -> None:
        self.folder, self.printed = folder, printed

    @cached_property
    def hashes(self) -> dict[str, str]:
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in self.folder.iterdir()}

    @cached_property
    def bill(self) -> dict:
        (path,) = self.folder.glob("*.cdx.json")
        return json.loads(path.read_bytes())

    @cached_property
    def notices(self) -> str:
        (path,) = self.folder.glob("*-third-party-notices.txt")
        return path.read_text(encoding="utf-8")

    def zips(self) -> dict[str, zipfile.ZipFile]:
        return {path.name: zipfile.ZipFile(path) for path in sorted(self.folder.glob("*.zip"))}

    def packages_in_bill(self, part: str) -> set[tuple[str, str]]:
        """Return the packages on which the bill lets ``part`` depend, by name and version."""
        rows = {row["bom-ref"]: row for row in self.bill["components"]}
        edges = {row["ref"]: row.get("dependsOn", []) for row in self.bill["dependencies"]}
        return {(plain(rows[name]["name"]), rows[name]["version"]) for name in edges[part]}


def plain(name: str) -> str:
    return re.sub("[-_.]+", "-", name).lower()


def packages_in_zip(archive: zipfile.ZipFile) -> set[tuple[str, str]]:
    """Return the packages whose dist-info folders are in a zip, by name and version."""
    folders = {found[1] for name in archive.namelist() if (found := re.match(r"python/([^/]+)\.dist-info/", name))}
    return {(plain(name), version) for name, _, version in (folder.partition("-") for folder in folders)}


def pinned(requirements: str) -> set[tuple[str, str]]:
    """Return what a file of requirements/ pins for Linux and Python 3.12 or later, by name and version."""
    text = (ROOT / requirements).read_text(encoding="utf-8")
    lines = re.findall(r"^([\w.-]+)==([^ ;\\]+)( ; [^\\\n]*)?", text, re.MULTILINE)
    others = ("win32", "< '3.12'", "< '3.13'")
    return {(plain(name), version) for name, version, marker in lines if not any(other in marker for other in others)}
