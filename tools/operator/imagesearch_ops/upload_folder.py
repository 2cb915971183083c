"""Read a folder of pictures as uploads, checking all before the first is made."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.header import Header
from pathlib import Path
from typing import NamedTuple

from imagesearch_ops.clouds import CloudName
from imagesearch_ops.errors import InputError
from imagesearch_ops.terminal_text import short

METADATA_FILE = ".imagesearch-metadata.json"
# Metadata names are part of HTTP header names (RFC 9110, section 5.6.2).
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


class _Store(NamedTuple):
    """The limits of an object store on its keys."""

    name: str
    max_key_bytes: int
    forbidden_start: str


# S3 user guide, Naming objects; OSS user guide, Object naming conventions.
_STORES = {CloudName.AWS: _Store("S3", 1024, "/"), CloudName.ALIBABA: _Store("OSS", 1023, "\\")}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to upload, its key, and its user metadata."""

    key: str
    path: Path
    metadata: Mapping[str, str] = field(default_factory=dict)


def read_folder(folder: Path, cloud: CloudName = CloudName.AWS) -> list[Upload]:
    """Return every file below the folder except dotfiles, sorted by key, which is the path below the folder.

    Raise ``InputError``, also for a key that the cloud's object store does not allow.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder. Name a folder of pictures, or none for sample pictures.")
    metadata = read_metadata(folder / METADATA_FILE)
    uploads = [Upload(key, path, metadata.get(key, {})) for key, path in sorted(_files(folder, _STORES[cloud]))]
    if not uploads:
        raise InputError(f"{folder}: no files found (dotfiles are ignored)")
    if unknown := sorted(metadata.keys() - {upload.key for upload in uploads}):
        raise InputError(f"{folder / METADATA_FILE}: there is no file {unknown[0]!r}")
    return uploads


def _files(folder: Path, store: _Store) -> Iterator[tuple[str, Path]]:
    for parent, folders, names in os.walk(folder, onerror=_raise_unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            path = Path(parent, name)
            if not name.startswith(".") and path.is_file():
                yield _key(folder, path, store), path


def _raise_unreadable(error: OSError) -> None:
    raise InputError(f"{error.filename}: cannot be read: {error.strerror}")


def _key(folder: Path, path: Path, store: _Store) -> str:
    encoded = os.fsencode(path.relative_to(folder).as_posix())
    try:
        key = encoded.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{path}: the name is not UTF-8, which keys must be. Rename the file.") from None
    if "\n" in key:
        raise InputError(f"{key!r}: the local clouds take no key with a line break. Rename the file.")
    if len(encoded) > store.max_key_bytes:
        limit = f"{store.name} takes at most {store.max_key_bytes}"
        raise InputError(f"{short(key)}: the key has {len(encoded)} bytes; {limit}. Shorten the path.")
    if key.startswith(store.forbidden_start):
        raise InputError(f"{key!r}: keys in {store.name} must not begin with {store.forbidden_start!r}. Rename it.")
    if not os.access(path, os.R_OK):
        raise InputError(f"{path}: cannot be read: Permission denied")
    return key


def read_metadata(path: Path) -> dict[str, dict[str, str]]:
    """Return the metadata of a folder's objects by their keys. Raise ``InputError``."""
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except RecursionError:
        raise InputError(f"{path}: the JSON is nested too deeply") from None
    except ValueError as error:
        raise InputError(f"{path}: not JSON: {error}") from None
    for key, metadata in content.items() if isinstance(content, dict) else [("", None)]:
        if not _is_metadata(metadata):
            raise InputError(f'{path}: {key}: must map keys to metadata, as {{"a.jpg": {{"name": "value"}}}}')
    return {key: {name: _header(value) for name, value in values.items()} for key, values in content.items()}


def _is_metadata(value: object) -> bool:
    return isinstance(value, dict) and all(
        _NAME.fullmatch(name) and isinstance(item, str) and item.isprintable() for name, item in value.items()
    )


def _header(value: str) -> str:
    """Return the value as an HTTP header can carry it: encoded after RFC 2047, as S3 returns it, if it is not ASCII."""
    return value if value.isascii() else Header(value, "utf-8", maxlinelen=10_000).encode()
