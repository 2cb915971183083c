"""Build notifications in the form of S3 (S3 user guide, "Event message structure").

moto's own form encodes the slashes of a key, which S3 does not. It has no sequencer, no requester and no versions, and
gives a removed object a size. Code that works only with moto's form would pass the tests.
"""

import itertools
from datetime import UTC, datetime
from typing import Any

from imagesearch_ingest.events import encode_event_key

_sequence = itertools.count(0x0055AED6DCD90281)
_EMPTY_ETAG = "d41d8cd98f00b204e9800998ecf8427e"  # of a delete marker, which has no content
_NO_VERSION = (None, "null")


def build_event(event_name: str, bucket: Any, key: Any, notification_id: str) -> dict[str, list[dict[str, Any]]]:  # noqa: ANN401 - moto's types
    """Return the notification about a key or a delete marker. ``event_name`` begins with ``s3:``."""
    name = event_name.removeprefix("s3:")
    record = {
        "eventVersion": "2.6",
        "eventSource": "aws:s3",
        "awsRegion": bucket.region_name,
        "eventTime": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "eventName": name,
        "userIdentity": {"principalId": "AWS:AIDAEXAMPLE:uploader"},
        "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": {
            "x-amz-request-id": "C3D13FE58DE4C810",
            "x-amz-id-2": "FMyUVURIY8/IgAtTv8xRjskZQpcIZ9KG4V",
        },
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": notification_id,
            "bucket": {
                "name": bucket.name,
                "ownerIdentity": {"principalId": "A3NL1KOZZKExample"},
                "arn": bucket.arn,
            },
            "object": _describe(name, key),
        },
    }
    return {"Records": [record]}


def _describe(event_name: str, key: Any) -> dict[str, Any]:  # noqa: ANN401 - moto's types
    described: dict[str, Any] = {"key": encode_event_key(key.name)}
    if event_name == "ObjectRemoved:DeleteMarkerCreated":
        described["eTag"] = _EMPTY_ETAG
    elif not event_name.startswith("ObjectRemoved:"):
        described |= {"size": key.size, "eTag": key.etag.strip('"')}
    if key.version_id not in _NO_VERSION:
        described["versionId"] = key.version_id
    return described | {"sequencer": f"{next(_sequence):016X}"}
