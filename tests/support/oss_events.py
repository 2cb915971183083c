"""Build small events of OSS and EventBridge, without the library's own code."""

import base64
import json
from typing import Any

from imagesearch_ingest.events import EventRecord
from imagesearch_ingest.model.objects import ChangeKind
from imagesearch_ingest.model.reasons import Reason

ETAG = "688A7BF4F233DC9C88A80BF985AB7329"


def element(key: Any = "a.jpg", name: Any = "ObjectCreated:PutObject", **stored: Any) -> dict[str, Any]:
    """Return one element of an OSS notification."""
    return {
        "eventName": name,
        "eventSource": "acs:oss",
        "eventTime": "2026-01-12T09:30:00.000Z",
        "eventVersion": "1.0",
        "oss": {
            "bucket": {"name": "pictures"},
            "object": {"deltaSize": 5, "eTag": ETAG, "key": key, "size": 5} | stored,
            "ossSchemaVersion": "1.0",
        },
        "region": "cn-shanghai",
    }


def notification(*elements: Any) -> dict[str, Any]:
    return {"events": list(elements)}


def bridged(key: Any = "a.jpg", name: str = "ObjectCreated:PostObject", **changed: Any) -> dict[str, Any]:
    """Return an event of OSS as EventBridge sends it."""
    return {
        "specversion": "1.0",
        "id": "45ef4dew",
        "source": "acs.oss",
        "type": f"oss:{name}",
        "time": "2026-01-12T09:31:00Z",
        "data": element(key, name),
    } | changed


def message(body: Any, message_id: Any = "M1") -> dict[str, Any]:
    """Return a message of SMQ as EventBridge sends it."""
    return {
        "specversion": "1.0",
        "id": "c2g71017",
        "source": "MNS-ingest-pictures",
        "type": "mns:Queue:SendMessage",
        "data": {"requestId": "606EA307", "messageId": message_id, "messageBody": body},
    }


def topic_notification(text: Any) -> dict[str, Any]:
    """Return a message in the envelope of a topic whose format is JSON."""
    return {
        "TopicOwner": "1",
        "TopicName": "t",
        "MessageId": "6CC4D900",
        "Message": text,
        "PublishTime": "1449556920975",
    }


def base64_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def as_text(content: Any) -> str:
    """Return JSON as the platform writes it, with all characters unescaped."""
    return json.dumps(content, ensure_ascii=False)


def list_results(records: list[EventRecord]) -> list[tuple[str, ChangeKind] | Reason]:
    """Return the (key, kind) of each change and the reason of each note, record by record."""
    return [
        item
        for record in records
        for item in (
            *((change.ref.key, change.kind) for change in record.changes),
            *(note.reason for note in record.notes),
        )
    ]
