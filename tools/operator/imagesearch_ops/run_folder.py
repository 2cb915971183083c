"""Keep what a command does in a folder of its own: a line before each change, and a summary at the end."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from imagesearch_ops.errors import InputError

_APPLICATION = "imagesearch-ingest"
JOURNAL = "journal.jsonl"
_ABOUT, _LOCK = "run.json", "lock"


def new_run() -> str:
    """Return the name of a run, such as ``20261129T0655-7f3a``."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M}-{secrets.token_hex(2)}"


def default_folder(run: str, environ: Mapping[str, str]) -> Path:
    """Return the folder of a run below ``XDG_STATE_HOME``."""
    state = environ.get("XDG_STATE_HOME")
    base = Path(state) if state else Path(environ.get("HOME") or "~").expanduser() / ".local" / "state"
    return base / _APPLICATION / run


@dataclass(slots=True)
class RunFolder:
    """An open folder of one run."""

    path: Path
    about: dict[str, Any]
    _files: dict[str, IO[bytes]] = field(default_factory=dict)
    _discarded: tuple[str, ...] = ()

    def journal(self, *lines: Mapping[str, Any]) -> None:
        """Write lines before what they announce is done."""
        self.append(JOURNAL, *lines)

    def append(self, name: str, *lines: Mapping[str, Any], sync: bool = False) -> None:
        """Append lines to a file of the folder. With ``sync`` they also outlast a crash of the machine."""
        file = self._files.get(name)
        if file is None:
            file = self._files[name] = _open_for_lines(self.path / name)
        with naming(self.path / name):
            file.write(b"".join(json.dumps(line, ensure_ascii=True).encode() + b"\n" for line in lines))
            file.flush()
            if sync:
                os.fsync(file.fileno())

    def read(self, name: str) -> Iterator[dict[str, Any]]:
        """Yield the lines of a file of the folder. A line that a crash has cut short is left out."""
        path = self.path / name
        if not path.exists():
            return
        with path.open("rb") as file:
            yield from (line for data in file if (line := _read_line(data)) is not None)

    def save(self, **fields: Any) -> None:  # noqa: ANN401 - any JSON
        """Write ``run.json`` with these fields, as a whole or not at all. ``open_run`` does so once more at the end."""
        self.about |= fields
        write_whole(self.path / _ABOUT, json.dumps(self.about, ensure_ascii=True, indent=2).encode() + b"\n")

    def discard(self, *names: str) -> None:
        """Forget the run once it ends: nothing was done in it, so there is nothing to go on with.

        ``names`` are files of the folder that were written in other ways than by ``append``.
        """
        self._discarded = (_ABOUT, _LOCK, *names, *self._files)

    def close(self) -> None:
        for name, file in self._files.items():
            with naming(self.path / name):
                file.close()

    def end(self) -> None:
        """Write ``run.json`` for the last time, or remove what a discarded run has written."""
        if not self._discarded:
            self.save()
            self.close()
            return
        self.close()
        for name in self._discarded:
            (self.path / name).unlink(missing_ok=True)
        with suppress(OSError):  # it holds other files
            self.path.rmdir()


@contextmanager
def open_run(path: Path, about: Mapping[str, Any]) -> Iterator[RunFolder]:
    """Create the folder if it is missing, and lock it. Raise ``InputError`` if that is not possible."""
    with _locked(path), _opened(RunFolder(path, dict(about))) as folder:
        yield folder


@contextmanager
def open_new_run(path: Path, about: Mapping[str, Any]) -> Iterator[RunFolder]:
    """Do as ``open_run``. Raise ``InputError`` if the folder already holds a run: its files would be mixed up."""
    with _locked(path):
        if (path / _ABOUT).exists():
            raise InputError(f"{path} already holds a run. Go on with it by --resume, or use another --state.")
        with _opened(RunFolder(path, dict(about))) as folder:
            yield folder


