"""The bucket on Alibaba Cloud OSS."""

from contextlib import closing
from typing import Any
from urllib.parse import unquote

import alibabacloud_oss_v2 as oss
from alibabacloud_oss_v2.crc import Crc64
from alibabacloud_oss_v2.exceptions import OperationError

from imagesearch_ingest.adapters.alibaba.oss_codes import OSS
from imagesearch_ingest.adapters.alibaba.oss_errors import code_of, translated, unwrapped
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ObjectRef, ObjectState, SourceImage
from imagesearch_ingest.model.reasons import Reason

MEGABYTE = 1_000_000
_PIECE_BYTES = 256 * 1024
_LINK = "Symlink"
_WRONG_ENDPOINT = "0003-00001403"


class OssObjectStore:
    """An ``ObjectStore`` over the SDK's client. Safe to be used by several threads at once."""

    def __init__(self, client: oss.Client) -> None:
        self._client = client

    def fetch(self, ref: ObjectRef, max_bytes: int) -> SourceImage | None:
        with translated(f"reading oss://{ref.bucket}", OSS):
            answer = self._get(ref)
            if answer is None:
                return None
            with closing(answer.body):
                state = _state(answer)
                data = _read(answer, state.size, max_bytes)
            return SourceImage(data, state, self._link_target(ref, answer))

    def head(self, ref: ObjectRef) -> ObjectState | None:
        with translated(f"looking at oss://{ref.bucket}", OSS):
            try:
                return _state(self._client.head_object(oss.HeadObjectRequest(bucket=ref.bucket, key=ref.key)))
            except OperationError as error:
                if code_of(unwrapped(error)) is None:
                    raise
            # A HEAD has no body. OSS puts the error into a header instead, which proxies may drop and nobody need
            # send; so what decides whether an index entry is deleted is asked for in a way that has a body.
            answer = self._get(ref)
            if answer is None:
                return None
            with closing(answer.body):
                return _state(answer)

    def _get(self, ref: ObjectRef) -> oss.GetObjectResult | None:
        try:
            return self._client.get_object(oss.GetObjectRequest(bucket=ref.bucket, key=ref.key))
        except OperationError as error:
            fault = unwrapped(error)
            if code_of(fault) == "NoSuchKey":
                return None
            if code_of(fault) == "AccessDenied" and getattr(fault, "ec", None) != _WRONG_ENDPOINT:
                self._check_bucket(ref)
            raise

    def _check_bucket(self, ref: ObjectRef) -> None:
        """Raises ``BUCKET_FORBIDDEN`` when it is not this object alone that is refused.

        Who may read is told of a missing key as ``NoSuchKey``, whether or not they may list (SDK guide, "Determine
        whether an object exists": it takes oss:GetObject alone). So the listing tells only how far a refusal reaches;
        a role whose oss:ListObjects is limited to a prefix may make it.
        """
        try:
            self._client.list_objects_v2(oss.ListObjectsV2Request(bucket=ref.bucket, prefix=ref.key, max_keys=1))
        except OperationError as error:
            if code_of(unwrapped(error)) != "AccessDenied":
                raise
            detail = f"oss://{ref.bucket} refuses both the object and a listing of it"
            raise IngestError(Reason.BUCKET_FORBIDDEN, detail, service_code="AccessDenied") from error

    def _link_target(self, ref: ObjectRef, answer: oss.GetObjectResult) -> str | None:
        """OSS follows a link by itself: the bytes are the target's, most headers the link's (GetObject reference)."""
        if answer.object_type != _LINK:
            return None
        try:
            link = self._client.get_symlink(oss.GetSymlinkRequest(bucket=ref.bucket, key=ref.key))
        except OperationError as error:
            if code_of(unwrapped(error)) != "NoSuchKey":
                raise
            detail = f"oss://{ref.bucket}: the link went away while it was read"
            raise IngestError(Reason.OBJECT_CHANGING, detail, service_code="NoSuchKey") from error
        return unquote(link.target or "")  # sent encoded (PutSymlink reference, x-oss-symlink-target)


def _read(answer: oss.GetObjectResult, length: int, max_bytes: int) -> bytes:
    if length > max_bytes:
        detail = f"the object has {length / MEGABYTE:.1f} MB; at most {max_bytes / MEGABYTE:.1f} MB are read"
        raise IngestError(Reason.OBJECT_TOO_LARGE, detail)
    data, checksum = bytearray(), Crc64(0)
    for piece in answer.body.iter_bytes(block_size=_PIECE_BYTES):
        data += piece
        checksum.update(piece)
        if len(data) > length:
            raise IngestError(Reason.NETWORK, "more bytes arrived than the object was said to have")
    if len(data) < length:
        raise IngestError(Reason.NETWORK, "fewer bytes arrived than the object was said to have")
    # Of a link, the checksum would be the link's.
    if answer.hash_crc64 and answer.object_type != _LINK and answer.hash_crc64 != str(checksum.sum64()):
        raise IngestError(Reason.NETWORK, "the bytes that arrived are not those the object was said to have")
    return bytes(data)


def _state(answer: oss.GetObjectResult | oss.HeadObjectResult) -> ObjectState:
    """``ETag`` as in events: without quotes, in upper case."""
    if answer.etag is None or answer.last_modified is None or answer.content_length is None:
        raise IngestError(Reason.SERVICE_UNAVAILABLE, "an answer that is no object's")
    return ObjectState(
        etag=answer.etag.strip('"').upper(),
        version_id=answer.version_id,
        last_modified=answer.last_modified.isoformat(),
        size=answer.content_length,
        metadata=_metadata(answer),
    )


def _metadata(answer: oss.GetObjectResult | oss.HeadObjectResult) -> dict[str, str]:
    metadata: dict[str, Any] = answer.metadata or {}
    return {name.lower(): _text(value) for name, value in metadata.items()}


def _text(value: str) -> str:
    """HTTP knows only Latin-1 in headers; what uploaders send beyond ASCII is UTF-8, a byte at a time."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value
