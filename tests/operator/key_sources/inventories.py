"""Write inventories as S3 and OSS write them."""

import gzip
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

CREATED = 1795935600  # 2026-11-29T07:00:00Z
Row = Mapping[str, str]


def pack(text: str) -> bytes:
    return gzip.compress(text.encode(), mtime=0)


def csv_of(columns: Sequence[str], rows: Sequence[Row]) -> str:
    """Return CSV with each field in quotes, as S3 writes it."""
    return "".join(",".join(f'"{row.get(name, "")}"' for name in columns) + "\n" for row in rows)


def s3_row(key: str, bucket: str = "shop", **more: str) -> Row:
    facts = {"Size": "70", "ETag": "0cc175b9c0f1b6a831c399e269772661", "LastModifiedDate": "2026-11-28T07:00:00.000Z"}
    return {"Bucket": bucket, "Key": quote_plus(key, safe="/"), **facts, "StorageClass": "STANDARD", **more}


def oss_row(key: str, bucket: str = "shop", **more: str) -> Row:
    facts = {"Size": "70", "ETag": "0cc175b9c0f1b6a831c399e269772661", "LastModifiedDate": "2026-11-28T07-00-00Z"}
    return {"Bucket": bucket, "Key": quote(key, safe=""), **facts, "StorageClass": "Standard", **more}


def s3_manifest(contents: Mapping[str, bytes], schema: str, bucket: str = "shop", **more: Any) -> dict[str, Any]:
    return {
        "sourceBucket": bucket,
        "destinationBucket": "arn:aws:s3:::lists",
        "version": "2016-11-30",
        "creationTimestamp": f"{CREATED}000",
        "fileFormat": "CSV",
        "fileSchema": schema,
        "files": [
            {"key": key, "size": len(data), "MD5checksum": hashlib.md5(data, usedforsecurity=False).hexdigest()}
            for key, data in contents.items()
        ],
        **more,
    }


def oss_manifest(contents: Mapping[str, bytes], schema: str, bucket: str = "shop", **more: Any) -> dict[str, Any]:
    manifest = s3_manifest(contents, schema, bucket)
    manifest["files"] = [{**entry, "MD5checksum": entry["MD5checksum"].upper()} for entry in manifest["files"]]
    changes = {"destinationBucket": "lists", "version": "2019-09-01", "creationTimestamp": str(CREATED)}
    return {**manifest, **changes, **more}


def write(folder: Path, manifest: Mapping[str, Any], files: Mapping[str, bytes], below: str = "") -> Path:
    """Write an inventory as a copy of its bucket has it; ``below`` is where the data files go instead."""
    for key, data in files.items():
        path = folder / below / (Path(key).name if below else key)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    path = folder / "inventory/shop/weekly/2026-11-29T07-00Z/manifest.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(manifest, indent=2))
    return path
