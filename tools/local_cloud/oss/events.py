"""Build the event of a change: one element of the list that triggers and notifications carry.

Sources: SMQ, "OSS event notification", message format; Function Compute, OSS trigger, event format. Keys are not
encoded. Event names lack the "oss:" that a trigger's configuration has.
"""

from datetime import UTC, datetime
from typing import Any

from local_cloud.oss.models import Bucket, StoredObject

ACCOUNT = "1234567890123456"
RULE = "local-rule"


def build_created_event(
    operation: str, bucket: Bucket, stored: StoredObject, delta: int, request_id: str
) -> dict[str, Any]:
    """Return the event of an upload. ``delta`` is the change of the size in bytes."""
    fields = {"deltaSize": delta, "eTag": stored.etag, "key": stored.key, "size": len(stored.data)}
    return _build_event(f"ObjectCreated:{operation}", bucket, fields, stored.last_modified, request_id)


def build_removed_event(
    operation: str, bucket: Bucket, stored: StoredObject, now: float, request_id: str
) -> dict[str, Any]:
    """Return the event of a removal. Its fields besides the key are not documented where we could read it."""
    size = len(stored.data)
    fields = {"deltaSize": -size, "eTag": stored.etag, "key": stored.key, "size": size}
    return _build_event(f"ObjectRemoved:{operation}", bucket, fields, now, request_id)


def _build_event(name: str, bucket: Bucket, stored: dict[str, Any], time: float, request_id: str) -> dict[str, Any]:
    return {
        "eventName": name,
        "eventSource": "acs:oss",
        "eventTime": datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "eventVersion": "1.0",
        "oss": {
            "bucket": {
                "arn": f"acs:oss:{bucket.region}:{ACCOUNT}:{bucket.name}",
                "name": bucket.name,
                "ownerIdentity": ACCOUNT,
                "virtualBucket": "",
            },
            "object": stored,
            "ossSchemaVersion": "1.0",
            "ruleId": RULE,
        },
        "region": bucket.region,
        "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": {"requestId": request_id},
        "userIdentity": {"principalId": ACCOUNT},
    }
