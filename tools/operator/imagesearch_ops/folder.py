"""A folder of pictures → uploads, all checked before the first is made."""

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

METADATA_FILE = ".imagesearch-metadata.json"
# A header's name (RFC 9110, section 5.6.2), and, like its value, without anything that would end the header.
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


class _Store(NamedTuple):
    name: str
    longest_key_bytes: int
    no_first: str  # what no key begins with


# S3 user guide, Naming objects; OSS user guide, Object naming conventions.
_STORES = {CloudName.AWS: _Store("S3", 1024, "/"), CloudName.ALIBABA: _Store("OSS", 1023, "\\")}


@dataclass(frozen=True, slots=True)
class Upload:
    key: str
    path: Path
    metadata: Mapping[str, str] = field(default_factory=dict)


def read_folder(folder: Path, cloud: CloudName = CloudName.AWS) -> list[Upload]:
    """Every file that is no dotfile; the key is the path below ``folder``. Raises ``InputError``.

    Also for what the bucket of ``cloud`` could not hold.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder. Give a folder of pictures, or none for a dozen drawn ones.")
    metadata = _read_metadata(folder / METADATA_FILE)
    uploads = [Upload(key, path, metadata.get(key, {})) for key, path in sorted(_files(folder, _STORES[cloud]))]
    if not uploads:
        raise InputError(f"{folder} holds no files (dotfiles are ignored)")
    if strangers := sorted(metadata.keys() - {upload.key for upload in uploads}):
        raise InputError(f"{folder / METADATA_FILE}: there is no file {strangers[0]!r}")
    return uploads


def _files(folder: Path, store: _Store) -> Iterator[tuple[str, Path]]:
    for parent, folders, names in os.walk(folder, onerror=_refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            path = Path(parent, name)
            if not name.startswith(".") and path.is_file():
                yield _key(folder, path, store), path


def _refuse(error: OSError) -> None:
    raise InputError(f"{error.filename}: cannot be read")


def _key(folder: Path, path: Path, store: _Store) -> str:
    key = path.relative_to(folder).as_posix()
    try:
        size = len(key.encode())
    except UnicodeEncodeError:
        raise InputError(f"{path!a}: the name is not UTF-8, which keys must be") from None
    if "\n" in key:
        raise InputError(f"{key!r}: the local clouds hold no key with a line break")
    if size > store.longest_key_bytes:
        told = f"a key of {size} bytes; {store.name} takes {store.longest_key_bytes}. Shorten the path."
        raise InputError(f"{key[:60]}…: {told}")
    if key.startswith(store.no_first):
        raise InputError(f"{key[:60]!r}: no key of {store.name}'s begins with {store.no_first!r}. Rename it.")
    if not os.access(path, os.R_OK):
        raise InputError(f"{path}: cannot be read")
    return key


def _read_metadata(path: Path) -> dict[str, dict[str, str]]:
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
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
    """Metadata travels in HTTP headers: what is not ASCII is encoded after RFC 2047, as S3 itself shows it."""
    return value if value.isascii() else Header(value, "utf-8", maxlinelen=10_000).encode()
