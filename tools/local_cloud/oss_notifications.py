"""OSS's event notifications: what a rule lets through, as a message of the queue that the rule names.

A message is ``{"events": [...]}``, in base64 (OSS user guide, "Use event notifications", whose samples decode it before
they parse it; the message format itself is that of an OSS trigger's event). Event names in rules are without the
``oss:`` that they have in a trigger's configuration.
"""

import base64
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from local_cloud.smq import Message, Queue

# Each by its name, since a wildcard would also let through what is no object yet: UploadPart, InitiateMultipartUpload.
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
    """Of a bucket: which events of which keys, and to which queue."""

    queue: Queue
    events: Collection[str] = EVENTS
    prefix: str = ""
    suffix: str = ""

    def notify(self, event: Mapping[str, Any]) -> Message | None:
        """``event`` is one element of ``events``. The message that was sent; ``None`` if the rule is not for it."""
        key = event["oss"]["object"]["key"]
        if event["eventName"] not in self.events or not (key.startswith(self.prefix) and key.endswith(self.suffix)):
            return None
        return self.queue.send(as_oss_sends_it(event))


def as_oss_sends_it(event: Mapping[str, Any]) -> str:
    """The message's body."""
    return base64.b64encode(json.dumps({"events": [event]}, ensure_ascii=False).encode()).decode()
