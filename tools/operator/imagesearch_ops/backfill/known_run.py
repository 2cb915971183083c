"""Find a backfill again: its folder on this machine or, without one, its name alone."""

import fcntl
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from imagesearch_ops.backfill.engine_name import EngineName
from imagesearch_ops.deployment import Deployment
from imagesearch_ops.errors import InputError
from imagesearch_ops.run_folder import default_folder, find_run, read_run
from imagesearch_ops.terminal_text import printable

COMMAND = "backfill"
_NAME = re.compile(r"\d{8}T\d{4}-[0-9a-f]{4}", re.ASCII)
_ABOUT, _LOCK = "run.json", "lock"


@dataclass(frozen=True, slots=True)
class KnownRun:
    """A backfill. ``about`` is its ``run.json``; both are empty if this machine does not have the folder."""

    name: str
    folder: Path | None = None
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def engine(self) -> str | None:
        """Return which engine does the work, ``None`` if that is not known here."""
        engine = self.about.get("engine")
        return engine if isinstance(engine, str) else None

    @property
    def waits_in_queue(self) -> bool:
        """Return whether announcements of the run may wait in the queue, as far as this machine knows."""
        return self.engine in (None, EngineName.QUEUE)

    @property
    def is_running(self) -> bool:
        """Return whether a process on this machine works on the run now: it holds the folder's lock."""
        if self.folder is None or not (self.folder / _LOCK).is_file():
            return False
        with (self.folder / _LOCK).open("rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return True
        return False

    @property
    def state(self) -> str | None:
        """Return ``running``, ``stopped`` before its end, or ``complete``. ``None`` without the folder."""
        if self.folder is None:
            return None
        if self.is_running:
            return "running"
        return "complete" if self.about.get("complete") is True else "stopped"

    def count(self, name: str) -> int | None:
        """Return one of the run's counts, ``None`` if it is not known."""
        counts = self.about.get("counts")
        number = counts.get(name) if isinstance(counts, Mapping) else None
        return number if type(number) is int else None


def find_backfill(run: str, state: Path | None, environ: Mapping[str, str]) -> KnownRun:
    """Return the backfill of a name or a folder. Raise ``InputError`` if it is none, or cannot be one."""
    try:
        folder = find_run(run, state, environ)
    except InputError as error:
        if _NAME.fullmatch(run):
            return KnownRun(run)
        raise InputError(f"{error}. A run's name is such as 20261129T0655-7f3a.") from None
    return _read(folder)


def find_latest_backfill(state: Path | None, environ: Mapping[str, str]) -> KnownRun:
    """Return the backfill whose ``run.json`` is the newest. Raise ``InputError`` if there is none."""
    base = state or default_folder("any", environ).parent
    found = [run for folder in (base, *_folders(base)) if (run := _try(folder)) is not None]
    if not found:
        raise InputError(f"there is no backfill in {printable(str(base))}. Start one, or name its run.")
    return max(found, key=lambda run: _changed_at(run.folder))


def _folders(base: Path) -> Iterator[Path]:
    try:
        yield from base.iterdir()
    except OSError:
        return


def _changed_at(folder: Path | None) -> float:
    try:
        return (folder / _ABOUT).stat().st_mtime if folder else 0.0
    except OSError:
        return 0.0


def _try(folder: Path) -> KnownRun | None:
    try:
        return _read(folder)
    except InputError:
        return None


def _read(folder: Path) -> KnownRun:
    about, shown = read_run(folder, {}), printable(str(folder))
    if about.get("command") != COMMAND:
        raise InputError(f"{shown} holds a run of {printable(str(about.get('command')))}, and no backfill.")
    if not isinstance(about.get("run"), str):
        raise InputError(f"{shown}: {_ABOUT} has no name of a run")
    return KnownRun(about["run"], folder, about)


def check_deployment(known: KnownRun, deployment: Deployment) -> None:
    """Raise ``InputError`` if the run went to another instance or from another bucket than the deployment's."""
    settings = deployment.settings
    if settings is None or known.folder is None:
        return
    instance, url = known.about.get("instance"), str(known.about.get("url") or "")
    if instance and instance != settings.instance_name:
        raise InputError(
            f"the run {known.name} filled the instance {printable(str(instance))}, and {deployment.name} has "
            f"{settings.instance_name}. Name the deployment of the run."
        )
    bucket = url.partition("://")[2].partition("/")[0]
    if bucket and settings.bucket and bucket != settings.bucket:
        raise InputError(
            f"the run {known.name} is about the bucket {printable(bucket)}, and {deployment.name} has "
            f"{settings.bucket}. Name the deployment of the run."
        )
