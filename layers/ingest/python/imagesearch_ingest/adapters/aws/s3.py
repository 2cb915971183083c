"""The bucket on Amazon S3."""

from contextlib import closing, suppress
from typing import Any

from botocore.exceptions import ClientError

from imagesearch_ingest.adapters.aws.codes import S3
from imagesearch_ingest.adapters.aws.errors import code_of, translated
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ObjectRef, ObjectState, SourceImage
from imagesearch_ingest.model.reasons import Reason

MEGABYTE = 1_000_000


class S3ObjectStore:
    """An ``ObjectStore`` over botocore's S3 client."""

    def __init__(self, client: Any) -> None:  # noqa: ANN401 - botocore's clients are made at run time
        self._client = client

    def fetch(self, ref: ObjectRef, max_bytes: int) -> SourceImage | None:
        with translated(f"reading s3://{ref.bucket}", S3):
            answer = self._get(ref)
            if answer is None:
                return None
            # Not the body's own "with": that hands out urllib3's stream, which has urllib3's errors.
            with closing(answer["Body"]) as body:
                return SourceImage(_read(body, answer["ContentLength"], max_bytes), _state(answer))

    def head(self, ref: ObjectRef) -> ObjectState | None:
        with translated(f"looking at s3://{ref.bucket}", S3), suppress(ClientError):
            return _state(self._client.head_object(Bucket=ref.bucket, Key=ref.key))
        # What a HEAD refuses it gives no code for, since it has no body: a missing key and a missing bucket, a refusal
        # and an expired token look the same. So the question is put again in a way that has.
        with translated(f"looking at s3://{ref.bucket}", S3):
            answer = self._get(ref)
            if answer is None:
                return None
            answer["Body"].close()
            return _state(answer)

    def _get(self, ref: ObjectRef) -> dict[str, Any] | None:
        try:
            answer: dict[str, Any] = self._client.get_object(Bucket=ref.bucket, Key=ref.key)
        except ClientError as error:
            if code_of(error) == "NoSuchKey":
                return None
            if code_of(error) == "AccessDenied":
                self._check_bucket(ref)
            raise
        return answer

    def _check_bucket(self, ref: ObjectRef) -> None:
        """Raises ``BUCKET_FORBIDDEN`` when it is not this object alone that is refused.

        Who may list is told of a missing key as ``NoSuchKey``; who may not, as ``AccessDenied`` (GetObject reference,
        Permissions), so then nothing about this key can be known. The listing asks for no more than a role whose
        ``s3:ListBucket`` is limited to a prefix may see; HeadBucket would be refused to such a role.
        """
        try:
            self._client.list_objects_v2(Bucket=ref.bucket, Prefix=ref.key, MaxKeys=1)
        except ClientError as error:
            if code_of(error) != "AccessDenied":
                raise
            detail = f"s3://{ref.bucket} refuses both the object and a listing of it"
            raise IngestError(Reason.BUCKET_FORBIDDEN, detail, service_code="AccessDenied") from error


def _read(body: Any, length: int, max_bytes: int) -> bytes:  # noqa: ANN401 - botocore's StreamingBody
    if length > max_bytes:
        detail = f"the object has {length / MEGABYTE:.1f} MB; at most {max_bytes / MEGABYTE:.1f} MB are read"
        raise IngestError(Reason.OBJECT_TOO_LARGE, detail)
    data: bytes = body.read()
    return data


def _state(answer: dict[str, Any]) -> ObjectState:
    return ObjectState(
        etag=answer["ETag"].strip('"'),
        version_id=answer.get("VersionId"),
        last_modified=answer["LastModified"].isoformat(),
        size=answer["ContentLength"],
        metadata=answer["Metadata"],
    )
