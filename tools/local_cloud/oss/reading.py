"""The operations that read one object. Sources: the API references of the same names.

GetObject, HeadObject, GetObjectMeta and GetSymlink.
"""

from email.utils import formatdate
from urllib.parse import quote

from local_cloud.oss.calls import Call, Outcome
from local_cloud.oss.conditions import check_conditions
from local_cloud.oss.errors import OssError
from local_cloud.oss.headers import RESPONSE_PREFIX, quote_etag, restore_header, version_header
from local_cloud.oss.models import STORAGE_CLASS, Bucket, StoredObject
from local_cloud.oss.ranges import find_range
from local_cloud.oss.rendering import render

TARGET = "x-oss-symlink-target"
PARTIAL_CONTENT = 206


def get_object(call: Call) -> Outcome:
    """Answer GET and HEAD. A link is followed: length and ETag are the target's, the rest is the link's."""
    found = call.bucket.find(call.key, call.parameters.get("versionId"))
    content = found if found.target is None else _find_target(call.bucket, found.target)
    check_conditions(call.headers, content)
    if call.request.method == "GET":
        check_readable(content, call.now)
    headers = _describe(call, found, content) | _read_overrides(call)
    media = headers.pop("content-type", "application/octet-stream")
    sent = find_range(call.headers, len(content.data))
    if sent is None:
        headers["Content-Length"] = str(len(content.data))
        return Outcome(render(headers=headers, body=content.data, media=media))
    headers["Content-Range"] = f"bytes {sent.start}-{sent.stop - 1}/{len(content.data)}"
    return Outcome(render(PARTIAL_CONTENT, headers, content.data[sent.start : sent.stop], media))


def get_object_meta(call: Call) -> Outcome:
    """Answer a HEAD with length, ETag and time. A link is not followed."""
    found = call.bucket.find(call.key, call.parameters.get("versionId"))
    headers = {
        **version_header(call.bucket, found),
        "Content-Length": str(len(found.data)),
        "ETag": quote_etag(found.etag),
        "Last-Modified": formatdate(found.last_modified, usegmt=True),
        "x-oss-hash-crc64ecma": found.crc64,
    }
    return Outcome(render(headers=headers, body=found.data))


def get_symlink(call: Call) -> Outcome:
    link = call.bucket.find(call.key, call.parameters.get("versionId"))
    if link.target is None:
        raise OssError("NotSymlink")
    headers = {
        **version_header(call.bucket, link),
        TARGET: quote(link.target),
        "ETag": quote_etag(link.etag),
        "Last-Modified": formatdate(link.last_modified, usegmt=True),
    }
    return Outcome(render(headers=headers))


def check_readable(stored: StoredObject, now: float) -> None:
    """Raise ``OssError`` if an archived object has not been restored, or not long enough."""
    if stored.is_archived and stored.restored_until <= now:
        raise OssError("InvalidObjectState", elements={"ObjectName": stored.key})


def _describe(call: Call, found: StoredObject, content: StoredObject) -> dict[str, str]:
    return {
        STORAGE_CLASS: found.storage_class,
        **found.headers,
        **version_header(call.bucket, found),
        **restore_header(content),
        "Accept-Ranges": "bytes",
        "ETag": quote_etag(content.etag),
        "Last-Modified": formatdate(max(found.last_modified, content.last_modified), usegmt=True),
        "x-oss-hash-crc64ecma": found.crc64,
        "x-oss-object-type": found.kind,
        **({"x-oss-next-append-position": str(len(found.data))} if found.kind == "Appendable" else {}),
    }


def _read_overrides(call: Call) -> dict[str, str]:
    """Return the headers that the request wants in place of the object's."""
    given = call.parameters.items()
    return {name.removeprefix(RESPONSE_PREFIX): text for name, text in given if name.startswith(RESPONSE_PREFIX)}


def _find_target(bucket: Bucket, key: str) -> StoredObject:
    target = bucket.current(key)
    if target is None or target.deleted:
        raise OssError("SymlinkTargetNotExist", elements={"ObjectName": key})
    if target.target is not None:
        raise OssError("InvalidTargetType")
    return target
