"""The operations that write one object. Sources: the API references of the same names.

PutObject, AppendObject, PutSymlink and RestoreObject.
"""

from dataclasses import replace
from urllib.parse import unquote

from local_cloud.oss.calls import Call, Change, Outcome, check_key, read_document
from local_cloud.oss.conditions import check_overwrite
from local_cloud.oss.errors import OssError
from local_cloud.oss.headers import quote_etag, select_headers, version_header
from local_cloud.oss.models import StoredObject
from local_cloud.oss.reading import TARGET
from local_cloud.oss.rendering import render

ACCEPTED = 202
MAX_RESTORE_DAYS = 365
_DAY = 24 * 3600


def put_object(call: Call) -> Outcome:
    return store(call, StoredObject(call.key, call.request.body, call.now, select_headers(call.headers)), "PutObject")


def put_symlink(call: Call) -> Outcome:
    """Create a link. Its target, URL-encoded in the header, may be missing (PutSymlink reference).

    The ETag of a link is not documented; here it is the MD5 of the target's name.
    """
    target = unquote(call.headers.get(TARGET, ""))
    check_key(target)
    headers = select_headers(call.headers)
    link = StoredObject(call.key, target.encode(), call.now, headers, target, kind="Symlink")
    return store(call, link, "PutSymlink")


def append_object(call: Call) -> Outcome:
    """Add bytes to the end of an object, or create it at position 0. Headers are kept from its creation.

    No version is added: the current one grows (AppendObject reference, versioning). The ETag of such an object is not
    documented; here it is the MD5 of its content.
    """
    text, before = call.parameters.get("position", ""), call.bucket.current(call.key)
    if not (text.isascii() and text.isdecimal()):
        raise OssError("MissingArgument", ec="0016-00000502", elements={"ArgumentName": "position"})
    existing = None if before is None or before.deleted else before
    if existing and existing.kind != "Appendable":
        raise OssError("ObjectNotAppendable")
    check_overwrite(call)
    length = len(existing.data) if existing else 0
    if int(text) != length:
        raise OssError("PositionNotEqualToLength", headers={"x-oss-next-append-position": str(length)})
    if existing is None:
        new = StoredObject(call.key, call.request.body, call.now, select_headers(call.headers), kind="Appendable")
        outcome = store(call, new, "AppendObject")
    else:
        new = replace(existing, data=existing.data + call.request.body, last_modified=call.now)
        call.bucket.replace(existing, new)
        outcome = _describe_stored(call, new, existing, "AppendObject")
    headers = {**outcome.response.headers, "x-oss-next-append-position": str(len(new.data))}
    return replace(outcome, response=replace(outcome.response, headers=headers))


def restore_object(call: Call) -> Outcome:
    """Make an archived object readable for some days. Here it is so at once.

    Only cold archives announce it (OSS user guide, event types, FinishRestore).
    """
    found = call.bucket.find(call.key, call.parameters.get("versionId"))
    if not found.is_archived:
        raise OssError("OperationNotSupported")
    restored = replace(found, restored_until=call.now + _read_days(call) * _DAY)
    call.bucket.replace(found, restored)
    status = 200 if found.restored_until > call.now else ACCEPTED
    is_announced = found.storage_class != "Archive" and status == ACCEPTED
    changes = (Change("ObjectRestore:FinishRestore", restored, found),) if is_announced else ()
    return Outcome(render(status, version_header(call.bucket, found)), changes)


def store(call: Call, stored: StoredObject, operation: str) -> Outcome:
    """Store an object, unless the request forbids to overwrite one."""
    check_overwrite(call)
    before = call.bucket.current(call.key)
    return _describe_stored(call, call.bucket.put(stored), before, operation)


def _describe_stored(call: Call, stored: StoredObject, before: StoredObject | None, operation: str) -> Outcome:
    headers = {
        "ETag": quote_etag(stored.etag),
        "x-oss-hash-crc64ecma": stored.crc64,
        **version_header(call.bucket, stored),
    }
    return Outcome(render(headers=headers), (Change(f"ObjectCreated:{operation}", stored, before),))


def _read_days(call: Call) -> int:
    if not call.request.body:
        return 1
    document = read_document(call.request.body, "RestoreRequest", {"Days", "JobParameters", "Tier"})
    days = document.findtext("Days", "1")
    if not days.isdecimal() or not 0 < int(days) <= MAX_RESTORE_DAYS:
        raise OssError("MalformedXML", f"Days is {days!r}; 1 to {MAX_RESTORE_DAYS} are allowed.")
    return int(days)
