"""Compare ETags, which services, events and inventories write in different ways."""


def plain_etag(etag: str | None) -> str:
    """Return the ETag without quotes and in lower case. S3 writes quotes, and OSS capitals."""
    return (etag or "").strip('"').lower()
