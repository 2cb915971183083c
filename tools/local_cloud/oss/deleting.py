"""DeleteObject and DeleteMultipleObjects. Sources: the API references of these names.

In a bucket with versioning, a delete that names no version adds a delete marker, and OSS announces nothing: its guide,
"Configure event notification rules", says that DeleteObject and DeleteObjects are only notified if a version is named.
"""

from urllib.parse import quote

from local_cloud.oss.calls import Call, Change, Outcome, check_key, read_choice, read_document
from local_cloud.oss.errors import OssError
from local_cloud.oss.models import StoredObject
from local_cloud.oss.rendering import render, render_xml
from local_cloud.server.wire import xml_elements

NO_CONTENT = 204
MAX_DELETED = 1000


def delete_object(call: Call) -> Outcome:
    """Delete an object or one version. A missing one gets the same response (DeleteObject reference)."""
    version_id = call.parameters.get("versionId")
    fields, changes = _delete(call, call.key, version_id, "DeleteObject")
    headers = {"x-oss-delete-marker": fields["DeleteMarker"]} if "DeleteMarker" in fields else {}
    if deleted := fields.get("DeleteMarkerVersionId") or version_id:
        headers["x-oss-version-id"] = deleted
    return Outcome(render(NO_CONTENT, headers), changes)


def delete_objects(call: Call) -> Outcome:
    """Delete up to 1,000 objects or versions. Quiet leaves them out of the response."""
    encoding = read_choice(call.parameters, "encoding-type", {"url"})
    document = read_document(call.request.body, "Delete", {"Quiet", "Object", "Key", "VersionId"})
    objects = [(one.findtext("Key", ""), one.findtext("VersionId")) for one in document.iterfind("Object")]
    if not 0 < len(objects) <= MAX_DELETED:
        raise OssError("MalformedXML", f"The list has {len(objects)} objects; 1 to {MAX_DELETED} are allowed.")
    for key, _ in objects:
        check_key(key)
    rendered = ""
    changes: tuple[Change, ...] = ()
    for key, version_id in objects:
        fields, announced = _delete(call, key, version_id, "DeleteObjects")
        shown = quote(key) if encoding else key
        rendered += f"<Deleted>{xml_elements({'Key': shown} | fields)}</Deleted>"
        changes += announced
    if document.findtext("Quiet", "").lower() == "true":
        return Outcome(render(), changes)
    kind = "<EncodingType>url</EncodingType>" if encoding else ""
    return Outcome(render_xml(f"<DeleteResult>{kind}{rendered}</DeleteResult>"), changes)


def _delete(call: Call, key: str, version_id: str | None, operation: str) -> tuple[dict[str, str], tuple[Change, ...]]:
    """Return the fields that describe what was deleted, and what OSS announces of it."""
    if version_id:
        removed = call.bucket.remove_version(key, version_id)
        fields = {"VersionId": version_id} | _describe_marker(removed)
    else:
        removed = call.bucket.remove(key, call.now)
        fields = _describe_marker(call.bucket.current(key))
    return fields, (Change(f"ObjectRemoved:{operation}", None, removed),) if removed else ()


def _describe_marker(found: StoredObject | None) -> dict[str, str]:
    if found is None or not found.deleted:
        return {}
    return {"DeleteMarker": "true", "DeleteMarkerVersionId": found.version_id}
