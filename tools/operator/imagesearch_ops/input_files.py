"""Find the files to prepare, always in the same order, and read them."""

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import NamedTuple

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.settings import Settings
from imagesearch_ops.errors import InputError

_MEGABYTE = 1_000_000
MAX_BYTES: int = Settings.model_fields["max_source_megabytes"].default * _MEGABYTE  # the function's default


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file to prepare. ``name`` is its path below the folder that the operator named."""

    path: Path
    name: PurePath


class FoundFiles(NamedTuple):
    """The files found, and one line for each place that could not be searched."""

    files: list[InputFile]
    faults: list[str]


def find_files(paths: Sequence[Path]) -> FoundFiles:
    """Return each named file and all files below each named folder, except dotfiles. Raise ``InputError``."""
    for path in paths:
        if not path.exists():
            raise InputError(f"{path}: no such file or folder")
    found = FoundFiles([], [])
    for path in paths:
        if path.is_dir():
            found.files.extend(sorted(_walk(path, found.faults), key=lambda file: file.name.as_posix()))
        else:
            found.files.append(InputFile(path, PurePath(path.name)))
    if not found.files and not found.faults:
        raise InputError(f"{', '.join(map(str, paths))}: no files found (dotfiles are ignored)")
    return found


def find_max_bytes(settings: Settings) -> int:
    """Return how many bytes of an object the function reads at most."""
    return round(settings.max_source_megabytes * _MEGABYTE)


def read_file(path: Path, max_bytes: int | None = None) -> tuple[int, bytes]:
    """Return the file's size in bytes and its content, which is empty above ``max_bytes``. Raise ``OSError``."""
    limit = MAX_BYTES if max_bytes is None else max_bytes
    # Opening a pipe that nobody writes to would block for ever; O_NONBLOCK opens it, and the check below rejects it.
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        data = b"" if status.st_size > limit else file.read(limit + 1)
    return max(status.st_size, len(data)), data


def check_size(size: int, max_bytes: int = MAX_BYTES) -> None:
    """Raise ``OBJECT_TOO_LARGE`` if the size, in bytes, is above ``max_bytes``."""
    if size > max_bytes:
        detail = f"the file has {size / _MEGABYTE:.1f} MB; at most {max_bytes / _MEGABYTE:.1f} MB are read"
        raise IngestError(Reason.OBJECT_TOO_LARGE, detail)


def _walk(folder: Path, faults: list[str]) -> Iterator[InputFile]:
    """Yield the files below a folder. Links to files are followed; links to folders are not, since they can loop."""

    def add_fault(error: OSError) -> None:
        faults.append(f"{error.filename}: cannot be read: {error.strerror}")

    for parent, folders, names in os.walk(folder, onerror=add_fault):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        faults += [f"{path}: link to a folder, not followed" for path in _join(parent, folders) if path.is_symlink()]
        for path in _join(parent, names):
            if not path.name.startswith("."):
                yield InputFile(path, path.relative_to(folder))


def _join(parent: str, names: list[str]) -> Iterator[Path]:
    return (Path(parent, name) for name in names)
