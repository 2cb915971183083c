"""Read what the function does not need to know of an object: its content type and its storage class."""

from typing import Any, NamedTuple

from imagesearch_ingest.model.objects import ObjectRef


class Headers(NamedTuple):
    """What the bucket says about the object. ``None`` is unknown."""

    content_type: str | None = None
    storage_class: str | None = None


def read_headers(client: Any, ref: ObjectRef) -> Headers:  # noqa: ANN401 - the SDKs' clients have no types
    """Return the headers of an object. They are only shown, so that a failure leaves them unknown."""
    try:
        if ref.cloud == "aws":
            found = client.head_object(Bucket=ref.bucket, Key=ref.key)
            return Headers(found.get("ContentType"), found.get("StorageClass") or "STANDARD")
        return _read_oss(client, ref)
    except Exception:  # noqa: BLE001 - each SDK has its own
        return Headers()


def _read_oss(client: Any, ref: ObjectRef) -> Headers:  # noqa: ANN401 - the SDKs' clients have no types
    import alibabacloud_oss_v2 as oss  # noqa: PLC0415 - slow, and not needed for S3

    found = client.head_object(oss.HeadObjectRequest(bucket=ref.bucket, key=ref.key))
    return Headers(found.content_type, found.storage_class)
