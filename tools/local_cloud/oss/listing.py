"""ListObjects, ListObjectsV2 and ListObjectVersions. Sources: the API references of these names."""

import base64
import binascii
from collections.abc import Mapping

from local_cloud.oss.calls import Call, Outcome, format_iso, read_choice, read_number
from local_cloud.oss.errors import refuse
from local_cloud.oss.headers import quote_etag, restore_header
from local_cloud.oss.models import ACCOUNT, StoredObject
from local_cloud.oss.pages import Encoder, Page, find_page, render_page
from local_cloud.oss.rendering import render_xml
from local_cloud.server.wire import Response, xml_elements

MAX_KEYS = 1000
DEFAULT_KEYS = 100
OWNER = f"<Owner><ID>{ACCOUNT}</ID><DisplayName>{ACCOUNT}</DisplayName></Owner>"


def list_objects(call: Call) -> Outcome:
    marker = call.parameters.get("marker", "")
    limit, page = _find_objects(call, marker)
    encode = Encoder(call.parameters)
    fields = {"Marker": encode(marker)} | _describe(call, limit, encode, is_truncated=page.is_truncated)
    if page.is_truncated:
        fields["NextMarker"] = encode(page.last[0])
    body = render_page(page, encode, lambda one: _render_object(one, encode, owner=OWNER))
    return Outcome(_render("ListBucketResult", fields, body))


def list_objects_v2(call: Call) -> Outcome:
    """Return one page. The continuation token is the last key, or the last common prefix, in base64."""
    read_choice(call.parameters, "list-type", {"2"})
    start, token = call.parameters.get("start-after", ""), call.parameters.get("continuation-token", "")
    limit, page = _find_objects(call, _decode_token(token) if token else start)
    encode = Encoder(call.parameters)
    fields = _describe(call, limit, encode, is_truncated=page.is_truncated) | {"KeyCount": str(page.size)}
    fields |= {"StartAfter": encode(start)} if start else {}
    fields |= {"ContinuationToken": token} if token else {}
    if page.is_truncated:
        fields["NextContinuationToken"] = _encode_token(page.last[0])
    owner = OWNER if read_choice(call.parameters, "fetch-owner", {"true", "false"}, "false") == "true" else ""
    body = render_page(page, encode, lambda one: _render_object(one, encode, owner=owner))
    return Outcome(_render("ListBucketResult", fields, body))


def list_versions(call: Call) -> Outcome:
    """List the versions of each key, latest first. A version marker counts only with a key marker."""
    parameters, encode = call.parameters, Encoder(call.parameters)
    limit = read_number(parameters, "max-keys", DEFAULT_KEYS, MAX_KEYS)
    marker, version_marker = parameters.get("key-marker", ""), parameters.get("version-id-marker", "")
    entries = [
        ((one.key, f"{place:08}"), (one, place == 0))
        for versions in call.bucket.list_versions()
        for place, one in enumerate(versions)
    ]
    passed = [rest for (key, rest), (one, _) in entries if (key, one.version_id) == (marker, version_marker)]
    # Without a version marker, the listing begins behind all versions of the key marker.
    after = (marker, passed[0] if passed else "~" if marker else "")
    page = find_page(entries, parameters.get("prefix", ""), parameters.get("delimiter", ""), after, limit)
    fields = {"KeyMarker": encode(marker), "VersionIdMarker": version_marker}
    fields |= _describe(call, limit, encode, is_truncated=page.is_truncated)
    if page.is_truncated:
        last = page.entries[-1][0] if page.entries and page.entries[-1][0].key == page.last[0] else None
        fields |= {"NextKeyMarker": encode(page.last[0]), "NextVersionIdMarker": last.version_id if last else ""}
    body = render_page(page, encode, lambda one: _render_version(*one, encode))
    return Outcome(_render("ListVersionsResult", fields, body))


def _find_objects(call: Call, after: str) -> tuple[int, Page[StoredObject]]:
    parameters, limit = call.parameters, read_number(call.parameters, "max-keys", DEFAULT_KEYS, MAX_KEYS)
    entries = [((one.key, ""), one) for one in call.bucket.objects()]
    prefix, delimiter = parameters.get("prefix", ""), parameters.get("delimiter", "")
    return limit, find_page(entries, prefix, delimiter, (after, ""), limit)


def _describe(call: Call, limit: int, encode: Encoder, *, is_truncated: bool) -> dict[str, str]:
    return encode.fields | {
        "Name": call.bucket.name,
        "Prefix": encode(call.parameters.get("prefix", "")),
        "MaxKeys": str(limit),
        "Delimiter": encode(call.parameters.get("delimiter", "")),
        "IsTruncated": str(is_truncated).lower(),
    }


def _render_object(stored: StoredObject, encode: Encoder, *, owner: str) -> str:
    fields = _describe_object(stored, encode)
    if restored := restore_header(stored).get("x-oss-restore"):
        fields["RestoreInfo"] = restored
    return f"<Contents>{xml_elements(fields)}{owner}</Contents>"


def _render_version(stored: StoredObject, is_latest: bool, encode: Encoder) -> str:  # noqa: FBT001 - one of a pair
    ids = {"VersionId": stored.version_id, "IsLatest": str(is_latest).lower()}
    if stored.deleted:
        fields = {"Key": encode(stored.key), **ids, "LastModified": format_iso(stored.last_modified)}
        return f"<DeleteMarker>{xml_elements(fields)}{OWNER}</DeleteMarker>"
    return f"<Version>{xml_elements(_describe_object(stored, encode) | ids)}{OWNER}</Version>"


def _describe_object(stored: StoredObject, encode: Encoder) -> dict[str, str]:
    return {
        "Key": encode(stored.key),
        "LastModified": format_iso(stored.last_modified),
        "ETag": quote_etag(stored.etag),
        "Type": stored.kind,
        "Size": str(len(stored.data)),
        "StorageClass": stored.storage_class,
    }


def _render(root: str, fields: Mapping[str, str], body: str) -> Response:
    return render_xml(f"<{root}>{xml_elements(fields)}{body}</{root}>")


def _encode_token(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode().rstrip("=")


def _decode_token(token: str) -> str:
    try:
        return base64.b64decode(f"{token}===", altchars="-_", validate=False).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise refuse("continuation-token", token, "it comes from an earlier page") from None
