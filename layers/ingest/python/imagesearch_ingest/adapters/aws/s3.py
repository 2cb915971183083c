"""Read objects from Amazon S3."""

from contextlib import closing, suppress
from typing import Any

from botocore.exceptions import ClientError

from imagesearch_ingest.adapters.aws.codes import S3
from imagesearch_ingest.adapters.aws.errors import AWS_SETTINGS, get_code, translate_errors
from imagesearch_ingest.adapters.errors import ErrorTranslation, build_bucket_forbidden_error, check_size
from imagesearch_ingest.adapters.listing import Listing
from imagesearch_ingest.model.objects import ObjectRef, ObjectState, SourceImage
from imagesearch_ingest.model.reasons import Reason

# An event names the bucket, and its name may decide the host: an access point, or a bucket of one zone. So a host that
# does not exist is a fault of this bucket, and must not stop the others.
_SETTINGS = AWS_SETTINGS._replace(host=f"the bucket's name, {AWS_SETTINGS.host}", no_such_host=Reason.BUCKET_MISSING)

# S3 may refuse an object because it is missing. Or its answer cannot be read: XML has no form for a control character
# of a key, and botocore then takes the status for the code.
_UNCLEAR = {"AccessDenied", "404"}


class S3ObjectStore:
    """An ``ObjectStore`` over botocore's S3 client."""

    def __init__(self, client: Any) -> None:  # noqa: ANN401 - botocore's clients are made at run time
        self._client = client

    def fetch(self, ref: ObjectRef, max_bytes: int) -> SourceImage | None:
        """Return the object, or ``None`` if it does not exist. Raise ``OBJECT_TOO_LARGE`` above ``max_bytes``."""
        with _translate_errors(ref):
            response = self._get(ref)
            if response is None:
                return None
            # The body's own "with" would yield urllib3's stream, which raises urllib3's exceptions.
            with closing(response["Body"]) as body:
                check_size(response["ContentLength"], max_bytes)
                return SourceImage(body.read(), _read_state(response))

    def head(self, ref: ObjectRef) -> ObjectState | None:
        """Return the object's state, or ``None`` if it does not exist."""
        with _translate_errors(ref), suppress(ClientError):
            return _read_state(self._client.head_object(Bucket=ref.bucket, Key=ref.key))
        # A response to a HEAD has no body, so an error has no code. A missing key, a missing bucket, denied access and
        # an expired token look the same. A GET tells them apart.
        with _translate_errors(ref):
            response = self._get(ref)
            if response is None:
                return None
            response["Body"].close()
            return _read_state(response)

    def _get(self, ref: ObjectRef) -> dict[str, Any] | None:
        try:
            response: dict[str, Any] = self._client.get_object(Bucket=ref.bucket, Key=ref.key)
        except ClientError as error:
            if get_code(error) == "NoSuchKey":
                return None
            if get_code(error) in _UNCLEAR and self._list(ref).proves_absence(ref):
                return None
            raise
        return response

    def _list(self, ref: ObjectRef) -> Listing:
        """Return the listing of the key. Raise ``BUCKET_FORBIDDEN`` if more than this one object is refused.

        For a missing key S3 answers ``NoSuchKey`` to a role that may list the bucket, and ``AccessDenied`` to any other
        role (GetObject reference, Permissions). Which prefix S3 has in mind there is not documented, so the listing
        decides. It works for a role whose ``s3:ListBucket`` is limited to a prefix; HeadBucket would not.
        """
        try:
            page = self._client.list_objects_v2(Bucket=ref.bucket, Prefix=ref.key, MaxKeys=1)
        except ClientError as error:
            if get_code(error) != "AccessDenied":
                raise
            raise build_bucket_forbidden_error(f"s3://{ref.bucket}") from error
        keys = [found["Key"] for found in page.get("Contents", ())]
        return Listing(page.get("Name"), keys, page.get("KeyCount"), page.get("IsTruncated"))


def _translate_errors(ref: ObjectRef) -> ErrorTranslation:
    return translate_errors(f"reading from s3://{ref.bucket}", S3, _SETTINGS)


def _read_state(response: dict[str, Any]) -> ObjectState:
    return ObjectState(
        etag=response["ETag"].strip('"'),
        version_id=response.get("VersionId"),
        last_modified=response["LastModified"].isoformat(),
        size=response["ContentLength"],
        metadata=response["Metadata"],
    )
