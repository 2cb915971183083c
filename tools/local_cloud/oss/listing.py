"""ListObjectsV2 and DeleteMultipleObjects: what there is, and many removals at once. Both speak XML."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote, unquote
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from local_cloud.image_search.wire import Request
from local_cloud.oss.errors import OssRefusal
from local_cloud.oss.model import Bucket, StoredObject
from local_cloud.oss.objects import Change, delete_object, quoted
from local_cloud.oss.wire import OssAnswer, xml

MAX_KEYS = 1000
_UNDERSTOOD = {"list-type", "prefix", "max-keys", "start-after", "continuation-token", "encoding-type"}


def list_objects(bucket: Bucket, request: Request) -> OssAnswer:
    """Pages end with a token, which is the last key that they hold."""
    asked = dict(request.query)
    if unknown := asked.keys() - _UNDERSTOOD:
        raise OssRefusal("NotImplemented", f"Not understood here: {', '.join(sorted(unknown))}.")
    prefix, limit = asked.get("prefix", ""), _limit(asked.get("max-keys", "100"))
    after = max(unquote(asked.get("continuation-token", "")), asked.get("start-after", ""))
    found = [one for one in bucket.objects() if one.key.startswith(prefix) and one.key.encode() > after.encode()]
    page, more = found[:limit], len(found) > limit
    token = f"<NextContinuationToken>{escape(quote(page[-1].key))}</NextContinuationToken>" if more else ""
    head = f"<Name>{bucket.name}</Name><Prefix>{escape(quote(prefix))}</Prefix><MaxKeys>{limit}</MaxKeys>"
    tail = f"<EncodingType>url</EncodingType><IsTruncated>{str(more).lower()}</IsTruncated>{token}"
    listed = "".join(_contents(one) for one in page)
    return xml(f"<ListBucketResult>{head}{tail}{listed}<KeyCount>{len(page)}</KeyCount></ListBucketResult>")


def delete_objects(bucket: Bucket, request: Request, now: float) -> Iterator[Change]:
    """One change an object; the last one's answer tells of all of them."""
    try:
        names = [element.text or "" for element in ET.fromstring(request.body).iterfind("Object/Key")]  # noqa: S314 - of a test
    except ET.ParseError:
        raise OssRefusal("MalformedXML") from None
    if not 0 < len(names) <= MAX_KEYS:
        raise OssRefusal("MalformedXML")
    deleted = "".join(f"<Deleted><Key>{escape(quote(name))}</Key></Deleted>" for name in names)
    answer = xml(f"<DeleteResult><EncodingType>url</EncodingType>{deleted}</DeleteResult>")
    for name in names:
        yield replace(delete_object(bucket, name, now), answer=answer, operation="DeleteObjects")


def _limit(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= MAX_KEYS:
        raise OssRefusal("InvalidArgument", "max-keys is 1 to 1000.")
    return int(text)


def _contents(stored: StoredObject) -> str:
    modified = datetime.fromtimestamp(stored.last_modified, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    said = {
        "Key": quote(stored.key),
        "LastModified": modified,
        "ETag": quoted(stored.etag),
        "Type": "Normal" if stored.target is None else "Symlink",
        "Size": str(len(stored.data)),
        "StorageClass": stored.headers.get("x-oss-storage-class", "Standard"),
    }
    return f"<Contents>{''.join(f'<{name}>{escape(text)}</{name}>' for name, text in said.items())}</Contents>"
