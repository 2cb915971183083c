"""Complete an answer of moto's S3: it keeps that a bucket announces to EventBridge, but does not tell it.

Source: GetBucketNotificationConfiguration reference, ``EventBridgeConfiguration``.
"""

from typing import Any

from moto.s3.responses import S3Response

_END = "</NotificationConfiguration>"
_get_bucket_notification = S3Response.get_bucket_notification


def get_bucket_notification(self: S3Response) -> Any:  # noqa: ANN401 - moto's types for responses
    answer: Any = _get_bucket_notification(self)
    found = self.backend.get_bucket_notification_configuration(self.bucket_name)
    if not found or found.event_bridge is None:
        return answer
    status, headers, body = answer
    opened = f"{body[:-2]}>{_END}" if body.endswith("/>") else body  # moto closes an empty element at once
    return status, headers, opened.replace(_END, f"<EventBridgeConfiguration/>{_END}")
