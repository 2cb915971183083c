"""Build the container image for real, with buildah, on a base made of Debian's packages.

No registry of images is needed: a small Debian with the machine's own python3.12 in /usr/local stands in for the base
that the Dockerfile names. It has the same release of Debian, and its layout.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.deployment.conftest import ROOT, cannot

BASE = "localhost/python-stand-in"
TAG = "localhost/imagesearch-ingest:test"
PACKAGES = (
    "base-files,base-passwd,ca-certificates,coreutils,dash,findutils,grep,libbz2-1.0,libc-bin,libexpat1,libffi8,liblzma5,"
    "libncursesw6,libreadline8,libsqlite3-0,libssl3,libstdc++6,libuuid1,login,passwd,sed,zlib1g"
)
AUTHORITIES = "etc/ssl/certs/ca-certificates.crt"
SECONDS = 300


@dataclass(frozen=True)
class Builder:
    """buildah, with its images and containers in a folder of its own. Its processes are root's, as its files are."""

    folder: Path

    def run(self, *words: object, seconds: float = SECONDS) -> str:
        return run(self.command(*words), seconds)

    def command(self, *words: object) -> list[str]:
        store, runs = self.folder / "store", self.folder / "run"
        return [
            *as_root(),
            "buildah",
            "--root",
            str(store),
            "--runroot",
            str(runs),
            "--storage-driver",
            "vfs",
            *map(str, words),
        ]

    def build(self, dockerfile: Path, context: Path) -> None:
        """Build the image of ``dockerfile``. pip finds packages as it does on this machine."""
        conf = self.folder / "pip.conf"
        conf.write_text(f"[global]\ncert = /{AUTHORITIES}\n{_read_indexes()}", encoding="utf-8")
        options = ("--isolation", "chroot", "--pull=never", "--quiet", "--build-arg", f"BASE={BASE}")
        self.run("build", *options, "--volume", f"{conf}:/etc/pip.conf:ro", "--file", dockerfile, "--tag", TAG, context)

    def inspect(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.run("inspect", "--type", "image", TAG))["OCIv1"]["config"]
        return found

    def make_base(self, python: str) -> None:
        root = self.folder / "base"
        make_root(root, python)
        container = self.run("from", "scratch").strip()
        self.run("copy", "--quiet", container, root, "/")
        self.run("commit", "--quiet", container, BASE)
        self.run("rm", container)


def as_root() -> list[str]:
    return [] if os.geteuid() == 0 else ["sudo", "--non-interactive", "--preserve-env=TMPDIR"]


def send_signal(group: int, name: str) -> None:
    """Send a signal to a group of processes that may be root's."""
    run([*as_root(), "sh", "-c", f"kill -{name} -{group}"], 10)


def run(command: Sequence[str], seconds: float = SECONDS) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)  # noqa: S603 - our own commands
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout


def require_tools() -> None:
    """Skip the tests, or fail them in CI, if the tools are missing or nobody may be root."""
    missing = [tool for tool in ("buildah", "mmdebstrap") if not shutil.which(tool)]
    if missing:
        cannot(f"not installed: {', '.join(missing)}. 'make container-tools' installs them on Debian")
    if subprocess.run([*as_root(), "unshare", "--mount", "true"], check=False, capture_output=True).returncode:  # noqa: S603 - fixed
        cannot(
            "only who may mount builds the image: root, or who may use sudo without a password, outside of a container"
        )


def _read_indexes() -> str:
    """Return the machine's own lines about package indexes. Those that are folders are not there in the image."""
    listed = run([sys.executable, "-m", "pip", "config", "list"]).splitlines()
    lines = [line.rpartition(".")[0] and line.partition(".")[2].split("=", 1) for line in listed]
    wanted = {"index-url", "extra-index-url", "trusted-host"}
    return "".join(
        f"{name} = {value.strip(chr(39))}\n" for name, value in lines if name in wanted and "file:" not in value
    )


def make_root(root: Path, python: str) -> None:
    """Make a file system of Debian's packages, without their scripts, and with Python in /usr/local."""
    extract = ["mmdebstrap", "--quiet", "--variant=extract", f"--include={PACKAGES}"]
    options = ['--aptopt=Acquire::Languages "none"', '--aptopt=Acquire::Retries "3"']
    run([*as_root(), *extract, *options, "bookworm", str(root)])
    code = "import sys; print(sys.base_prefix)"
    run(
        [*as_root(), "/bin/sh", "-eu", "-c", _FINISH, "finish", str(root), run([python, "-c", code]).strip(), str(ROOT)]
    )


# What the packages' scripts and the base image's build would do. $1 is the file system, $2 the prefix of Python.
_FINISH = """
ln -sf dash "$1/bin/sh"
cp "$1/usr/share/base-passwd/passwd.master" "$1/etc/passwd"
cp "$1/usr/share/base-passwd/group.master" "$1/etc/group"
cp /etc/ssl/certs/ca-certificates.crt "$1/etc/ssl/certs/"
mkdir -p "$1/usr/local/bin" "$1/usr/local/lib/python3.12"
cp "$2/bin/python3.12" "$1/usr/local/bin/"
ln -sf python3.12 "$1/usr/local/bin/python"
cp -a "$2"/lib/libpython3.12*.so* "$1/usr/local/lib/" 2>/dev/null || true
tar -C "$2/lib/python3.12" --exclude=test --exclude=idlelib --exclude=tkinter --exclude=__pycache__ \
    --exclude='config-3.12*' -cf - . | tar -C "$1/usr/local/lib/python3.12" -xf -
printf '#!/bin/sh\\nexec python3.12 -m pip "$@"\\n' >"$1/usr/local/bin/pip"
chmod 755 "$1/usr/local/bin/pip"
chroot "$1" /sbin/ldconfig
chroot "$1" python -c 'import ssl, sqlite3, ctypes, pip'
"""
