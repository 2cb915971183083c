"""Tell which service a queue belongs to, by its URL."""

from urllib.parse import urlsplit


def is_smq(queue_url: str) -> bool:
    """Return whether the URL is a queue of SMQ: by its host or, on the local cloud, by its path."""
    parts = urlsplit(queue_url)
    return ".mns." in parts.netloc or parts.path.startswith("/queues/")
