"""Read the manifest of an inventory.

S3 (user guide, "Inventory manifest") and OSS (user guide, "Bucket inventory", manifest.json) have the same fields. On
S3 ``creationTimestamp`` is in milliseconds, and ``destinationBucket`` is an ARN. On OSS it is in seconds, the bucket is
a bare name, and the MD5 is in capitals. On both, ``fileSchema`` alone tells the order of the columns: on OSS it is the
order in which a person has ticked them.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from imagesearch_ops.errors import InputError
from imagesearch_ops.terminal_text import printable

MANIFEST = "manifest.json"
LARGEST_MANIFEST = 67_108_864  # bytes; a data file takes about 150, and holds some hundred thousand rows
_MARK = b'"fileSchema"'
_CLOUDS = {"2016-11-30": ("aws", 1000), "2019-09-01": ("alibaba", 1)}  # by version, with units per second
_CHANGES = "2025-09-30"  # of OSS's incremental inventory
_MD5 = re.compile(r"[0-9A-Fa-f]{32}", re.ASCII)


class DataFile(NamedTuple):
    """A file of rows. ``size`` is in bytes, and ``md5`` in hexadecimal, both of the compressed file."""

    key: str
    size: int
    md5: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """An inventory. ``created_at`` is when the reading of the bucket began, in Unix seconds.

    ``name`` is the manifest's path or URL, for messages.
    """

    name: str
    cloud: str
    source_bucket: str
    destination_bucket: str
    created_at: float
    columns: tuple[str, ...]
    files: tuple[DataFile, ...]


def is_manifest(name: str, beginning: bytes) -> bool:
    """Return whether a file is meant as a manifest, by its name or by its first kilobytes."""
    is_object = beginning.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")
    return name.rpartition("/")[2] == MANIFEST or (is_object and _MARK in beginning)


def parse_manifest(data: bytes, name: str) -> Manifest:
    """Return the manifest. Raise ``InputError`` for one that cannot be used."""
    try:
        fields = json.loads(data)
    except (ValueError, RecursionError):
        raise InputError(f"{name}: not the manifest of an inventory: it is not JSON. Fetch it again.") from None
    if not isinstance(fields, dict):
        raise InputError(f"{name}: not the manifest of an inventory: it is not a JSON object.")
    text = _Fields(fields, name)
    cloud, units = _find_cloud(text)
    _check_format(text)
    return Manifest(
        name,
        cloud,
        text["sourceBucket"].rpartition(":")[2],
        text["destinationBucket"].rpartition(":")[2],
        _read_timestamp(text) / units,
        _read_columns(text),
        tuple(_read_file(entry, name) for entry in _list_files(fields, name)),
    )


class _Fields:
    """Texts of a manifest. Raise ``InputError`` for one that is missing."""

    def __init__(self, fields: Mapping[str, Any], name: str) -> None:
        self._fields = fields
        self.name = name

    def __getitem__(self, field: str) -> str:
        value = self._fields.get(field)
        if not isinstance(value, str | int | float) or value == "":
            raise InputError(f"{self.name}: not the manifest of an inventory: it has no {field}.")
        return str(value)


def _find_cloud(fields: _Fields) -> tuple[str, int]:
    version = fields["version"]
    if version == _CHANGES:
        raise InputError(
            f"{fields.name}: an incremental inventory lists changes, not objects. Name the manifest of a full one."
        )
    if version not in _CLOUDS:
        known = ", ".join(_CLOUDS)
        raise InputError(f"{fields.name}: the version of the inventory is {printable(version)}. Known: {known}.")
    return _CLOUDS[version]


def _check_format(fields: _Fields) -> None:
    if (found := fields["fileFormat"]) != "CSV":
        raise InputError(
            f"{fields.name}: the inventory is in {printable(found)}, and only CSV is read. Configure one in CSV, or "
            "write its keys to a file, one a line."
        )


def _read_timestamp(fields: _Fields) -> float:
    text = fields["creationTimestamp"]
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise InputError(f"{fields.name}: the creationTimestamp is {printable(text)}, which is no number.")
    return found


def _read_columns(fields: _Fields) -> tuple[str, ...]:
    columns = tuple(column.strip() for column in fields["fileSchema"].split(","))
    if "Bucket" not in columns or "Key" not in columns:
        raise InputError(f"{fields.name}: the fileSchema has no Bucket or no Key: {printable(', '.join(columns))}.")
    if "VersionId" in columns and "IsLatest" not in columns:
        raise InputError(
            f"{fields.name}: the fileSchema has a VersionId but no IsLatest, so versions look like objects."
        )
    return columns


def _list_files(fields: Mapping[str, Any], name: str) -> list[Any]:
    files = fields.get("files")
    if not isinstance(files, list):
        raise InputError(f"{name}: not the manifest of an inventory: it has no files.")
    return files


def _read_file(entry: object, name: str) -> DataFile:
    if isinstance(entry, dict):
        key, size, md5 = (entry.get(field) for field in ("key", "size", "MD5checksum"))
        if isinstance(key, str) and key and type(size) is int and isinstance(md5, str) and _MD5.fullmatch(md5):
            return DataFile(key, size, md5.lower())
    shown = printable(json.dumps(entry)[:200])
    raise InputError(f"{name}: the entry of a data file needs a key, a size and an MD5checksum: {shown}.")
