"""Put OSS events into an SMQ queue, as an OSS notification rule does.

A message is ``{"events": [...]}`` in base64: the samples of OSS's user guide, "Use event notifications", decode it
before they parse it. The format of an event is the one of an OSS trigger. Event names in rules lack the ``oss:`` prefix
that they have in a trigger's configuration.
"""

import base64
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from local_cloud.smq import Message, Queue

# Listed one by one: a wildcard would include UploadPart and InitiateMultipartUpload, which do not create an object.
EVENTS = (
    "ObjectCreated:PutObject",
    "ObjectCreated:PostObject",
    "ObjectCreated:CopyObject",
    "ObjectCreated:AppendObject",
    "ObjectCreated:CompleteMultipartUpload",
    "ObjectCreated:PutSymlink",
    "ObjectRemoved:DeleteObject",
    "ObjectRemoved:DeleteObjects",
    "ObjectReplication:ObjectCreated",
    "ObjectReplication:ObjectModified",
    "ObjectReplication:ObjectRemoved",
    "ObjectRestore:FinishRestore",
)


@dataclass(frozen=True)
class NotificationRule:
    """A bucket's rule: which events of which keys go to which queue."""

    queue: Queue
    bucket: str
    events: Collection[str] = EVENTS
    prefix: str = ""
    suffix: str = ""

    def notify(self, event: Mapping[str, Any]) -> Message | None:
        """Send one event to the queue and return the message, or return ``None`` if the rule does not match."""
        bucket, key = event["oss"]["bucket"]["name"], event["oss"]["object"]["key"]
        if bucket != self.bucket or event["eventName"] not in self.events:
            return None
        if not (key.startswith(self.prefix) and key.endswith(self.suffix)):
            return None
        return self.queue.send(encode_notification(event))

    def describe(self, name: str) -> dict[str, Any]:
        """Return the rule as ListEventRules answers it (SMQ, API 2022-01-19)."""
        endpoint = {"EndpointType": "queue", "EndpointValue": self.queue.name}
        return {"RuleName": name, "EventTypes": list(self.events), "Endpoint": endpoint, "Subscriptions": [endpoint]}


def encode_notification(event: Mapping[str, Any]) -> str:
    """Return the message body for one event."""
    return base64.b64encode(json.dumps({"events": [event]}, ensure_ascii=False).encode()).decode()
