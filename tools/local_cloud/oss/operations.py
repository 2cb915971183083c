"""The operations on one object. Sources: the API references of the same names.

PutObject, CopyObject, GetObject, HeadObject, DeleteObject, PutSymlink and GetSymlink.
"""

import base64
import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import formatdate
from urllib.parse import quote, unquote

from local_cloud.oss.errors import OssError
from local_cloud.oss.models import Bucket, Buckets, StoredObject
from local_cloud.oss.rendering import render, render_xml
from local_cloud.server.wire import Request, Response, xml_elements

MAX_KEY_BYTES = 1023
NO_CONTENT = 204
_KEPT_HEADERS = (
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-type",
    "expires",
    "x-oss-storage-class",
)
_META = "x-oss-meta-"
_TARGET = "x-oss-symlink-target"


@dataclass(frozen=True)
class Change:
    """A change and its response. ``operation`` is its name in events; ``now`` is the object after it."""

    response: Response
    operation: str
    now: StoredObject | None
    before: StoredObject | None


def check_key(key: str) -> None:
    """Raise ``OssError`` if an object cannot have this name."""
    if not key or len(key.encode()) > MAX_KEY_BYTES or key.startswith(("/", "\\")):
        raise OssError("InvalidObjectName", elements={"ObjectName": key})


def put_object(bucket: Bucket, key: str, request: Request, now: float) -> Change:
    md5 = hashlib.md5(request.body, usedforsecurity=False).digest()
    if request.headers.get("content-md5", base64.b64encode(md5).decode()) != base64.b64encode(md5).decode():
        raise OssError("InvalidDigest")
    stored = StoredObject(key, request.body, now, _select_headers(request), version_id=bucket.new_version_id())
    return _store(bucket, stored, "PutObject")


def copy_object(buckets: Buckets, bucket: Bucket, key: str, request: Request, now: float) -> Change:
    """Copy an object with its metadata, or with the request's if the directive is REPLACE."""
    source_bucket, _, source_key = unquote(request.headers["x-oss-copy-source"]).removeprefix("/").partition("/")
    source = buckets.find(source_bucket).find(source_key)
    replaced = request.headers.get("x-oss-metadata-directive", "COPY").upper() == "REPLACE"
    headers = _select_headers(request) if replaced else source.headers
    stored = replace(source, key=key, last_modified=now, headers=headers, version_id=bucket.new_version_id())
    change = _store(bucket, stored, "CopyObject")
    modified = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    fields = {"ETag": quote_etag(stored.etag), "LastModified": modified}
    response = render_xml(f"<CopyObjectResult>{xml_elements(fields)}</CopyObjectResult>")
    return replace(change, response=replace(response, headers={**change.response.headers, **response.headers}))


def get_object(bucket: Bucket, key: str, request: Request) -> Response:
    """Answer GET and HEAD. A link is followed: length and ETag are the target's, the rest is the link's."""
    if "range" in request.headers:
        raise OssError("NotImplemented", "Ranges are not supported here.")
    found = bucket.find(key)
    content = found if found.target is None else _find_target(bucket, found.target)
    if content.is_archived and request.method == "GET":
        raise OssError("InvalidObjectState", elements={"ObjectName": key})
    headers = {
        **found.headers,
        **_version_header(found),
        "Accept-Ranges": "bytes",
        "Content-Length": str(len(content.data)),
        "ETag": quote_etag(content.etag),
        "Last-Modified": formatdate(max(found.last_modified, content.last_modified), usegmt=True),
        "x-oss-hash-crc64ecma": found.crc64,
        "x-oss-object-type": "Normal" if found.target is None else "Symlink",
    }
    media = headers.pop("content-type", "application/octet-stream")
    return render(headers=headers, body=content.data, media=media)


def delete_object(bucket: Bucket, key: str, now: float) -> Change:
    """Delete an object. A missing one gets the same response (DeleteObject reference)."""
    before = bucket.remove(key, now)
    marker = bucket.current(key)
    headers = {"x-oss-delete-marker": "true", **_version_header(marker)} if marker else {}
    return Change(render(NO_CONTENT, headers), "DeleteObject", None, before)


def put_symlink(bucket: Bucket, key: str, request: Request, now: float) -> Change:
    """Create a link. Its target, URL-encoded in the header, may be missing (PutSymlink reference).

    The ETag of a link is not documented; here it is the MD5 of the target's name.
    """
    target = unquote(request.headers.get(_TARGET, ""))
    check_key(target)
    headers = _select_headers(request)
    link = StoredObject(key, target.encode(), now, headers, target, version_id=bucket.new_version_id())
    return _store(bucket, link, "PutSymlink")


def get_symlink(bucket: Bucket, key: str) -> Response:
    link = bucket.find(key)
    if link.target is None:
        raise OssError("NotSymlink")
    modified = formatdate(link.last_modified, usegmt=True)
    headers = {_TARGET: quote(link.target), "ETag": quote_etag(link.etag), "Last-Modified": modified}
    return render(headers=headers)


def _select_headers(request: Request) -> dict[str, str]:
    """Return the headers that are kept with an object."""
    return {name: text for name, text in request.headers.items() if name in _KEPT_HEADERS or name.startswith(_META)}


def quote_etag(etag: str) -> str:
    return f'"{etag}"'


def _store(bucket: Bucket, stored: StoredObject, operation: str) -> Change:
    before = bucket.current(stored.key)
    bucket.put(stored)
    headers = {"ETag": quote_etag(stored.etag), "x-oss-hash-crc64ecma": stored.crc64, **_version_header(stored)}
    return Change(render(headers=headers), operation, stored, before)


def _version_header(stored: StoredObject) -> dict[str, str]:
    return {"x-oss-version-id": stored.version_id} if stored.version_id else {}


def _find_target(bucket: Bucket, key: str) -> StoredObject:
    target = bucket.current(key)
    if target is None or target.deleted:
        raise OssError("SymlinkTargetNotExist", elements={"ObjectName": key})
    if target.target is not None:
        raise OssError("InvalidTargetType")
    return target
