"""The two readings of a key: nobody knows for certain which platform encodes the keys of its events."""

from urllib.parse import quote_plus, unquote_plus


def other_reading(cloud: str, key: str) -> str:
    """Return the key that a reader gets who decodes an event's key once less than usual (S3), or once more (OSS)."""
    return quote_plus(key, safe="/") if cloud == "aws" else unquote_plus(key)
