"""Put and delete one object, with the caller's own rights."""

from typing import Any, Protocol

from imagesearch_ingest.adapters.aws.codes import S3
from imagesearch_ingest.adapters.aws.errors import translate_errors as translate_aws_errors
from imagesearch_ingest.model.errors import IngestError


class ObjectWriter(Protocol):
    """A bucket that is written to. Every method raises ``IngestError``. ``actions`` are the permissions it takes."""

    actions: str

    def put(self, key: str, data: bytes) -> None: ...
    def delete(self, key: str) -> None:
        """Delete the object as an uploader does. In a bucket with versions, this adds a marker."""
        ...

    def purge(self, key: str) -> None:
        """Remove what a deletion has left in a bucket with versions."""
        ...

    def exists(self, key: str) -> bool: ...


class S3Writer:
    actions = "s3:PutObject, s3:DeleteObject"

    def __init__(self, client: Any, bucket: str) -> None:  # noqa: ANN401 - botocore's clients are made at run time
        self._client = client
        self._bucket = bucket
        self._versions: list[str] = []

    def put(self, key: str, data: bytes) -> None:
        self._call("put_object", key, Body=data, ContentType="image/jpeg")

    def delete(self, key: str) -> None:
        self._call("delete_object", key)

    def purge(self, key: str) -> None:
        while self._versions:
            self._call("delete_object", key, VersionId=self._versions.pop())

    def exists(self, key: str) -> bool:
        try:
            self._call("head_object", key)
        except IngestError as error:
            if error.service_code in {"404", "NoSuchKey"}:
                return False
            raise
        return True

    def _call(self, operation: str, key: str, **parameters: Any) -> None:  # noqa: ANN401 - as above
        action = f"{operation} of s3://{self._bucket}/{key}"
        with translate_aws_errors(action, S3):
            answer = getattr(self._client, operation)(Bucket=self._bucket, Key=key, **parameters)
        version = answer.get("VersionId")
        if operation != "head_object" and "VersionId" not in parameters and version not in (None, "null"):
            self._versions.append(version)


class OssWriter:
    actions = "oss:PutObject, oss:DeleteObject"

    def __init__(self, client: Any, bucket: str) -> None:  # noqa: ANN401 - the SDK's client has no types
        self._client = client
        self._bucket = bucket

    def put(self, key: str, data: bytes) -> None:
        import alibabacloud_oss_v2 as oss  # noqa: PLC0415 - not on AWS

        self._call("writing", lambda: self._client.put_object(oss.PutObjectRequest(self._bucket, key, body=data)))

    def delete(self, key: str) -> None:
        import alibabacloud_oss_v2 as oss  # noqa: PLC0415 - not on AWS

        self._call("deleting", lambda: self._client.delete_object(oss.DeleteObjectRequest(self._bucket, key)))

    def purge(self, key: str) -> None:
        """Leave the old versions: OSS announces no removal there, so the canary does not run."""

    def exists(self, key: str) -> bool:
        import alibabacloud_oss_v2 as oss  # noqa: PLC0415 - not on AWS

        try:
            self._call("looking for", lambda: self._client.head_object(oss.HeadObjectRequest(self._bucket, key)))
        except IngestError as error:
            if error.service_code in {"404", "NoSuchKey"}:
                return False
            raise
        return True

    def _call(self, verb: str, call: Any) -> None:  # noqa: ANN401 - as above
        from imagesearch_ingest.adapters.alibaba.oss_codes import OSS  # noqa: PLC0415 - not on AWS
        from imagesearch_ingest.adapters.alibaba.oss_errors import translate_errors  # noqa: PLC0415 - not on AWS

        with translate_errors(f"{verb} an object of oss://{self._bucket}", OSS):
            call()
