"""Buckets and folders as a command reads them: every key in order, and one object at a time."""

from imagesearch_ops.buckets.opening import open_bucket
from imagesearch_ops.buckets.port import Bucket, ListedObject, ListingError

__all__ = ["Bucket", "ListedObject", "ListingError", "open_bucket"]
