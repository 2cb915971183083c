"""PutSymlink and GetSymlink. The target's name travels URL-encoded (PutSymlink reference, x-oss-symlink-target)."""

from email.utils import formatdate
from urllib.parse import quote, unquote

from local_cloud.image_search.wire import Request
from local_cloud.oss.errors import OssRefusal
from local_cloud.oss.model import Bucket, StoredObject
from local_cloud.oss.objects import Change, check_key, kept_headers, quoted, store
from local_cloud.oss.wire import OssAnswer, done

_TARGET = "x-oss-symlink-target"


def put_symlink(bucket: Bucket, key: str, request: Request, now: float) -> Change:
    """To an object that need not be there; the link's own ETag is believed to be its target's name's MD5."""
    target = unquote(request.headers.get(_TARGET, ""))
    check_key(target)
    headers = kept_headers(request)
    link = StoredObject(key, target.encode(), now, headers, target, version_id=bucket.new_version_id())
    return store(bucket, link, "PutSymlink")


def get_symlink(bucket: Bucket, key: str) -> OssAnswer:
    link = bucket.find(key)
    if link.target is None:
        raise OssRefusal("NotSymlink")
    modified = formatdate(link.last_modified, usegmt=True)
    headers = {_TARGET: quote(link.target), "ETag": quoted(link.etag), "Last-Modified": modified}
    return done(headers=headers)
