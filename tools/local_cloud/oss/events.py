"""Build the event of a change: one element of the list that triggers and notifications carry.

Sources: SMQ, "OSS event notification", message format; Function Compute, OSS trigger, event format. Keys are not
encoded. Event names lack the "oss:" that a trigger's configuration has.
"""

from typing import Any

from local_cloud.oss.calls import Change, format_iso
from local_cloud.oss.models import ACCOUNT, Bucket

RULE = "local-rule"


def build_event(change: Change, bucket: Bucket, now: float, request_id: str) -> dict[str, Any]:
    """Return the event of a change. Its ``deltaSize`` is the change of the size in bytes.

    The fields of a removal besides the key are not documented where we could read it; here they are those of the object
    that was removed.
    """
    stored = change.now or change.before
    assert stored is not None, "a change has an object before or after it"  # noqa: S101 - for the type checker
    before, after = (len(one.data) if one else 0 for one in (change.before, change.now))
    fields = {"deltaSize": after - before, "eTag": stored.etag, "key": stored.key, "size": len(stored.data)}
    return _build_event(change.event, bucket, fields, now, request_id)


def _build_event(name: str, bucket: Bucket, stored: dict[str, Any], time: float, request_id: str) -> dict[str, Any]:
    return {
        "eventName": name,
        "eventSource": "acs:oss",
        "eventTime": format_iso(time),
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
