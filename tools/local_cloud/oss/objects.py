"""PutObject, CopyObject, GetObject, HeadObject, DeleteObject. Source: the API references of the same names."""

import base64
import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import formatdate
from urllib.parse import unquote
from xml.sax.saxutils import escape

from local_cloud.image_search.wire import Request
from local_cloud.oss.errors import OssRefusal
from local_cloud.oss.model import Bucket, Buckets, StoredObject
from local_cloud.oss.wire import OssAnswer, done, xml

MAX_KEY_BYTES = 1023
NO_CONTENT = 204
_KEPT = ("cache-control", "content-disposition", "content-encoding", "content-type", "expires", "x-oss-storage-class")
_META = "x-oss-meta-"


@dataclass(frozen=True)
class Change:
    """An answer, and what it did: the operation's name as events have it, what is there now, and what was before."""

    answer: OssAnswer
    operation: str
    now: StoredObject | None
    before: StoredObject | None


def check_key(key: str) -> None:
    if not key or len(key.encode()) > MAX_KEY_BYTES or key.startswith(("/", "\\")):
        raise OssRefusal("InvalidObjectName", elements={"ObjectName": key})


def put_object(bucket: Bucket, key: str, request: Request, now: float) -> Change:
    md5 = hashlib.md5(request.body, usedforsecurity=False).digest()
    if request.headers.get("content-md5", base64.b64encode(md5).decode()) != base64.b64encode(md5).decode():
        raise OssRefusal("InvalidDigest")
    stored = StoredObject(key, request.body, now, kept_headers(request), version_id=bucket.new_version_id())
    return store(bucket, stored, "PutObject")


def copy_object(buckets: Buckets, bucket: Bucket, key: str, request: Request, now: float) -> Change:
    """The source's metadata, or with REPLACE this request's; the ETag is the source's either way."""
    source_bucket, _, source_key = unquote(request.headers["x-oss-copy-source"]).removeprefix("/").partition("/")
    source = buckets.find(source_bucket).find(source_key)
    replaced = request.headers.get("x-oss-metadata-directive", "COPY").upper() == "REPLACE"
    headers = kept_headers(request) if replaced else source.headers
    stored = replace(source, key=key, last_modified=now, headers=headers, version_id=bucket.new_version_id())
    change = store(bucket, stored, "CopyObject")
    modified = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    body = f"<ETag>{escape(quoted(stored.etag))}</ETag><LastModified>{modified}</LastModified>"
    answer = xml(f"<CopyObjectResult>{body}</CopyObjectResult>")
    return replace(change, answer=replace(answer, headers={**change.answer.headers, **answer.headers}))


def store(bucket: Bucket, stored: StoredObject, operation: str) -> Change:
    before = bucket.current(stored.key)
    bucket.put(stored)
    headers = {"ETag": quoted(stored.etag), "x-oss-hash-crc64ecma": stored.crc64, **_version(stored)}
    return Change(done(headers=headers), operation, stored, before)


def get_object(bucket: Bucket, key: str, request: Request) -> OssAnswer:
    """Of GET and HEAD alike. A link is followed: length and ETag are the target's, all else is the link's."""
    if "range" in request.headers:
        raise OssRefusal("NotImplemented", "Ranges are not served here.")
    asked = bucket.find(key)
    content = asked if asked.target is None else _target(bucket, asked.target)
    if content.archived and request.method == "GET":
        raise OssRefusal("InvalidObjectState", elements={"ObjectName": key})
    headers = {
        **asked.headers,
        **_version(asked),
        "Accept-Ranges": "bytes",
        "Content-Length": str(len(content.data)),
        "ETag": quoted(content.etag),
        "Last-Modified": formatdate(max(asked.last_modified, content.last_modified), usegmt=True),
        "x-oss-hash-crc64ecma": asked.crc64,
        "x-oss-object-type": "Normal" if asked.target is None else "Symlink",
    }
    media = headers.pop("content-type", "application/octet-stream")
    return done(headers=headers, body=content.data, media=media)


def delete_object(bucket: Bucket, key: str, now: float) -> Change:
    """Of an object that is not there as well: the answer is the same (DeleteObject reference)."""
    before = bucket.remove(key, now)
    marker = bucket.current(key)
    headers = {"x-oss-delete-marker": "true", **_version(marker)} if marker else {}
    return Change(done(NO_CONTENT, headers), "DeleteObject", None, before)


def kept_headers(request: Request) -> dict[str, str]:
    return {name: text for name, text in request.headers.items() if name in _KEPT or name.startswith(_META)}


def quoted(etag: str) -> str:
    return f'"{etag}"'


def _version(stored: StoredObject) -> dict[str, str]:
    return {"x-oss-version-id": stored.version_id} if stored.version_id else {}


def _target(bucket: Bucket, key: str) -> StoredObject:
    target = bucket.current(key)
    if target is None or target.deleted:
        raise OssRefusal("SymlinkTargetNotExist", elements={"ObjectName": key})
    if target.target is not None:
        raise OssRefusal("InvalidTargetType")
    return target
