"""Multipart uploads. Sources: the API references of the same names.

InitiateMultipartUpload, UploadPart, UploadPartCopy, CompleteMultipartUpload, AbortMultipartUpload, ListParts and
ListMultipartUploads.
"""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from urllib.parse import quote

from local_cloud.oss.calls import Call, Outcome, format_iso, read_choice, read_document, read_number
from local_cloud.oss.conditions import check_overwrite
from local_cloud.oss.copying import find_source
from local_cloud.oss.errors import OssError
from local_cloud.oss.headers import quote_etag, select_headers
from local_cloud.oss.models import STORAGE_CLASS, Part, StoredObject, Upload, compute_crc64, compute_md5
from local_cloud.oss.pages import Encoder, find_page, render_page
from local_cloud.oss.ranges import find_copy_range
from local_cloud.oss.rendering import render, render_xml
from local_cloud.oss.writing import store
from local_cloud.server.wire import Response, xml_elements

MIN_PART_BYTES = 100 * 1024  # of every part but the last
MAX_PART_NUMBER = 10_000
MAX_LISTED = 1000
COMPLETE_ALL = "x-oss-complete-all"
NO_CONTENT = 204


def initiate_upload(call: Call) -> Outcome:
    check_overwrite(call)
    upload = Upload(uuid.uuid4().hex.upper(), call.key, select_headers(call.headers), call.now)
    encode = Encoder(call.parameters)
    call.bucket.uploads[upload.upload_id] = upload
    fields = {"Bucket": call.bucket.name, "Key": encode(call.key), "UploadId": upload.upload_id}
    return Outcome(_render("InitiateMultipartUploadResult", encode.fields | fields))


def upload_part(call: Call) -> Outcome:
    return Outcome(render(headers=_describe_part(_add_part(call, call.request.body))))


def upload_part_copy(call: Call) -> Outcome:
    _, source = find_source(call)
    copied = find_copy_range(call.headers, len(source.data))
    part = _add_part(call, source.data[copied.start : copied.stop])
    fields = {"LastModified": format_iso(call.now), "ETag": quote_etag(part.etag)}
    response = _render("CopyPartResult", fields)
    return Outcome(replace(response, headers={**_describe_part(part), **response.headers}))


def complete_upload(call: Call) -> Outcome:
    """Make an object of the listed parts, or of all of them.

    The ETag ends in the number of parts; how OSS computes the rest is not documented.
    """
    upload, encode = _find_upload(call), Encoder(call.parameters)
    select_headers(call.headers)
    parts = _select_parts(call, upload)
    if any(len(part.data) < MIN_PART_BYTES for part in parts[:-1]):
        raise OssError("EntityTooSmall", f"Every part but the last needs {MIN_PART_BYTES} bytes.")
    etag = f"{compute_md5(b''.join(part.etag.encode() for part in parts))}-{len(parts)}"
    data = b"".join(part.data for part in parts)
    stored = StoredObject(call.key, data, call.now, upload.headers, kind="Multipart", multipart_etag=etag)
    outcome = store(call, stored, "CompleteMultipartUpload")
    del call.bucket.uploads[upload.upload_id]
    location = f"http://{call.bucket.name}.oss-{call.bucket.region}.aliyuncs.com/{quote(call.key)}"
    fields = {"Location": location, "Bucket": call.bucket.name, "Key": encode(call.key), "ETag": quote_etag(etag)}
    response = _render("CompleteMultipartUploadResult", encode.fields | fields)
    return replace(outcome, response=replace(response, headers={**outcome.response.headers, **response.headers}))


def abort_upload(call: Call) -> Outcome:
    del call.bucket.uploads[_find_upload(call).upload_id]
    return Outcome(render(NO_CONTENT))


def list_parts(call: Call) -> Outcome:
    upload, encode = _find_upload(call), Encoder(call.parameters)
    limit = read_number(call.parameters, "max-parts", MAX_LISTED, MAX_LISTED)
    after = read_number(call.parameters, "part-number-marker", 0, MAX_PART_NUMBER, 0)
    found = [number for number in sorted(upload.parts) if number > after]
    page = found[:limit]
    fields = {
        "Bucket": call.bucket.name,
        "Key": encode(call.key),
        "UploadId": upload.upload_id,
        "StorageClass": upload.headers.get(STORAGE_CLASS, "Standard"),
        "PartNumberMarker": str(after),
        "NextPartNumberMarker": str(page[-1] if page else after),
        "MaxParts": str(limit),
        "IsTruncated": str(len(found) > limit).lower(),
    }
    parts = "".join(_render_part(number, upload.parts[number]) for number in page)
    return Outcome(_render("ListPartsResult", encode.fields | fields, parts))