@contextmanager
def resume_run(path: Path, about: Mapping[str, Any]) -> Iterator[RunFolder]:
    """Open the folder of an earlier run, whose ``run.json`` must have the same values as ``about``.

    Raise ``InputError`` that names every value that differs.
    """
    with _locked(path), _opened(RunFolder(path, read_run(path, about))) as folder:
        yield folder


def read_run(path: Path, about: Mapping[str, Any]) -> dict[str, Any]:
    """Return what ``run.json`` holds. Raise ``InputError`` as ``resume_run`` does. Nothing is written."""
    known = _read_about(path)
    if differing := [name for name, value in about.items() if known.get(name) != value]:
        facts = "; ".join(f"{n} was {json.dumps(known.get(n))}, not {json.dumps(about[n])}" for n in differing)
        raise InputError(f"the run in {path} cannot go on: {facts}. Repeat it as it was, or start a new one.")
    return known


def find_run(name: str, state: Path | None, environ: Mapping[str, str]) -> Path:
    """Return the folder of an earlier run: a folder, or a run's name in the state folder. Raise ``InputError``."""
    places = [Path(name), default_folder(name, environ)]
    if state:
        places += [state / name, *([state] if _is_run(state, name) else [])]
    for place in places:
        if (place / _ABOUT).is_file():
            return place
    looked = ", ".join(dict.fromkeys(map(str, places)))
    raise InputError(f"there is no run {name}: no {_ABOUT} in {looked}")


def _is_run(path: Path, name: str) -> bool:
    try:
        return bool(_read_about(path).get("run") == name)
    except InputError:
        return False


def _read_about(path: Path) -> dict[str, Any]:
    try:
        about = json.loads((path / _ABOUT).read_bytes())
    except OSError as error:
        raise InputError(f"{path / _ABOUT}: {error.strerror}. Name the folder of a run.") from None
    except (ValueError, RecursionError):
        about = None
    if not isinstance(about, dict):
        raise InputError(f"{path / _ABOUT} is not a run's: no JSON object. Start a new run.")
    return about


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    try:
        path.mkdir(parents=True, exist_ok=True)
        lock = (path / _LOCK).open("ab")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}. Name another folder with --state.") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InputError(f"{path} is in use by another command. Wait for it, or use another --state.") from None
        yield


@contextmanager
def _opened(folder: RunFolder) -> Iterator[RunFolder]:
    folder.save(complete=False)
    try:
        yield folder
    finally:
        folder.end()


def check_replaceable(path: Path) -> None:
    """Raise ``InputError`` unless a regular file can stand at ``path``. A device must never be replaced by a file."""
    target = path.resolve()
    if not target.parent.is_dir():
        raise InputError(f"{path}: the folder {target.parent} does not exist")
    if target.exists() and not target.is_file():
        raise InputError(f"{path} is not a regular file. Name another file.")


def write_whole(path: Path, data: bytes) -> None:
    """Write a file as a whole or not at all."""
    with replacing(path) as file, naming(path):
        file.write(data)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Name the file in an error that names none, such as that of a full disk."""
    try:
        yield
    except OSError as error:
        if error.filename is not None or error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from None


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Yield a temporary file that replaces ``path`` if the block succeeds, and is removed if it fails.

    A link stays, and the file that it names is replaced.
    """
    target = path.resolve()
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        file = temporary.open("xb")
        try:
            yield file
            with naming(path):
                file.flush()
                os.fsync(file.fileno())
        finally:
            with naming(path):  # closing writes what a full disk has not taken before
                file.close()
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _read_line(data: bytes) -> dict[str, Any] | None:
    try:
        line = json.loads(data)
    except ValueError:
        return None
    return line if isinstance(line, dict) and data.endswith(b"\n") else None


def _open_for_lines(path: Path) -> IO[bytes]:
    """Open a file to append lines. A last line that was cut short is ended first, so that it spoils no other."""
    file = path.open("ab+")
    if file.seek(0, os.SEEK_END):
        file.seek(-1, os.SEEK_END)
        if file.read(1) != b"\n":
            file.write(b"\n")
    return file
