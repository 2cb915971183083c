"""CopyObject, and the source of a copy, which UploadPartCopy has too. Sources: the API references of these names."""

from dataclasses import replace
from urllib.parse import unquote

from local_cloud.oss.calls import Call, Outcome, format_iso, read_choice
from local_cloud.oss.conditions import COPY, check_conditions
from local_cloud.oss.errors import OssError, refuse
from local_cloud.oss.headers import quote_etag, select_headers
from local_cloud.oss.models import STORAGE_CLASS, StoredObject
from local_cloud.oss.reading import check_readable
from local_cloud.oss.rendering import render_xml
from local_cloud.oss.writing import store
from local_cloud.server.wire import xml_elements

SOURCE = "x-oss-copy-source"
DIRECTIVE = "x-oss-metadata-directive"


def copy_object(call: Call) -> Outcome:
    """Copy an object with its metadata, or with the request's if the directive is REPLACE, or onto itself.

    The class is the request's or the default. The copy of an object in parts is a normal one.
    """
    bucket, source = find_source(call)
    given = {name: text.upper() for name, text in call.headers.items()}
    replaced = read_choice(given, DIRECTIVE, {"COPY", "REPLACE"}, "COPY") == "REPLACE"
    asked = select_headers(call.headers)
    if not replaced and (bucket, source.key) != (call.bucket_name, call.key):
        kept = {name: text for name, text in source.headers.items() if name != STORAGE_CLASS}
        asked = kept | {name: text for name, text in asked.items() if name == STORAGE_CLASS}
    kind = "Symlink" if source.target is not None else "Normal"
    copy = StoredObject(call.key, source.data, call.now, asked, source.target, kind=kind)
    outcome = store(call, copy, "CopyObject")
    fields = {"ETag": quote_etag(copy.etag), "LastModified": format_iso(call.now)}
    response = render_xml(f"<CopyObjectResult>{xml_elements(fields)}</CopyObjectResult>")
    return replace(outcome, response=replace(response, headers={**outcome.response.headers, **response.headers}))


def find_source(call: Call) -> tuple[str, StoredObject]:
    """Return the bucket and the object that the request copies. Raise ``OssError`` if a condition does not hold."""
    path, mark, query = call.headers[SOURCE].partition("?")
    name, _, version_id = query.partition("=")
    if mark and (name != "versionId" or not version_id):
        raise refuse(SOURCE, call.headers[SOURCE], "only versionId may follow the object")
    bucket, slash, key = unquote(path).removeprefix("/").partition("/")
    if not (slash and key):
        raise refuse(SOURCE, call.headers[SOURCE], "/bucket/object is needed")
    source = call.buckets.find(bucket).find(key, version_id or None)
    check_conditions(call.headers, source, COPY)
    check_readable(source, call.now)
    return bucket, source


def check_source_right(call: Call, denied: set[str]) -> None:
    """Raise ``OssError`` if the caller may not read the source of a copy."""
    if SOURCE in call.headers and "oss:GetObject" in denied:
        raise OssError("AccessDenied")