def list_uploads(call: Call) -> Outcome:
    """List uploads by key, and those of one key by ID. An ID marker counts only with a key marker."""
    parameters, encode = call.parameters, Encoder(call.parameters)
    limit = read_number(parameters, "max-uploads", MAX_LISTED, MAX_LISTED)
    marker, id_marker = parameters.get("key-marker", ""), parameters.get("upload-id-marker", "")
    after = (marker, id_marker if marker and id_marker else "\U0010ffff" if marker else "")
    entries = sorted((upload.key.encode(), upload.upload_id, upload) for upload in call.bucket.uploads.values())
    named = [((upload.key, upload_id), upload) for _, upload_id, upload in entries]
    page = find_page(named, parameters.get("prefix", ""), parameters.get("delimiter", ""), after, limit)
    fields = {
        "Bucket": call.bucket.name,
        "KeyMarker": encode(marker),
        "UploadIdMarker": id_marker,
        "NextKeyMarker": encode(page.last[0]),
        "NextUploadIdMarker": page.last[1] if page.size else id_marker,
        "Prefix": encode(parameters.get("prefix", "")),
        "Delimiter": encode(parameters.get("delimiter", "")),
        "MaxUploads": str(limit),
        "IsTruncated": str(page.is_truncated).lower(),
    }
    body = render_page(page, encode, lambda upload: _render_upload(upload, encode))
    return Outcome(_render("ListMultipartUploadsResult", encode.fields | fields, body))


def _find_upload(call: Call) -> Upload:
    upload = call.bucket.uploads.get(call.parameters["uploadId"])
    if upload is None or upload.key != call.key:
        raise OssError("NoSuchUpload", elements={"UploadId": call.parameters["uploadId"]})
    return upload


def _add_part(call: Call, data: bytes) -> Part:
    number = read_number(call.parameters, "partNumber", 0, MAX_PART_NUMBER)
    part = Part(data, call.now)
    _find_upload(call).parts[number] = part
    return part


def _describe_part(part: Part) -> dict[str, str]:
    return {"ETag": quote_etag(part.etag), "x-oss-hash-crc64ecma": compute_crc64(part.data)}


def _select_parts(call: Call, upload: Upload) -> Sequence[Part]:
    if read_choice(call.headers, COMPLETE_ALL, {"yes"}):
        if call.request.body or not upload.parts:
            raise OssError("InvalidArgument", f"{COMPLETE_ALL} takes every uploaded part, and no body.")
        return [part for _, part in sorted(upload.parts.items())]
    document = read_document(call.request.body, "CompleteMultipartUpload", {"Part", "PartNumber", "ETag"})
    listed = [(one.findtext("PartNumber", ""), one.findtext("ETag", "")) for one in document.iterfind("Part")]
    if not listed or not all(number.isdecimal() for number, _ in listed):
        raise OssError("MalformedXML", "The list of parts is empty, or a PartNumber is not a number.")
    numbers = [int(number) for number, _ in listed]
    if any(second <= first for first, second in pairwise(numbers)):
        raise OssError("InvalidPartOrder")
    return [_find_part(upload, int(number), etag) for number, etag in listed]


def _find_part(upload: Upload, number: int, etag: str) -> Part:
    part = upload.parts.get(number)
    if part is None or part.etag != etag.strip().strip('"'):
        raise OssError("InvalidPart", elements={"PartNumber": str(number), "ETag": etag})
    return part


def _render_part(number: int, part: Part) -> str:
    fields = {
        "PartNumber": str(number),
        "LastModified": format_iso(part.last_modified),
        "ETag": quote_etag(part.etag),
        "HashCrc64ecma": compute_crc64(part.data),
        "Size": str(len(part.data)),
    }
    return f"<Part>{xml_elements(fields)}</Part>"


def _render_upload(upload: Upload, encode: Encoder) -> str:
    fields = {
        "Key": encode(upload.key),
        "UploadId": upload.upload_id,
        "StorageClass": upload.headers.get(STORAGE_CLASS, "Standard"),
        "Initiated": format_iso(upload.initiated),
    }
    return f"<Upload>{xml_elements(fields)}</Upload>"


def _render(root: str, fields: dict[str, str], body: str = "") -> Response:
    return render_xml(f"<{root}>{xml_elements(fields)}{body}</{root}>")
