"""Write an inventory of a bucket, and a dump of an index that differs from it."""

import csv
import gzip
import hashlib
import json
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

BUCKET = "pictures"
_SPREAD, _PRODUCTS, _FOLDERS = 2_654_435_761, 2_000_003, 997  # so that keys come in no order
_DIFFERENT = 200  # one key in so many is missing on either side


class Inputs(NamedTuple):
    """The files, and how many keys are only on one side."""

    manifest: Path
    dump: Path
    missing: int
    orphaned: int


def write_inputs(folder: Path, keys: int) -> Inputs:
    """Write ``keys`` keys, less one in 200 on each side."""
    folder.mkdir(parents=True, exist_ok=True)
    rows, dump = folder / "rows.csv.gz", folder / "dump.jsonl.gz"
    with gzip.open(rows, "wt", 1, newline="") as listed, gzip.open(dump, "wt", 1) as indexed:
        writer = csv.writer(listed, quoting=csv.QUOTE_ALL)
        for number in range(keys):
            product = f"{number * _SPREAD % _PRODUCTS:07d}"
            key = f"catalogue/{number % _FOLDERS:03d}/{product}/{number:08d}-front.jpg"
            etag = hashlib.md5(key.encode(), usedforsecurity=False).hexdigest()
            if number % _DIFFERENT != 0:
                writer.writerow([BUCKET, quote(key), 123_456, "2026-01-02T03:04:05.000Z", etag])
            if number % _DIFFERENT != 1:
                entry = {"product_id": product, "pic_name": key, "category_id": 88_888_888, "attributes": {}}
                indexed.write(f"{json.dumps(entry)}\n")
    only = [sum(1 for number in range(rest, keys, _DIFFERENT)) for rest in (1, 0)]
    return Inputs(_write_manifest(folder, rows), dump, missing=only[0], orphaned=only[1])


def _write_manifest(folder: Path, rows: Path) -> Path:
    data = rows.read_bytes()
    manifest = {
        "sourceBucket": BUCKET,
        "destinationBucket": "arn:aws:s3:::inventories",
        "version": "2016-11-30",
        "creationTimestamp": "1795996800000",
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key, Size, LastModifiedDate, ETag",
        "files": [
            {"key": rows.name, "size": len(data), "MD5checksum": hashlib.md5(data, usedforsecurity=False).hexdigest()}
        ],
    }
    path = folder / "manifest.json"
    path.write_text(json.dumps(manifest), encoding="utf-8")
    return path
