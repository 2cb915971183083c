"""The operations on several objects: ListObjectsV2 and DeleteMultipleObjects."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote, unquote
from xml.etree import ElementTree as ET

from local_cloud.oss.errors import OssError
from local_cloud.oss.models import Bucket, StoredObject
from local_cloud.oss.operations import Change, delete_object, quote_etag
from local_cloud.oss.rendering import render_xml
from local_cloud.server.wire import Request, Response, xml_elements

MAX_KEYS = 1000
_SUPPORTED = {"list-type", "prefix", "max-keys", "start-after", "continuation-token", "encoding-type"}


def list_objects(bucket: Bucket, request: Request) -> Response:
    """Return one page. Its continuation token is its last key."""
    parameters = dict(request.query)
    if unknown := parameters.keys() - _SUPPORTED:
        raise OssError("NotImplemented", f"Not supported here: {', '.join(sorted(unknown))}.")
    prefix, limit = parameters.get("prefix", ""), _read_limit(parameters.get("max-keys", "100"))
    after = max(unquote(parameters.get("continuation-token", "")), parameters.get("start-after", ""))
    found = [one for one in bucket.objects() if one.key.startswith(prefix) and one.key.encode() > after.encode()]
    page, more = found[:limit], len(found) > limit
    fields = {
        "Name": bucket.name,
        "Prefix": quote(prefix),
        "MaxKeys": str(limit),
        "EncodingType": "url",
        "IsTruncated": str(more).lower(),
        "KeyCount": str(len(page)),
    }
    if more:
        fields["NextContinuationToken"] = quote(page[-1].key)
    contents = "".join(_render_contents(one) for one in page)
    return render_xml(f"<ListBucketResult>{xml_elements(fields)}{contents}</ListBucketResult>")


def delete_objects(bucket: Bucket, request: Request, now: float) -> Iterator[Change]:
    """Yield one change for each object. Each carries the response for all of them."""
    try:
        names = [element.text or "" for element in ET.fromstring(request.body).iterfind("Object/Key")]  # noqa: S314 - sent by tests
    except ET.ParseError:
        raise OssError("MalformedXML") from None
    if not 0 < len(names) <= MAX_KEYS:
        raise OssError("MalformedXML")
    deleted = "".join(f"<Deleted>{xml_elements({'Key': quote(name)})}</Deleted>" for name in names)
    response = render_xml(f"<DeleteResult><EncodingType>url</EncodingType>{deleted}</DeleteResult>")
    for name in names:
        yield replace(delete_object(bucket, name, now), response=response, operation="DeleteObjects")


def _read_limit(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= MAX_KEYS:
        raise OssError("InvalidArgument", f"max-keys is {text}; 1 to {MAX_KEYS} are allowed.")
    return int(text)


def _render_contents(stored: StoredObject) -> str:
    modified = datetime.fromtimestamp(stored.last_modified, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    fields = {
        "Key": quote(stored.key),
        "LastModified": modified,
        "ETag": quote_etag(stored.etag),
        "Type": "Normal" if stored.target is None else "Symlink",
        "Size": str(len(stored.data)),
        "StorageClass": stored.headers.get("x-oss-storage-class", "Standard"),
    }
    return f"<Contents>{xml_elements(fields)}</Contents>"
