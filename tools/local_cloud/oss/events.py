"""What OSS tells of a change: one element of the events list that triggers and notifications carry.

Source: SMQ, "OSS event notification", message format; Function Compute, OSS trigger, event format. Keys stand as they
are, names of events without the "oss:" that rules have.
"""

from datetime import UTC, datetime
from typing import Any

from local_cloud.oss.model import Bucket, StoredObject

ACCOUNT = "1234567890123456"
RULE = "local-rule"


def created(operation: str, bucket: Bucket, stored: StoredObject, delta: int, request_id: str) -> dict[str, Any]:
    told = {"deltaSize": delta, "eTag": stored.etag, "key": stored.key, "size": len(stored.data)}
    return _event(f"ObjectCreated:{operation}", bucket, told, stored.last_modified, request_id)


def removed(operation: str, bucket: Bucket, stored: StoredObject, now: float, request_id: str) -> dict[str, Any]:
    """Beyond the key, what is told of a removed object is not documented where we could read it."""
    size = len(stored.data)
    told = {"deltaSize": -size, "eTag": stored.etag, "key": stored.key, "size": size}
    return _event(f"ObjectRemoved:{operation}", bucket, told, now, request_id)


def _event(name: str, bucket: Bucket, stored: dict[str, Any], time: float, request_id: str) -> dict[str, Any]:
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
