"""Read a folder as if it were a bucket: the keys are the paths below it, as ``demo`` makes them."""

import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ObjectState, SourceImage
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops.buckets.listing import PAGE
from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.errors import InputError
from imagesearch_ops.input_files import check_size, read_file
from imagesearch_ops.terminal_text import path_text
from imagesearch_ops.upload_folder import METADATA_FILE, read_metadata

_STANDARD = "STANDARD"


class FolderBucket:
    """A ``Bucket`` over the files below a folder, except dotfiles. Links to folders are not followed."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise InputError(f"{folder} is not a folder. Name a folder, or s3://bucket or oss://bucket.")
        self._folder = os.fsencode(folder)
        self._metadata: Mapping[str, Mapping[str, str]] = read_metadata(folder / METADATA_FILE)

    def pages(self, prefix: str, after: str) -> Iterator[Sequence[ListedObject]]:
        """Yield the files in the order of their keys. Raise ``InputError`` for a name that no key can have."""
        found = (one for one in self._walk(b"") if one.key.startswith(prefix) and one.key.encode() > after.encode())
        while page := list(islice(found, PAGE)):
            yield page

    def fetch(self, key: str, max_bytes: int) -> SourceImage | None:
        """Return the file as it is now."""
        try:
            size, data = read_file(Path(os.fsdecode(self._path(key.encode()))), max_bytes)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise IngestError(Reason.ACCESS_DENIED, f"the file cannot be read: {error.strerror}") from None
        check_size(size, max_bytes)
        return SourceImage(data, ObjectState("", None, "", size, self._metadata.get(key, {})))

    def close(self) -> None:
        """Do nothing: no call waits."""

    def _path(self, key: bytes) -> bytes:
        return os.path.join(self._folder, key)  # noqa: PTH118 - names as bytes, whatever the locale is

    def _walk(self, below: bytes) -> Iterator[ListedObject]:
        """Yield the files below a folder. A folder's keys go on with a slash, so it is sorted with one."""
        try:
            with os.scandir(self._path(below)) as found:
                entries = sorted(map(_name, (one for one in found if not one.name.startswith(b"."))))
        except OSError as error:
            raise InputError(f"{path_text(os.fsdecode(self._path(below)))}: cannot be read: {error.strerror}") from None
        for name in entries:
            key = below + name
            if name.endswith(b"/"):
                yield from self._walk(key)
            elif (status := _status(self._path(key))) is not None:
                yield ListedObject(_decode(self._path(key), key), status.st_size, "", _STANDARD, status.st_mtime)


def _name(entry: os.DirEntry[bytes]) -> bytes:
    return entry.name + b"/" if entry.is_dir(follow_symlinks=False) else entry.name


def _status(path: bytes) -> os.stat_result | None:
    """Return the size and time of a regular file, or ``None`` for anything else."""
    try:
        return os.stat(path) if os.path.isfile(path) else None  # noqa: PTH113, PTH116 - names as bytes
    except OSError:  # removed in between
        return None


def _decode(path: bytes, key: bytes) -> str:
    try:
        return key.decode("utf-8")
    except UnicodeDecodeError:
        shown = path_text(os.fsdecode(path))
        raise InputError(f"{shown}: the name is not UTF-8, which keys must be. Rename the file.") from None
