"""The operations on buckets. Sources: the API references of the same names.

ListBuckets, PutBucket, DeleteBucket, GetBucketInfo, GetBucketLocation, GetBucketStat, PutBucketVersioning and
GetBucketVersioning.
"""

from collections.abc import Mapping

from local_cloud.oss.calls import Call, Outcome, format_iso, read_choice, read_document, read_number
from local_cloud.oss.errors import OssError
from local_cloud.oss.listing import OWNER
from local_cloud.oss.models import ENABLED, SUSPENDED, Bucket, StoredObject
from local_cloud.oss.pages import find_page
from local_cloud.oss.rendering import render, render_xml
from local_cloud.server.wire import xml_elements

MAX_LISTED = 1000
DEFAULT_LISTED = 100
ACL = "x-oss-acl"
NO_CONTENT = 204


def list_buckets(call: Call) -> Outcome:
    """List the account's buckets in all regions."""
    parameters = call.parameters
    prefix, marker = parameters.get("prefix", ""), parameters.get("marker", "")
    limit = read_number(parameters, "max-keys", DEFAULT_LISTED, MAX_LISTED)
    page = find_page([((one.name, ""), one) for one in call.buckets.all()], prefix, "", (marker, ""), limit)
    fields = {"Prefix": prefix, "Marker": marker, "MaxKeys": str(limit), "IsTruncated": str(page.is_truncated).lower()}
    if page.is_truncated:
        fields["NextMarker"] = page.last[0]
    buckets = "".join(f"<Bucket>{xml_elements(_describe(one))}</Bucket>" for one in page.entries)
    return _render("ListAllMyBucketsResult", f"{xml_elements(fields)}{OWNER}<Buckets>{buckets}</Buckets>")


def put_bucket(call: Call) -> Outcome:
    """Create a bucket in this region. The owner's own bucket is left as it is."""
    read_choice(call.headers, ACL, {"private"})
    if call.request.body:
        known = {"StorageClass", "DataRedundancyType"}
        document = read_document(call.request.body, "CreateBucketConfiguration", known)
        if document.findtext("StorageClass", "Standard") != "Standard":
            raise OssError("NotImplemented", "Not supported here: a bucket whose StorageClass is not Standard.")
    call.buckets.find(call.buckets.make(call.bucket_name, now=call.now).name)
    return Outcome(render(headers={"Location": f"/{call.bucket_name}"}))


def delete_bucket(call: Call) -> Outcome:
    if not call.bucket.is_empty:
        raise OssError("BucketNotEmpty", elements={"BucketName": call.bucket_name})
    call.buckets.remove(call.bucket_name)
    return Outcome(render(NO_CONTENT))


def get_bucket_info(call: Call) -> Outcome:
    fields = _describe(call.bucket) | {"DataRedundancyType": "LRS", "AccessMonitor": "Disabled"}
    if call.bucket.versioning:
        fields["Versioning"] = call.bucket.versioning
    acl = "<AccessControlList><Grant>private</Grant></AccessControlList>"
    return _render("BucketInfo", f"<Bucket>{xml_elements(fields)}{OWNER}{acl}</Bucket>")


def get_bucket_location(call: Call) -> Outcome:
    return Outcome(render_xml(f"<LocationConstraint>oss-{call.bucket.region}</LocationConstraint>"))


def get_bucket_stat(call: Call) -> Outcome:
    """Count the objects and their bytes. OSS itself is an hour behind (GetBucketStat reference)."""
    versions = [one for listed in call.bucket.list_versions() for one in listed]
    objects = [one for one in versions if not one.deleted]
    fields = {
        "Storage": sum(len(one.data) for one in objects),
        "ObjectCount": len(objects),
        "MultipartUploadCount": len(call.bucket.uploads),
        "MultipartPartCount": sum(len(upload.parts) for upload in call.bucket.uploads.values()),
        "LiveChannelCount": 0,
        "LastModifiedTime": int(call.now),
        "DeleteMarkerCount": len(versions) - len(objects),
        **_count_class(objects, "Standard", "Standard"),
        **_count_class(objects, "IA", "InfrequentAccess"),
        **_count_class(objects, "Archive", "Archive"),
        **_count_class(objects, "ColdArchive", "ColdArchive"),
        **_count_class(objects, "DeepColdArchive", "DeepColdArchive"),
    }
    return _render("BucketStat", xml_elements({name: str(count) for name, count in fields.items()}))


def put_bucket_versioning(call: Call) -> Outcome:
    document = read_document(call.request.body, "VersioningConfiguration", {"Status"})
    status = document.findtext("Status", "")
    if status not in {ENABLED, SUSPENDED}:
        raise OssError("IllegalVersioningConfigurationException", f"Status is {status!r}.")
    call.bucket.versioning = status
    return Outcome(render())


def get_bucket_versioning(call: Call) -> Outcome:
    """Return the status, or nothing if versioning was never enabled."""
    fields = {"Status": call.bucket.versioning} if call.bucket.versioning else {}
    return _render("VersioningConfiguration", xml_elements(fields))


def _describe(bucket: Bucket) -> dict[str, str]:
    return {
        "CreationDate": format_iso(bucket.created),
        "ExtranetEndpoint": f"oss-{bucket.region}.aliyuncs.com",
        "IntranetEndpoint": f"oss-{bucket.region}-internal.aliyuncs.com",
        "Location": f"oss-{bucket.region}",
        "Name": bucket.name,
        "Region": bucket.region,
        "StorageClass": "Standard",
    }


def _count_class(objects: list[StoredObject], storage_class: str, name: str) -> Mapping[str, int]:
    sizes = [len(one.data) for one in objects if one.storage_class == storage_class]
    billed = {} if name == "Standard" else {f"{name}RealStorage": sum(sizes)}
    return {f"{name}Storage": sum(sizes), **billed, f"{name}ObjectCount": len(sizes)}


def _render(root: str, body: str) -> Outcome:
    return Outcome(render_xml(f"<{root}>{body}</{root}>"))
