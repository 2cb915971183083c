"""Complete moto's S3 notifications to the form that S3 sends (S3 user guide, "Event message structure").

moto encodes the slashes of a key, which S3 does not. It omits the sequencer and the requester, and gives a removed
object a size. Without the completion, code that works only with moto's form would pass the tests.
"""

import itertools
import json
from typing import Any
from urllib.parse import unquote_plus

from imagesearch_ingest.events import encode_event_key

_sequence = itertools.count(0x0055AED6DCD90281)


def complete_notification(body: str) -> str:
    """Return the message body as S3 sends it. A body that is not an S3 notification is returned unchanged."""
    try:
        content = json.loads(body)
    except ValueError:
        return body
    if not isinstance(content, dict) or not isinstance(content.get("Records"), list):
        return body
    return json.dumps({"Records": [_complete_record(record) for record in content["Records"]]})


def _complete_record(record: dict[str, Any]) -> dict[str, Any]:
    if record.get("eventSource") != "aws:s3" or "sequencer" in record["s3"]["object"]:
        return record
    stored = dict(record["s3"]["object"], key=encode_event_key(unquote_plus(record["s3"]["object"]["key"])))
    if record["eventName"].startswith("ObjectRemoved:"):
        del stored["size"], stored["eTag"]
    stored["sequencer"] = f"{next(_sequence):016X}"
    owner = {"principalId": "A3NL1KOZZKExample"}
    return record | {
        "eventVersion": "2.6",
        "userIdentity": {"principalId": "AWS:AIDAEXAMPLE:uploader"},
        "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": {
            "x-amz-request-id": "C3D13FE58DE4C810",
            "x-amz-id-2": "FMyUVURIY8/IgAtTv8xRjskZQpcIZ9KG4V",
        },
        "s3": record["s3"] | {"bucket": record["s3"]["bucket"] | {"ownerIdentity": owner}, "object": stored},
    }
