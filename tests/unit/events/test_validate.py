"""What an event says is bounded on both clouds."""

import time
import tracemalloc
from typing import Any

import pytest

from imagesearch_ingest.model.reasons import Reason
from tests.support.aws_events import s3_notification, s3_record, sns_notification
from tests.support.both_clouds import CLOUDS, event_of, read
from tests.support.oss_events import element, notification

WRAP = {"aws": s3_notification, "alibaba": notification}
ELEMENT = {"aws": s3_record, "alibaba": element}


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_thousand_records_of_a_message_are_read(cloud: str) -> None:
    record = read(cloud, event_of(cloud, *(f"{number}.jpg" for number in range(1000))))
    assert (len(record.changes), record.notes) == (1000, ())


@pytest.mark.parametrize("cloud", CLOUDS)
def test_more_records_are_one_rejection(cloud: str) -> None:
    record = read(cloud, event_of(cloud, *(f"{number}.jpg" for number in range(1001))))
    assert not record.changes
    (note,) = record.notes
    assert note.reason is Reason.EVENT_MALFORMED
    assert "has 1001 records, and 1000 is the limit" in note.detail


def test_records_inside_sns_are_counted() -> None:
    record = read("aws", sns_notification(event_of("aws", *(f"{number}.jpg" for number in range(1001)))))
    assert len(record.notes) == 1


@pytest.mark.parametrize("cloud", CLOUDS)
def test_records_of_the_event_in_a_letter_are_counted(cloud: str) -> None:
    original = '{"Records": [%s]}' if cloud == "aws" else '{"events": [%s]}'
    fields = {"schema_version": 1, "record_id": "x", "code": "event_malformed", "source": None}
    record = read(cloud, fields | {"original_event": original % ",".join(["{}"] * 14_000)})
    assert len(record.notes) == 1


@pytest.mark.parametrize("cloud", CLOUDS)
def test_14000_empty_records_cost_little(cloud: str) -> None:
    content = WRAP[cloud](*({} for _ in range(14_000)))
    begun = time.process_time()
    record = read(cloud, content)
    assert time.process_time() - begun < 1
    tracemalloc.start()
    read(cloud, content)
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()
    assert len(record.notes) == 1


@pytest.mark.parametrize("size", [-1, -(2**70), True, False, 2**50 + 1, 10**300])
@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_size_that_cannot_be_is_unknown(cloud: str, size: Any) -> None:
    (change,) = read(cloud, WRAP[cloud](ELEMENT[cloud]("a.jpg", size=size))).changes
    assert change.size is None


@pytest.mark.parametrize("size", [0, 1, 2**50])
@pytest.mark.parametrize("cloud", CLOUDS)
def test_any_other_size_is_kept(cloud: str, size: int) -> None:
    (change,) = read(cloud, WRAP[cloud](ELEMENT[cloud]("a.jpg", size=size))).changes
    assert change.size == size


@pytest.mark.parametrize("size", [False, -1])
@pytest.mark.parametrize("cloud", CLOUDS)
def test_only_a_true_zero_makes_a_folder_marker(cloud: str, size: Any) -> None:
    record = read(cloud, WRAP[cloud](ELEMENT[cloud]("folder/", size=size)))
    assert [change.ref.key for change in record.changes] == ["folder/"]
