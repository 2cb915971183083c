"""List the objects of an S3 bucket, and read parts of them."""

from contextlib import closing
from typing import Any

from imagesearch_ingest.adapters.aws.codes import S3
from imagesearch_ingest.adapters.aws.errors import AWS_SETTINGS, translate_errors
from imagesearch_ingest.adapters.aws.s3 import S3ObjectStore
from imagesearch_ingest.model.codes import BUCKET_FORBIDDEN
from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops.buckets.listing import PAGE, Answer, CloudBucket
from imagesearch_ops.buckets.patience import Patience
from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.errors import InputError

_DIRECTORY_BUCKET = "--x-s3"  # S3 user guide, Directory bucket naming rules
_CODES = {**S3, "AccessDenied": BUCKET_FORBIDDEN}
_SETTINGS = AWS_SETTINGS._replace(host=f"the bucket's name, {AWS_SETTINGS.host}", no_such_host=Reason.BUCKET_MISSING)


def open_s3(client: Any, name: str) -> CloudBucket:  # noqa: ANN401 - botocore's clients are made at run time
    """Return the bucket. Raise ``InputError`` for a directory bucket, whose listing has no order."""
    if name.endswith(_DIRECTORY_BUCKET):
        raise InputError(
            f"{name} is a directory bucket. S3 lists its keys in no order, so a listing cannot be checked or resumed. "
            "Name a general purpose bucket."
        )

    def list_page(prefix: str, after: str, token: str | None) -> Answer:
        going_on = {"ContinuationToken": token} if token else {"StartAfter": after} if after else {}
        with translate_errors(f"listing s3://{name}", _CODES, _SETTINGS):
            # botocore asks for keys in URL encoding, since XML has no form for control characters, and decodes them.
            answer = client.list_objects_v2(Bucket=name, Prefix=prefix, MaxKeys=PAGE, **going_on)
            objects = [_read(found) for found in answer.get("Contents", ())]
        count, truncated = answer.get("KeyCount"), answer.get("IsTruncated")
        return Answer(answer.get("Name"), objects, count, truncated, answer.get("NextContinuationToken"))

    return CloudBucket("aws", name, list_page, S3ObjectStore(client), Patience())


def read_s3_range(client: Any, ref: ObjectRef, start: int, stop: int) -> bytes:  # noqa: ANN401 - as above
    """Return the bytes of an object from ``start`` up to ``stop``. Raise ``IngestError``."""
    with translate_errors(f"reading s3://{ref.bucket}", _CODES, _SETTINGS):
        answer = client.get_object(Bucket=ref.bucket, Key=ref.key, Range=f"bytes={start}-{stop - 1}")
        with closing(answer["Body"]) as body:
            data: bytes = body.read()
    return data


def _read(found: dict[str, Any]) -> ListedObject:
    etag, storage_class = found.get("ETag", "").strip('"'), found.get("StorageClass", "STANDARD")
    return ListedObject(found["Key"], found["Size"], etag, storage_class, found["LastModified"].timestamp())
