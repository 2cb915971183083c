from pathlib import Path

import pytest

from imagesearch_ingest.events import parse_fc_event
from imagesearch_ingest.model.objects import ChangeKind
from imagesearch_ingest.model.reasons import Reason
from tests.support.oss_events import list_results

EVENTS = Path(__file__).parents[4] / "events"
SAMPLES = {path.stem.removeprefix("alibaba-"): path.read_bytes() for path in sorted(EVENTS.glob("alibaba-*.json"))}
FRONT, NASTY = "shoes/2092061/front.jpg", "red shoes/鞋/100% a+b %41 cafe\u0301 👟.jpg"
CREATED, REMOVED, ANNOUNCED = ChangeKind.CREATED, ChangeKind.REMOVED, ChangeKind.ANNOUNCED
ONE_TO_THREE = [(f"shoes/{n}/front.jpg", CREATED) for n in (1, 2, 3)]
# The results of every sample, record by record: (key, kind) of a change, or the reason of a note.
READ: dict[str, list[tuple[str, ChangeKind] | Reason]] = {
    "oss-put-object": [(FRONT, CREATED)],
    "oss-post-object": [(FRONT, CREATED)],
    "oss-copy-object": [(FRONT, CREATED)],
    "oss-append-object": [(FRONT, CREATED)],
    "oss-multipart-completed": [(FRONT, CREATED)],
    "oss-put-symlink": [(FRONT, CREATED)],
    "oss-replication-created": [(FRONT, CREATED)],
    "oss-replication-modified": [(FRONT, CREATED)],
    "oss-replication-removed": [(FRONT, REMOVED)],
    "oss-restore-finished": [(FRONT, CREATED)],
    "oss-delete-object": [(FRONT, REMOVED)],
    "oss-delete-objects": [(FRONT, REMOVED)],
    "oss-multipart-initiated": [Reason.OTHER_EVENT],
    "oss-part-uploaded": [Reason.OTHER_EVENT],
    "oss-part-copied": [Reason.OTHER_EVENT],
    "oss-multipart-aborted": [Reason.OTHER_EVENT],
    "oss-object-downloaded": [Reason.OTHER_EVENT],
    "oss-metadata-updated": [Reason.OTHER_EVENT],
    "oss-storage-class-changed": [Reason.OTHER_EVENT],
    "oss-folder-marker": [Reason.FOLDER_MARKER],
    "oss-key-literal": [(NASTY, CREATED)],
    "eventbridge-object-created": [(FRONT, CREATED)],
    "eventbridge-object-deleted": [(FRONT, REMOVED)],
    "eventbridge-key-literal": [(NASTY, CREATED)],
    "eventbridge-bucket-created": [Reason.OTHER_EVENT],
    "announcement": [(FRONT, ANNOUNCED)],
    "smq-announcement": [(FRONT, ANNOUNCED)],
    "smq-announcement-sent-again": [(FRONT, ANNOUNCED)],
    "smq-dead-letter": [(FRONT, ANNOUNCED)],
    "smq-object-created": [(FRONT, CREATED)],
    "smq-object-deleted": [(FRONT, REMOVED)],
    "smq-key-literal": [(NASTY, CREATED)],
    "smq-body-base64": [(NASTY, CREATED)],
    "smq-body-object": [(FRONT, CREATED)],
    "smq-eventbridge": [(FRONT, CREATED)],
    "smq-eventbridge-base64": [(FRONT, CREATED)],
    "smq-eventbridge-deleted": [(FRONT, REMOVED)],
    "smq-eventbridge-key-literal": [(NASTY, CREATED)],
    "smq-eventbridge-malformed": [Reason.EVENT_MALFORMED],
    "smq-topic-json": [(FRONT, CREATED)],
    "smq-topic-simplified": [(FRONT, CREATED)],
    "smq-topic-xml": [Reason.EVENT_MALFORMED],
    "smq-raw-data": [(FRONT, CREATED)],
    "smq-malformed": [Reason.EVENT_MALFORMED],
    "smq-sent-again": [(FRONT, CREATED)],
    "smq-sent-again-broken": [Reason.EVENT_MALFORMED],
    "smq-several-events": ONE_TO_THREE[:2],
    "smq-stream-batch": ONE_TO_THREE,
    "smq-stream-base64": ONE_TO_THREE,
    "smq-stream-objects": ONE_TO_THREE,
    "smq-stream-eventbridge": [ONE_TO_THREE[0], ("shoes/2/front.jpg", REMOVED), Reason.OTHER_EVENT],
    "smq-stream-texts": ONE_TO_THREE,
    "smq-stream-arrays": ONE_TO_THREE,
    "smq-stream-malformed": [ONE_TO_THREE[0], Reason.EVENT_MALFORMED, Reason.EVENT_MALFORMED, ONE_TO_THREE[2]],
    "smq-stream-sent-again": ONE_TO_THREE[:2],
}


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_is_read(name: str) -> None:
    records = parse_fc_event(SAMPLES[name])
    assert list_results(records) == READ[name]
    assert len(records) == (len(READ[name]) if "stream" in name else 1)
    assert all(record.receipt is None for record in records)
    assert parse_fc_event(SAMPLES[name].decode()) == records


def test_every_listed_sample_exists() -> None:
    assert set(SAMPLES) == set(READ)
