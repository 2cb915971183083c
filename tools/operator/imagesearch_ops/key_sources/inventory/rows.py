"""Read the objects in a data file of an inventory: CSV in gzip, without a header.

Keys are URL-encoded (S3 user guide, "Amazon S3 Inventory list"; OSS user guide, "Bucket inventory"). A plus sign is a
blank, as everywhere in S3: one that is part of a key is ``%2B`` in each form of the encoding. Times are as
``2026-11-29T06:55:00.000Z`` on S3 and ``2026-11-29T06-55-00Z`` on OSS. With all versions listed, only the latest one
counts, and only if it is not a delete marker.
"""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import BinaryIO
from urllib.parse import unquote_plus

from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.errors import InputError
from imagesearch_ops.key_sources.inventory.manifest import DataFile, Manifest
from imagesearch_ops.terminal_text import printable

_BUFFER = 262_144  # bytes
_LONGEST_FIELD = 131_072  # characters
_HOUR_END = 13  # in 2026-11-29T06-55-00Z


def read_rows(stream: BinaryIO, file: DataFile, manifest: Manifest, prefix: str) -> Iterator[ListedObject]:
    """Yield the objects whose keys begin with ``prefix``. Raise ``InputError`` for data that cannot be right."""
    name = f"{manifest.name}: {printable(file.key)}"
    row = _Row(manifest)
    csv.field_size_limit(_LONGEST_FIELD)
    with gzip.GzipFile(fileobj=stream) as raw, io.BufferedReader(raw, _BUFFER) as data:
        rows = csv.reader(io.TextIOWrapper(data, "utf-8", newline=""), strict=True)
        try:
            for fields in rows:
                found = row.read(fields)
                if found is not None and found.key.startswith(prefix):
                    yield found
        except (EOFError, gzip.BadGzipFile, zlib.error):
            raise InputError(f"{name}: the gzip data is damaged or cut short. Fetch the file again.") from None
        except (ValueError, csv.Error) as error:
            raise InputError(f"{name}: row {rows.line_num} cannot be read: {printable(str(error))}.") from None


class _Row:
    """The columns of an inventory, and what the rows say."""

    def __init__(self, manifest: Manifest) -> None:
        columns = [column.lower() for column in manifest.columns]
        self._width = len(columns)
        self._source_bucket = manifest.source_bucket
        self._is_alibaba = manifest.cloud == "alibaba"
        self._bucket, self._key = columns.index("bucket"), columns.index("key")
        optional = ("islatest", "isdeletemarker", "size", "lastmodifieddate", "etag", "storageclass")
        # An index behind the last field stands for a column that is missing.
        where = [columns.index(name) if name in columns else self._width for name in optional]
        self._latest, self._marker, self._size, self._modified, self._etag, self._storage = where

    def read(self, fields: Sequence[str]) -> ListedObject | None:
        """Return the object of a row, or ``None`` for an older version or a delete marker. Raise ``ValueError``."""
        if len(fields) != self._width:
            raise ValueError(f"it has {len(fields)} fields instead of {self._width}")
        row = (*fields, "")
        if row[self._bucket] != self._source_bucket:
            raise ValueError(f"it is about the bucket {row[self._bucket]}, not {self._source_bucket}")
        if row[self._latest].lower() == "false" or row[self._marker].lower() == "true":
            return None
        etag, size, modified = row[self._etag].strip('"'), row[self._size], row[self._modified]
        return ListedObject(
            _decode(row[self._key]),
            int(size) if size else 0,
            etag.upper() if self._is_alibaba else etag,
            row[self._storage],
            _read_time(modified) if modified else None,
        )


def _decode(text: str) -> str:
    """Return the key. A slash is decoded first: where it is encoded, most keys need nothing else."""
    if not text:
        raise ValueError("its key is empty")
    text = text.replace("%2F", "/")
    return unquote_plus(text, errors="strict") if "%" in text or "+" in text else text


def _read_time(text: str) -> float:
    if text[_HOUR_END : _HOUR_END + 1] == "-":
        text = text[:_HOUR_END] + text[_HOUR_END:].replace("-", ":")
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(f"its time has no zone: {text}")
    return time.timestamp()
