"""The bucket on Amazon S3."""

from typing import Any

from botocore.exceptions import ClientError

from imagesearch_ingest.adapters.aws_errors import translated
from imagesearch_ingest.errors import IngestError
from imagesearch_ingest.objects import ObjectRef, ObjectState, SourceImage
from imagesearch_ingest.reasons import Reason

MEGABYTE = 1_000_000


class S3ObjectStore:
    """An ``ObjectStore`` over a boto3 S3 client."""

    def __init__(self, client: Any) -> None:  # noqa: ANN401 - boto3's clients are made at run time
        self._client = client

    def fetch(self, ref: ObjectRef, max_bytes: int) -> SourceImage | None:
        with translated(f"reading s3://{ref.bucket}"):
            answer = self._get(ref)
            if answer is None:
                return None
            with answer["Body"] as body:
                return SourceImage(_read(body, answer["ContentLength"], max_bytes), _state(answer), answer["Metadata"])

    def look(self, ref: ObjectRef) -> ObjectState | None:
        with translated(f"looking at s3://{ref.bucket}"):
            try:
                return _state(self._client.head_object(Bucket=ref.bucket, Key=ref.key))
            except ClientError as error:
                if error.response["Error"]["Code"] != "404":
                    raise
            # A HEAD has no body to tell a missing key from a missing bucket: ask again in a way that does.
            answer = self._get(ref)
            if answer is None:
                return None
            answer["Body"].close()
            return _state(answer)

    def _get(self, ref: ObjectRef) -> dict[str, Any] | None:
        try:
            answer: dict[str, Any] = self._client.get_object(Bucket=ref.bucket, Key=ref.key)
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchKey":
                return None
            raise
        return answer


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
    )
