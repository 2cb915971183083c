"""Buckets and the versions of their objects: state and rules, without HTTP. Not safe for several threads."""

import hashlib
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import crcmod

from local_cloud.oss.errors import OssError, wrong_endpoint_error

ACCOUNT = "1234567890123456"
ARCHIVED = {"Archive", "ColdArchive", "DeepColdArchive"}
STORAGE_CLASSES = {"Standard", "IA", *ARCHIVED}
STORAGE_CLASS = "x-oss-storage-class"
NULL_VERSION = "null"  # the ID of a version that was stored without versioning, or while it was suspended
ENABLED, SUSPENDED = "Enabled", "Suspended"
_META = "x-oss-meta-"
_crc64 = crcmod.mkCrcFun(0x142F0E1EBA9EA3693, initCrc=0, rev=True, xorOut=0xFFFFFFFFFFFFFFFF)


def compute_crc64(data: bytes) -> str:
    return str(_crc64(data))


def compute_md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest().upper()


@dataclass(frozen=True)
class StoredObject:
    """One version of an object. ``headers`` are kept from its upload; ``target`` is set if it is a link.

    ``kind`` is how it was uploaded: Normal, Multipart, Appendable or Symlink. ``restored_until`` is the end of the time
    in which an archived object can be read.
    """

    key: str
    data: bytes = field(repr=False)
    last_modified: float
    headers: Mapping[str, str] = field(default_factory=dict)
    target: str | None = None
    version_id: str = NULL_VERSION
    deleted: bool = False
    kind: str = "Normal"
    multipart_etag: str = ""
    restored_until: float = 0.0

    @cached_property
    def etag(self) -> str:
        """The content's MD5, as for every simple upload (PutObject reference), unless it was uploaded in parts."""
        return self.multipart_etag or compute_md5(self.data)

    @cached_property
    def crc64(self) -> str:
        return compute_crc64(self.data)

    @property
    def storage_class(self) -> str:
        return self.headers.get(STORAGE_CLASS, "Standard")

    @property
    def is_archived(self) -> bool:
        return self.storage_class in ARCHIVED

    @property
    def metadata(self) -> dict[str, str]:
        return {name.removeprefix(_META): text for name, text in self.headers.items() if name.startswith(_META)}


@dataclass(frozen=True)
class Part:
    data: bytes = field(repr=False)
    last_modified: float

    @cached_property
    def etag(self) -> str:
        return compute_md5(self.data)


@dataclass
class Upload:
    """A multipart upload that is neither completed nor aborted. ``parts`` are keyed by number."""

    upload_id: str
    key: str
    headers: Mapping[str, str]
    initiated: float
    parts: dict[int, Part] = field(default_factory=dict)


@dataclass
class Bucket:
    """A bucket. ``versioning`` is empty, Enabled or Suspended; the versions of a key are listed oldest first."""

    name: str
    region: str
    created: float = 0.0
    versioning: str = ""
    versions: dict[str, list[StoredObject]] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not self.versions and not self.uploads

    def current(self, key: str) -> StoredObject | None:
        """Return the latest version, which may be a delete marker, or ``None``."""
        versions = self.versions.get(key)
        return versions[-1] if versions else None

    def find(self, key: str, version_id: str | None = None) -> StoredObject:
        """Return the latest version, or the given one. Raise ``OssError`` if there is none or it is a delete marker."""
        found = self.current(key) if version_id is None else self.find_version(key, version_id)
        if found is None and version_id is None:
            raise OssError("NoSuchKey", elements={"Key": key})
        if found is None:
            raise OssError("NoSuchVersion", elements={"Key": key, "VersionId": version_id or ""})
        if found.deleted:
            headers = {"x-oss-delete-marker": "true", "x-oss-version-id": found.version_id}
            code = "NoSuchKey" if version_id is None else "MethodNotAllowed"
            raise OssError(code, elements={"Key": key}, headers=headers)
        return found

    def find_version(self, key: str, version_id: str) -> StoredObject | None:
        return next((one for one in self.versions.get(key, ()) if one.version_id == version_id), None)

    def put(self, stored: StoredObject) -> StoredObject:
        """Make this the latest version, and return it with its version ID.

        Without versioning, and while it is suspended, it replaces the version whose ID is null.
        """
        kept = self.versions.get(stored.key, [])
        version_id = uuid.uuid4().hex.upper() if self.versioning == ENABLED else NULL_VERSION
        stored = replace(stored, version_id=version_id)
        self.versions[stored.key] = [one for one in kept if one.version_id != version_id] + [stored]
        return stored

    def replace(self, old: StoredObject, new: StoredObject) -> None:
        """Put a changed version in the place of an old one, whose version ID it keeps."""
        self.versions[old.key] = [new if one is old else one for one in self.versions[old.key]]

    def remove(self, key: str, now: float) -> StoredObject | None:
        """Remove an object and return it, or ``None`` if there was none. Versioning adds a delete marker instead."""
        if self.versioning:
            self.put(StoredObject(key, b"", now, deleted=True))
            return None
        removed = self.versions.pop(key, None)
        return removed[-1] if removed else None

    def remove_version(self, key: str, version_id: str) -> StoredObject | None:
        """Remove one version for good and return it, or ``None`` if there was none."""
        removed = self.find_version(key, version_id)
        kept = [one for one in self.versions.get(key, ()) if one is not removed]
        if kept:
            self.versions[key] = kept
        else:
            self.versions.pop(key, None)
        return removed

    def objects(self) -> list[StoredObject]:
        """Return the current objects in the order of a listing: by the keys' UTF-8 bytes."""
        return [versions[0] for versions in self.list_versions() if not versions[0].deleted]

    def list_versions(self) -> Iterator[list[StoredObject]]:
        """Yield the versions of each key, latest first, in the order of a listing."""
        for key in sorted(self.versions, key=lambda one: one.encode()):
            yield self.versions[key][::-1]


class Buckets:
    """The buckets of one account in all regions. Only those of ``region`` can be used."""

    def __init__(self, region: str) -> None:
        self.region = region
        self._buckets: dict[str, Bucket] = {}

    def make(self, name: str, region: str | None = None, now: float = 0.0) -> Bucket:
        return self._buckets.setdefault(name, Bucket(name, region or self.region, now))

    def find(self, name: str) -> Bucket:
        """Return the bucket. Raise ``OssError`` if it does not exist or is in another region."""
        bucket = self._buckets.get(name)
        if bucket is None:
            raise OssError("NoSuchBucket", elements={"BucketName": name})
        if bucket.region != self.region:
            raise wrong_endpoint_error(name, bucket.region)
        return bucket

    def remove(self, name: str) -> None:
        del self._buckets[name]

    def all(self) -> list[Bucket]:
        return sorted(self._buckets.values(), key=lambda bucket: bucket.name)

    def clear(self) -> None:
        self._buckets.clear()
