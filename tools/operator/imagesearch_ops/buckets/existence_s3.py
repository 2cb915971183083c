"""Ask S3 whether an object exists."""

from contextlib import closing
from typing import Any

from botocore.exceptions import ClientError

from imagesearch_ingest.adapters.aws.codes import S3
from imagesearch_ingest.adapters.aws.errors import AWS_SETTINGS, get_code, translate_errors
from imagesearch_ops.buckets.existence import Ask, Existence, conclude


def ask_s3(client: Any, bucket: str) -> Ask:  # noqa: ANN401 - botocore's clients are made at run time
    """Return the function that asks. It raises ``IngestError``."""

    def ask(key: str) -> Existence:
        with translate_errors(f"looking at an object of s3://{bucket}", S3, AWS_SETTINGS):
            try:
                return _there(client.head_object(Bucket=bucket, Key=key))
            except ClientError as refused:
                return _get(key, refused.response["ResponseMetadata"]["HTTPStatusCode"])

    def _get(key: str, status: int) -> Existence:
        try:
            response = client.get_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if found := conclude(status, is_missing=get_code(error) == "NoSuchKey"):
                return found
            raise
        with closing(response["Body"]):
            return _there(response)

    return ask


def _there(response: dict[str, Any]) -> Existence:
    return Existence(is_there=True, last_modified=response["LastModified"].timestamp())
