"""The files and folders that were given → the pictures in them, in the same order every time; and their bytes."""

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
MOST_BYTES = Settings.model_fields["max_source_megabytes"].default * _MEGABYTE  # as the function has it by default


@dataclass(frozen=True, slots=True)
class PictureFile:
    path: Path
    name: PurePath  # below the folder that was given


class Found(NamedTuple):
    files: list[PictureFile]
    faults: list[str]  # one line each: what could not be looked into


def find_pictures(paths: Sequence[Path]) -> Found:
    """Every file that is no dotfile, and whatever is given by its own name. Raises ``InputError``."""
    for path in paths:
        if not path.exists():
            raise InputError(f"{path}: there is no such file or folder")
    found = Found([], [])
    for path in paths:
        if path.is_dir():
            found.files.extend(sorted(_below(path, found.faults), key=lambda file: file.name.as_posix()))
        else:
            found.files.append(PictureFile(path, PurePath(path.name)))
    if not found.files and not found.faults:
        raise InputError(f"{', '.join(map(str, paths))}: no files there (dotfiles are ignored)")
    return found


def read_picture(path: Path) -> tuple[int, bytes]:
    """How many bytes the file has, and the bytes, unless ``check_size`` refuses so many. Raises ``OSError``."""
    # A pipe without a writer would be waited for; with this it is opened, seen to be no file, and left alone.
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        data = b"" if status.st_size > MOST_BYTES else file.read(MOST_BYTES + 1)
    return max(status.st_size, len(data)), data


def check_size(size: int) -> None:
    """Raises ``OBJECT_TOO_LARGE``."""
    if size > MOST_BYTES:
        detail = f"the file has {size / _MEGABYTE:.1f} MB; at most {MOST_BYTES / _MEGABYTE:.1f} MB are read"
        raise IngestError(Reason.OBJECT_TOO_LARGE, detail)


def _below(folder: Path, faults: list[str]) -> Iterator[PictureFile]:
    """Links to files are followed; links to folders are not, since they may lead round in circles."""

    def refuse(error: OSError) -> None:
        faults.append(f"{error.filename}: cannot be read: {error.strerror}")

    for parent, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        faults += [f"{path}: a link to a folder, not followed" for path in _paths(parent, folders) if path.is_symlink()]
        for path in _paths(parent, names):
            if not path.name.startswith("."):
                yield PictureFile(path, path.relative_to(folder))


def _paths(parent: str, names: list[str]) -> Iterator[Path]:
    return (Path(parent, name) for name in names)
