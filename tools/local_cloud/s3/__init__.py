"""The local S3: moto's, with the events of S3 in their own form, and with those of versioned buckets.

models         moto's backend, which announces delete markers and their removal
notifications  events in the form of S3
responses      what moto's answers lack
"""

from moto.s3 import notifications as moto_notifications
from moto.s3.models import s3_backends
from moto.s3.responses import S3Response

from local_cloud.s3.models import LocalS3Backend
from local_cloud.s3.notifications import build_event
from local_cloud.s3.responses import get_bucket_notification


def install() -> None:
    """Make moto use this S3 in this process. Buckets that exist already are dropped."""
    if s3_backends.backend is not LocalS3Backend:
        s3_backends.backend = LocalS3Backend
        s3_backends.clear()
        S3Response.get_bucket_notification = get_bucket_notification  # type: ignore[method-assign]
        moto_notifications._get_s3_event = build_event  # noqa: SLF001 - moto has no other way in
