"""The headers that are kept with an object, and those that say how to render it."""

from collections.abc import Mapping
from email.utils import formatdate

from local_cloud.oss.calls import read_choice
from local_cloud.oss.models import STORAGE_CLASS, STORAGE_CLASSES, Bucket, StoredObject

META = "x-oss-meta-"
ACL = "x-oss-object-acl"
KEPT = ("cache-control", "content-disposition", "content-encoding", "content-language", "content-type", "expires")
RESPONSE_PREFIX = "response-"
RESPONSE_PARAMETERS = {f"{RESPONSE_PREFIX}{name}" for name in KEPT}


def select_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers of an upload that are kept. Raise ``OssError`` for a class or an ACL that is not supported.

    Nobody but the owner can read here, so that only ACLs that say so are supported.
    """
    read_choice(headers, ACL, {"default", "private"})
    read_choice(headers, STORAGE_CLASS, STORAGE_CLASSES)
    kept = {*KEPT, STORAGE_CLASS}
    return {name: text for name, text in headers.items() if name in kept or name.startswith(META)}


def quote_etag(etag: str) -> str:
    return f'"{etag}"'


def version_header(bucket: Bucket, stored: StoredObject) -> dict[str, str]:
    return {"x-oss-version-id": stored.version_id} if bucket.versioning else {}


def restore_header(stored: StoredObject) -> dict[str, str]:
    """Return until when an archived object can be read (HeadObject reference, x-oss-restore)."""
    if not (stored.is_archived and stored.restored_until):
        return {}
    until = formatdate(stored.restored_until, usegmt=True)
    return {"x-oss-restore": f'ongoing-request="false", expiry-date="{until}"'}
