"""The operations, each with everything that it understands in a request. Anything else in a request is refused."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from local_cloud.oss import bucket_operations, deleting, listing, multipart, reading, writing
from local_cloud.oss.calls import Call, Outcome
from local_cloud.oss.conditions import COPY, FORBID_OVERWRITE, NAMES
from local_cloud.oss.copying import DIRECTIVE, SOURCE, copy_object
from local_cloud.oss.errors import OssError
from local_cloud.oss.headers import ACL, KEPT, META, RESPONSE_PARAMETERS
from local_cloud.oss.models import STORAGE_CLASS
from local_cloud.oss.ranges import BEHAVIOUR

NOTHING: frozenset[str] = frozenset()
VERSION = frozenset({"versionId"})
CONDITIONS = frozenset(NAMES)
STORED = frozenset({*KEPT, META, ACL, STORAGE_CLASS, FORBID_OVERWRITE})
SENT_ALONG = frozenset({*KEPT, META})
COPIED = frozenset({SOURCE, *(f"{COPY}{name}" for name in NAMES)})
ENCODED = frozenset({"encoding-type"})
LISTED = ENCODED | {"prefix", "delimiter", "max-keys"}
# These change nothing in what a request does: a connection's own, those of browsers, and who pays.
HARMLESS = {
    "accept",
    "accept-encoding",
    "accept-language",
    "authorization",
    "cache-control",
    "connection",
    "content-length",
    "content-md5",
    "content-type",
    "date",
    "dnt",
    "expect",
    "host",
    "keep-alive",
    "origin",
    "pragma",
    "priority",
    "proxy-connection",
    "referer",
    "security-token",
    "te",
    "transfer-encoding",
    "upgrade-insecure-requests",
    "user-agent",
    "x-oss-content-sha256",
    "x-oss-date",
    "x-oss-request-payer",
    "x-oss-security-token",
    "x-oss-user-agent",
}
HARMLESS_PREFIXES = ("sec-",)


@dataclass(frozen=True)
class Operation:
    """An operation. ``marks`` are the parameters and headers that tell it from others with its method and level.

    The level is the number of names in the resource: 0 is the service, 1 a bucket, 2 an object. ``right`` is needed
    (RAM policy overview, actions). ``x-oss-meta-`` among the headers allows all that begin with it.
    """

    name: str
    method: str
    level: int
    right: str
    act: Callable[[Call], Outcome]
    marks: AbstractSet[str] = NOTHING
    parameters: AbstractSet[str] = NOTHING
    headers: AbstractSet[str] = NOTHING

    def find_unknown(self, call: Call) -> list[str]:
        """Return the parameters and headers of the request that the operation does not understand."""
        known = self.headers | self.marks | HARMLESS
        known_prefixes = (*HARMLESS_PREFIXES, META) if META in self.headers else HARMLESS_PREFIXES
        headers = {name for name in call.headers if name not in known and not name.startswith(known_prefixes)}
        parameters = call.parameters.keys() - self.parameters - self.marks
        return [f"the parameter {name}" for name in sorted(parameters)] + [
            f"the header {name}" for name in sorted(headers)
        ]

    def name_right(self, call: Call) -> str:
        """Return the right. Reading or deleting a version needs one of its own."""
        versioned = "versionId" in call.parameters and self.right in {"oss:GetObject", "oss:DeleteObject"}
        return f"{self.right}Version" if versioned else self.right


OPERATIONS = (
    Operation(
        "ListBuckets",
        "GET",
        0,
        "oss:ListBuckets",
        bucket_operations.list_buckets,
        parameters={"prefix", "marker", "max-keys"},
    ),
    Operation("PutBucket", "PUT", 1, "oss:PutBucket", bucket_operations.put_bucket, headers={bucket_operations.ACL}),
    Operation("DeleteBucket", "DELETE", 1, "oss:DeleteBucket", bucket_operations.delete_bucket),
    Operation("GetBucketInfo", "GET", 1, "oss:GetBucketInfo", bucket_operations.get_bucket_info, {"bucketInfo"}),
    Operation(
        "GetBucketLocation", "GET", 1, "oss:GetBucketLocation", bucket_operations.get_bucket_location, {"location"}
    ),
    Operation("GetBucketStat", "GET", 1, "oss:GetBucketStat", bucket_operations.get_bucket_stat, {"stat"}),
    Operation(
        "PutBucketVersioning",
        "PUT",
        1,
        "oss:PutBucketVersioning",
        bucket_operations.put_bucket_versioning,
        {"versioning"},
    ),
    Operation(
        "GetBucketVersioning",
        "GET",
        1,
        "oss:GetBucketVersioning",
        bucket_operations.get_bucket_versioning,
        {"versioning"},
    ),
    Operation("ListObjects", "GET", 1, "oss:ListObjects", listing.list_objects, parameters=LISTED | {"marker"}),
    Operation(
        "ListObjectsV2",
        "GET",
        1,
        "oss:ListObjects",
        listing.list_objects_v2,
        {"list-type"},
        LISTED | {"start-after", "continuation-token", "fetch-owner"},
    ),
    Operation(
        "ListObjectVersions",
        "GET",
        1,
        "oss:ListObjectVersions",
        listing.list_versions,
        {"versions"},
        LISTED | {"key-marker", "version-id-marker"},
    ),
    Operation(
        "ListMultipartUploads",
        "GET",
        1,
        "oss:ListMultipartUploads",
        multipart.list_uploads,
        {"uploads"},
        ENCODED | {"prefix", "delimiter", "max-uploads", "key-marker", "upload-id-marker"},
    ),
    Operation("DeleteMultipleObjects", "POST", 1, "oss:DeleteObject", deleting.delete_objects, {"delete"}, ENCODED),
    Operation(
        "GetObject",
        "GET",
        2,
        "oss:GetObject",
        reading.get_object,
        parameters=VERSION | RESPONSE_PARAMETERS,
        headers=CONDITIONS | {"range", BEHAVIOUR},
    ),
    Operation("HeadObject", "HEAD", 2, "oss:GetObject", reading.get_object, parameters=VERSION, headers=CONDITIONS),
    Operation("GetObjectMeta", "HEAD", 2, "oss:GetObject", reading.get_object_meta, {"objectMeta"}, VERSION),
    Operation("GetSymlink", "GET", 2, "oss:GetObject", reading.get_symlink, {"symlink"}, VERSION),
    Operation("PutObject", "PUT", 2, "oss:PutObject", writing.put_object, headers=STORED),
    Operation("CopyObject", "PUT", 2, "oss:PutObject", copy_object, {SOURCE}, headers=STORED | COPIED | {DIRECTIVE}),
    Operation("AppendObject", "POST", 2, "oss:PutObject", writing.append_object, {"append"}, {"position"}, STORED),
    Operation(
        "PutSymlink", "PUT", 2, "oss:PutObject", writing.put_symlink, {"symlink"}, headers=STORED | {reading.TARGET}
    ),
    Operation("RestoreObject", "POST", 2, "oss:RestoreObject", writing.restore_object, {"restore"}, VERSION),
    Operation("DeleteObject", "DELETE", 2, "oss:DeleteObject", deleting.delete_object, parameters=VERSION),
    Operation(
        "InitiateMultipartUpload", "POST", 2, "oss:PutObject", multipart.initiate_upload, {"uploads"}, ENCODED, STORED
    ),
    # ali-oss sends the headers of a multipart upload with each of its requests; only those of the first one count.
    Operation(
        "UploadPart", "PUT", 2, "oss:PutObject", multipart.upload_part, {"uploadId", "partNumber"}, headers=SENT_ALONG
    ),
    Operation(
        "UploadPartCopy",
        "PUT",
        2,
        "oss:PutObject",
        multipart.upload_part_copy,
        {"uploadId", "partNumber", SOURCE},
        headers=SENT_ALONG | COPIED | {"x-oss-copy-source-range"},
    ),
    Operation(
        "CompleteMultipartUpload",
        "POST",
        2,
        "oss:PutObject",
        multipart.complete_upload,
        {"uploadId"},
        ENCODED,
        SENT_ALONG | {ACL, FORBID_OVERWRITE, multipart.COMPLETE_ALL},
    ),
    Operation("AbortMultipartUpload", "DELETE", 2, "oss:AbortMultipartUpload", multipart.abort_upload, {"uploadId"}),
    Operation(
        "ListParts",
        "GET",
        2,
        "oss:ListParts",
        multipart.list_parts,
        {"uploadId"},
        ENCODED | {"max-parts", "part-number-marker"},
    ),
)


def find_operation(call: Call) -> Operation:
    """Return the operation with the most marks among those that fit. Raise ``OssError`` if none does."""
    level = bool(call.bucket_name) + bool(call.key)
    given = call.parameters.keys() | call.headers.keys()
    fitting = [one for one in OPERATIONS if (one.method, one.level) == (call.request.method, level)]
    fitting = [one for one in fitting if one.marks <= given]
    if not fitting:
        raise OssError("MethodNotAllowed")
    return max(fitting, key=lambda one: len(one.marks))


def check_understood(operation: Operation, call: Call) -> None:
    """Raise ``OssError`` if the request has anything that the operation does not understand."""
    if unknown := operation.find_unknown(call):
        raise OssError("NotImplemented", f"Not supported here for {operation.name}: {', '.join(unknown)}.")
    if call.headers.get("x-oss-request-payer", "requester") != "requester":
        raise OssError("InvalidArgument", "x-oss-request-payer must be requester.")
