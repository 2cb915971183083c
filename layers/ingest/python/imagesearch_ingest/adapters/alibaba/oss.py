"""Read objects from Alibaba Cloud OSS."""

from contextlib import closing
from typing import Any
from urllib.parse import unquote

import alibabacloud_oss_v2 as oss
from alibabacloud_oss_v2.crc import Crc64
from alibabacloud_oss_v2.exceptions import OperationError

from imagesearch_ingest.adapters.alibaba.oss_codes import OSS
from imagesearch_ingest.adapters.alibaba.oss_errors import get_code, translate_errors, unwrap
from imagesearch_ingest.adapters.errors import UNREADABLE_RESPONSE, build_bucket_forbidden_error, check_size
from imagesearch_ingest.adapters.listing import Listing
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ObjectRef, ObjectState, SourceImage
from imagesearch_ingest.model.reasons import Reason

_CHUNK_BYTES = 256 * 1024
_LINK = "Symlink"
_WRONG_ENDPOINT = "0003-00001403"


class OssObjectStore:
    """An ``ObjectStore`` over the SDK's client. Safe to be used by several threads."""

    def __init__(self, client: oss.Client) -> None:
        self._client = client

    def fetch(self, ref: ObjectRef, max_bytes: int) -> SourceImage | None:
        """Return the object, or ``None`` if it does not exist. Raise ``OBJECT_TOO_LARGE`` above ``max_bytes``."""
        with translate_errors(_describe(ref), OSS):
            response = self._get(ref)
            if response is None:
                return None
            with closing(response.body):
                state = _read_state(ref, response)
                check_size(state.size, max_bytes)
                data = _read_body(ref, response, state.size)
            return SourceImage(data, state, self._link_target(ref, response))

    def head(self, ref: ObjectRef) -> ObjectState | None:
        """Return the object's state, or ``None`` if it does not exist."""
        with translate_errors(_describe(ref), OSS):
            try:
                return _read_state(ref, self._client.head_object(oss.HeadObjectRequest(bucket=ref.bucket, key=ref.key)))
            except OperationError as error:
                if get_code(unwrap(error)) is None:
                    raise
            # The response to a HEAD has no body. OSS puts the error's code into a header, which is optional and which a
            # proxy may drop. An index entry may be deleted because of this response, so a GET decides.
            response = self._get(ref)
            if response is None:
                return None
            with closing(response.body):
                return _read_state(ref, response)

    def _get(self, ref: ObjectRef) -> oss.GetObjectResult | None:
        try:
            return self._client.get_object(oss.GetObjectRequest(bucket=ref.bucket, key=ref.key))
        except OperationError as error:
            cause = unwrap(error)
            if get_code(cause) == "NoSuchKey":
                return None
            is_refused = get_code(cause) == "AccessDenied" and getattr(cause, "ec", None) != _WRONG_ENDPOINT
            if is_refused and self._list(ref).proves_absence(ref):
                return None
            raise

    def _list(self, ref: ObjectRef) -> Listing:
        """Return the listing of the key. Raise ``BUCKET_FORBIDDEN`` if more than this one object is refused.

        For a missing key OSS answers ``NoSuchKey`` to a role with oss:GetObject, whether or not it may list the bucket
        (SDK guide, "Determine whether an object exists"). A role without that permission learns it from the listing.
        The listing works for a role whose oss:ListObjects is limited to a prefix.
        """
        try:
            page = self._client.list_objects_v2(oss.ListObjectsV2Request(bucket=ref.bucket, prefix=ref.key, max_keys=1))
        except OperationError as error:
            if get_code(unwrap(error)) != "AccessDenied":
                raise
            raise build_bucket_forbidden_error(f"oss://{ref.bucket}") from error
        keys = [found.key or "" for found in page.contents or ()]
        return Listing(page.name, keys, page.key_count, page.is_truncated)

    def _link_target(self, ref: ObjectRef, response: oss.GetObjectResult) -> str | None:
        """Return the key to which a symbolic link points, or ``None`` for an object that is not a link.

        OSS follows links: GetObject returns the target's bytes, and mostly the link's headers (GetObject reference).
        """
        if response.object_type != _LINK:
            return None
        try:
            link = self._client.get_symlink(oss.GetSymlinkRequest(bucket=ref.bucket, key=ref.key))
        except OperationError as error:
            if get_code(unwrap(error)) != "NoSuchKey":
                raise
            detail = f"{_describe(ref)} failed: the link was removed while it was read"
            raise IngestError(Reason.OBJECT_CHANGING, detail, service_code="NoSuchKey") from error
        # URL-encoded (PutSymlink reference, x-oss-symlink-target)
        return unquote(link.target or "")


def _describe(ref: ObjectRef) -> str:
    return f"reading from oss://{ref.bucket}"


def _read_body(ref: ObjectRef, response: oss.GetObjectResult, size: int) -> bytes:
    """Return the body. Raise ``NETWORK`` if its length or checksum differs from the headers."""
    data, checksum = bytearray(), Crc64(0)
    for chunk in response.body.iter_bytes(block_size=_CHUNK_BYTES):
        data += chunk
        checksum.update(chunk)
        if len(data) > size:
            raise IngestError(Reason.NETWORK, f"{_describe(ref)} failed: more than the announced {size} bytes arrived")
    if len(data) < size:
        raise IngestError(Reason.NETWORK, f"{_describe(ref)} failed: {len(data)} of the announced {size} bytes arrived")
    # For a link, the header has the checksum of the link and not of its target.
    if response.hash_crc64 and response.object_type != _LINK and response.hash_crc64 != str(checksum.sum64()):
        raise IngestError(Reason.NETWORK, f"{_describe(ref)} failed: the bytes do not match their checksum")
    return bytes(data)


def _read_state(ref: ObjectRef, response: oss.GetObjectResult | oss.HeadObjectResult) -> ObjectState:
    """Return the state, with the ETag as in events: without quotes, in upper case."""
    if response.etag is None or response.last_modified is None or response.content_length is None:
        raise UNREADABLE_RESPONSE.with_cause("it lacks an object's headers").error(_describe(ref))
    return ObjectState(
        etag=response.etag.strip('"').upper(),
        version_id=response.version_id,
        last_modified=response.last_modified.isoformat(),
        size=response.content_length,
        metadata=_read_metadata(response),
    )


def _read_metadata(response: oss.GetObjectResult | oss.HeadObjectResult) -> dict[str, str]:
    metadata: dict[str, Any] = response.metadata or {}
    return {name.lower(): _decode_header(value) for name, value in metadata.items()}


def _decode_header(value: str) -> str:
    """Return the text of a header that was read as Latin-1. Uploaders send characters beyond ASCII in UTF-8."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value
