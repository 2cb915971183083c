"""Buckets and the versions of their objects: state and rules, without HTTP. Not safe for several threads."""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import crcmod

from local_cloud.oss.errors import OssError, wrong_endpoint_error

_crc64 = crcmod.mkCrcFun(0x142F0E1EBA9EA3693, initCrc=0, rev=True, xorOut=0xFFFFFFFFFFFFFFFF)
ARCHIVED = {"Archive", "ColdArchive", "DeepColdArchive"}


@dataclass(frozen=True)
class StoredObject:
    """One version of an object. ``headers`` are kept from its upload; ``target`` is set if it is a link."""

    key: str
    data: bytes = field(repr=False)
    last_modified: float
    headers: Mapping[str, str] = field(default_factory=dict)
    target: str | None = None
    version_id: str | None = None
    deleted: bool = False

    @cached_property
    def etag(self) -> str:
        """The content's MD5, as for every simple upload (PutObject reference)."""
        return hashlib.md5(self.data, usedforsecurity=False).hexdigest().upper()

    @cached_property
    def crc64(self) -> str:
        return str(_crc64(self.data))

    @property
    def is_archived(self) -> bool:
        return self.headers.get("x-oss-storage-class") in ARCHIVED

    @property
    def metadata(self) -> dict[str, str]:
        prefix = "x-oss-meta-"
        return {name.removeprefix(prefix): text for name, text in self.headers.items() if name.startswith(prefix)}


@dataclass
class Bucket:
    name: str
    region: str
    versioning: bool = False
    versions: dict[str, list[StoredObject]] = field(default_factory=dict)

    def current(self, key: str) -> StoredObject | None:
        """Return the latest version, which may be a delete marker, or ``None``."""
        versions = self.versions.get(key)
        return versions[-1] if versions else None

    def find(self, key: str) -> StoredObject:
        """Return the latest version. Raise ``OssError`` if there is none or it is a delete marker."""
        found = self.current(key)
        if found is None:
            raise OssError("NoSuchKey", elements={"Key": key})
        if found.deleted:
            headers = {"x-oss-delete-marker": "true", "x-oss-version-id": found.version_id or ""}
            raise OssError("NoSuchKey", elements={"Key": key}, headers=headers)
        return found

    def put(self, stored: StoredObject) -> None:
        self.versions[stored.key] = [*self.versions.get(stored.key, []), stored] if self.versioning else [stored]

    def remove(self, key: str, now: float) -> StoredObject | None:
        """Remove an object and return it, or ``None`` if there was none. Versioning adds a delete marker instead."""
        found = self.current(key)
        if self.versioning:
            self.put(StoredObject(key, b"", now, version_id=self.new_version_id(), deleted=True))
        else:
            self.versions.pop(key, None)
        return None if found is None or found.deleted else found

    def new_version_id(self) -> str | None:
        return uuid.uuid4().hex.upper() if self.versioning else None

    def objects(self) -> list[StoredObject]:
        """Return the current objects in the order of a listing: by the keys' UTF-8 bytes."""
        current = (versions[-1] for versions in self.versions.values())
        return sorted((one for one in current if not one.deleted), key=lambda one: one.key.encode())


class Buckets:
    """The buckets of one account in all regions. Only those of ``region`` can be used."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._buckets: dict[str, Bucket] = {}

    def make(self, name: str, region: str | None = None) -> Bucket:
        return self._buckets.setdefault(name, Bucket(name, region or self._region))

    def find(self, name: str) -> Bucket:
        """Return the bucket. Raise ``OssError`` if it does not exist or is in another region."""
        bucket = self._buckets.get(name)
        if bucket is None:
            raise OssError("NoSuchBucket", elements={"BucketName": name})
        if bucket.region != self._region:
            raise wrong_endpoint_error(name, bucket.region)
        return bucket

    def clear(self) -> None:
        self._buckets.clear()
