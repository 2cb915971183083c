import json
from typing import Any

import pytest

from imagesearch_ingest.events import EventRecord, Replayed, write_announcement
from imagesearch_ingest.model.objects import ChangeKind, ObjectChange, ObjectRef
from imagesearch_ingest.model.reasons import Reason
from tests.support.aws_events import s3_notification, s3_record
from tests.support.both_clouds import CLOUDS, WAYS, event_of, read
from tests.support.oss_events import as_text, base64_of

OTHER = {"aws": "alibaba", "alibaba": "aws"}


def source(cloud: str, /, **changed: Any) -> dict[str, Any]:
    return {
        "cloud": cloud,
        "bucket": "shop",
        "key": "鞋 a+b.jpg",
        "key_redacted": False,
        "raw_key": "%E9%9E%8B+a%2Bb.jpg",
        "version_id": "v1",
        "etag": "e1",
        "size": 7,
        "sequencer": "0A",
        "event_name": "ObjectCreated:Put",
        "event_time": "2026-01-12T09:30:00.123Z",
        "envelope": "s3",
    } | changed


def letter(cloud: str, **changed: Any) -> dict[str, Any]:
    """Return a dead letter as the present release writes it. A field that is ``...`` is left out."""
    fields = {
        "schema_version": 1,
        "record_id": "id-2",
        "code": "object_empty",
        "class": "permanent",
        "stage": "fetch",
        "message": "the object has no bytes",
        "hint": "Upload it again.",
        "docs_url": "https://example.com/reasons.md#object_empty",
        "index_holds": "previous",
        "source": source(cloud),
        "target": {"instance": "demo", "region": "ap-southeast-1", "product_id": "p", "pic_name": "n"},
        "image": None,
        "upstream": {"code": None, "request_id": None},
        "receive_count": 1,
        "retries": 0,
        "first_received_at": "2026-01-12T09:30:00.300+00:00",
        "failed_at": "2026-01-12T09:30:01.300+00:00",
        "function": {"name": "ingest", "version": "7", "request_id": "r"},
        "pipeline_fingerprint": "abcdef123456",
        "preparation": "fedcba654321",
        "rule": "112233445566",
        "run": "20261129T0655-7f3a",
        "replay": {"of": "id-1", "count": 3},
        "original_event": as_text(event_of(cloud, "other.jpg")),
        "original_event_truncated": False,
    } | changed
    return {name: value for name, value in fields.items() if value is not ...}


def without_source(cloud: str, **changed: Any) -> dict[str, Any]:
    return letter(cloud, **{"code": "event_malformed", "source": None} | changed)


def detail_of(record: EventRecord) -> str:
    """Return why the record was rejected."""
    assert not record.changes
    (note,) = record.notes
    assert (note.reason, note.change) == (Reason.EVENT_MALFORMED, None)
    return note.detail


@pytest.mark.parametrize(("cloud", "way"), WAYS)
def test_a_letter_announces_its_source(cloud: str, way: str) -> None:
    record = read(cloud, letter(cloud), way)
    assert not record.notes
    assert record.changes == (
        ObjectChange(
            ref=ObjectRef(cloud, "shop", "鞋 a+b.jpg"),
            kind=ChangeKind.ANNOUNCED,
            event_name="ObjectCreated:Put",
            raw_key="%E9%9E%8B+a%2Bb.jpg",
            other_key="%E9%9E%8B+a%2Bb.jpg",
            envelope="s3",
            event_time="2026-01-12T09:30:00.123Z",
            version_id="v1",
            etag="e1",
            size=7,
            sequencer="0A",
            why="replay",
            run="20261129T0655-7f3a",
        ),
    )
    assert record.replayed == Replayed("id-1", 4, "id-2", "object_empty")
    assert (json.loads(record.body), record.body_truncated) == (event_of(cloud, "other.jpg"), False)


@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_oldest_letters_are_read(cloud: str) -> None:
    """They have a relative docs_url and neither fingerprints, run nor replay."""
    old = letter(cloud, replay=None, run=..., preparation=..., rule=..., docs_url="docs/reasons.md#object_empty")
    record = read(cloud, old)
    assert record.replayed == Replayed("id-2", 1, "id-2", "object_empty")
    assert record.changes[0].run is None


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_later_version_of_the_letter_is_read(cloud: str) -> None:
    assert read(cloud, letter(cloud, schema_version=2, one_more={"field": 1})).changes


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_source_with_the_least_is_enough(cloud: str) -> None:
    least = {"cloud": cloud, "bucket": "shop", "key": "a.jpg"}
    record = read(cloud, {"schema_version": 1, "record_id": "id", "code": "object_empty", "source": least})
    (change,) = record.changes
    assert (change.ref.key, change.raw_key, change.etag, record.body) == ("a.jpg", "a.jpg", None, "")


@pytest.mark.parametrize(
    ("key", "raw_key", "envelope", "other_key"),
    [
        ("red shoes.jpg", "red+shoes.jpg", "s3", "red+shoes.jpg"),
        ("red%20shoes.jpg", "red%20shoes.jpg", "eventbridge", "red shoes.jpg"),
        ("red%20shoes.jpg", "red%20shoes.jpg", "oss", "red shoes.jpg"),
        ("red shoes.jpg", "red%20shoes.jpg", "oss", "red%20shoes.jpg"),  # it was found under the other reading
        ("red%20shoes.jpg", "red%20shoes.jpg", "announcement", None),
        ("red%20shoes.jpg", None, "oss", None),
        ("red%20shoes.jpg", "red%20shoes.jpg", None, None),
    ],
)
@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_other_reading_of_the_key_is_kept(
    cloud: str, key: str, raw_key: str | None, envelope: str | None, other_key: str | None
) -> None:
    named = source(cloud, key=key, raw_key=raw_key, envelope=envelope)
    (change,) = read(cloud, letter(cloud, source=named)).changes
    assert (change.ref.key, change.other_key) == (key, other_key)


@pytest.mark.parametrize(("cloud", "way"), WAYS)
def test_a_cut_event_stays_marked_as_cut(cloud: str, way: str) -> None:
    record = read(cloud, letter(cloud, original_event='{"Recor', original_event_truncated=True), way)
    assert len(record.changes) == 1
    assert (record.body, record.body_truncated) == ('{"Recor', True)


# A letter without an object, or with a redacted key: its original event is read.


@pytest.mark.parametrize("lost", ["source", "key", "bucket"])
@pytest.mark.parametrize(("cloud", "way"), WAYS)
def test_the_original_event_is_read_instead(cloud: str, way: str, lost: str) -> None:
    sources = {
        "source": None,
        "key": source(cloud, key="***", key_redacted=True),
        "bucket": source(cloud, bucket="***"),
    }
    original = as_text(event_of(cloud, "a.jpg", "b.jpg"))
    record = read(cloud, letter(cloud, source=sources[lost], original_event=original), way)
    assert not record.notes
    refs = [ObjectRef(cloud, bucket_of_events(cloud), key) for key in ("a.jpg", "b.jpg")]
    assert [change.ref for change in record.changes] == refs
    assert {(change.kind, change.why, change.run) for change in record.changes} == {
        (ChangeKind.ANNOUNCED, "replay", "20261129T0655-7f3a")
    }
    assert (record.body, record.replayed) == (original, Replayed("id-1", 4, "id-2", "object_empty"))


def bucket_of_events(cloud: str) -> str:
    return {"aws": "shop", "alibaba": "pictures"}[cloud]


def test_a_letter_about_a_removal_makes_the_function_look() -> None:
    """The event would be skipped as the removal of an old version, whatever the letter was about."""
    removal = s3_record("a.jpg", "LifecycleExpiration:Delete", versionId="v1")
    (change,) = read("aws", without_source("aws", original_event=as_text(s3_notification(removal)))).changes
    assert (change.kind, change.noncurrent) == (ChangeKind.ANNOUNCED, False)


def test_the_other_reading_of_a_key_is_kept() -> None:
    original = as_text(s3_notification(s3_record("a%2Bb.jpg")))
    (change,) = read("aws", without_source("aws", original_event=original)).changes
    assert (change.ref.key, change.other_key) == ("a+b.jpg", "a%2Bb.jpg")


def test_an_original_event_in_base64_is_read() -> None:
    original = base64_of(as_text(event_of("alibaba", "a.jpg")))
    assert [
        change.ref.key for change in read("alibaba", without_source("alibaba", original_event=original)).changes
    ] == ["a.jpg"]


@pytest.mark.parametrize("key", ["photos/***", "***.jpg", "a?…"])
@pytest.mark.parametrize("lost", [{"source": None}, {"key_redacted": True}], ids=str)
@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_redacted_key_is_never_looked_at(cloud: str, lost: dict[str, Any], key: str) -> None:
    """Nothing would be found under it, and the record would count as settled."""
    named = None if "source" in lost else source(cloud, key="photos/***", key_redacted=True)
    record = read(cloud, letter(cloud, source=named, original_event=as_text(event_of(cloud, key))))
    assert detail_of(record) == (
        "the dead letter's event holds a redacted key. Announce the object by hand, under its real key"
    )
    assert record.replayed == Replayed("id-1", 4, "id-2", "object_empty")


@pytest.mark.parametrize("cloud", CLOUDS)
def test_neighbours_of_a_redacted_key_are_looked_at(cloud: str) -> None:
    record = read(cloud, without_source(cloud, original_event=as_text(event_of(cloud, "***", "b.jpg"))))
    assert [change.ref.key for change in record.changes] == ["b.jpg"]
    assert len(record.notes) == 1


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_key_of_asterisks_is_believed_if_the_letter_says_so(cloud: str) -> None:
    record = read(cloud, letter(cloud, source=source(cloud, key="***.jpg")))
    assert [change.ref.key for change in record.changes] == ["***.jpg"]


@pytest.mark.parametrize("lost", [{"source": None}, {"key_redacted": True}], ids=str)
@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_cut_event_cannot_be_read(cloud: str, lost: dict[str, Any]) -> None:
    named = None if "source" in lost else source(cloud, key="***", key_redacted=True)
    original = as_text(event_of(cloud, "a.jpg"))[:60]
    record = read(cloud, letter(cloud, source=named, original_event=original, original_event_truncated=True))
    assert "was cut. Announce the object by hand" in detail_of(record)
    assert (record.body, record.body_truncated) == (original, True)
    assert record.replayed == Replayed("id-1", 4, "id-2", "object_empty")


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_letter_of_the_other_cloud_is_rejected(cloud: str) -> None:
    """Put into the right queue, the letter about it is read again, because it holds the event and not the letter."""
    foreign = letter(OTHER[cloud])
    record = read(cloud, foreign)
    assert f"'{OTHER[cloud]}'. Put it into a queue of that cloud" in detail_of(record)
    assert record.body == foreign["original_event"]
    (change,) = read(OTHER[cloud], without_source(OTHER[cloud], original_event=record.body)).changes
    assert change.ref.key == "other.jpg"


# Letters never nest.


def nested(cloud: str, levels: int) -> dict[str, Any]:
    """Return a letter that holds a letter, and so on: what a release that knew no replay made of each redrive."""
    content = letter(cloud, record_id="id-0", replay=None)
    for level in range(levels):
        content = without_source(cloud, record_id=f"nested-{level}", replay=None, original_event=as_text(content))
    return content


@pytest.mark.parametrize("levels", [1, 2, 3])
@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_nested_letter_is_opened(cloud: str, levels: int) -> None:
    record = read(cloud, nested(cloud, levels))
    assert [change.ref.key for change in record.changes] == ["鞋 a+b.jpg"]
    assert json.loads(record.body) == event_of(cloud, "other.jpg")
    assert record.replayed == Replayed("id-0", 1, "id-0", "object_empty")


@pytest.mark.parametrize("cloud", CLOUDS)
def test_deep_nesting_is_opened_in_several_turns(cloud: str) -> None:
    content, turns = nested(cloud, 7), 0
    while notes := (record := read(cloud, content)).notes:
        assert "nested" in notes[0].detail
        shorter = without_source(cloud, record_id="x", original_event=record.body)
        assert len(as_text(shorter)) < len(as_text(content))
        content, turns = shorter, turns + 1
    assert [change.ref.key for change in record.changes] == ["鞋 a+b.jpg"]
    assert turns == 2


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_letter_with_a_source_drops_the_letter_that_it_holds(cloud: str) -> None:
    record = read(cloud, letter(cloud, original_event=as_text(nested(cloud, 1))))
    assert record.replayed == Replayed("id-1", 4, "id-2", "object_empty")
    assert json.loads(record.body) == event_of(cloud, "other.jpg")


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_letter_about_an_announcement_is_read(cloud: str) -> None:
    announced = write_announcement(ObjectRef(cloud, "shop", "鞋.jpg"), "backfill", "run-1")
    named = source(cloud, event_name="announced:backfill", envelope="announcement")
    record = read(cloud, letter(cloud, source=named, original_event=announced))
    assert (record.body, record.changes[0].event_name) == (announced, "announced:backfill")
    record = read(cloud, without_source(cloud, original_event=announced))
    (change,) = record.changes
    assert (change.ref.key, change.why, change.run) == ("鞋.jpg", "backfill", "run-1")
    assert record.replayed == Replayed("id-1", 4, "id-2", "event_malformed")


# Anybody can write a letter.

SOURCES: dict[str, dict[str, Any]] = {
    "no bucket": {"bucket": None},
    "bucket is a number": {"bucket": 5},
    "no key": {"key": None},
    "empty key": {"key": ""},
    "long key": {"key": "x" * 1025},
    "half a character": {"key": "\ud800"},
    "raw key is a list": {"raw_key": ["x"]},
    "long raw key": {"raw_key": "x" * 3073},
    "version is a number": {"version_id": 5},
    "etag is an object": {"etag": {}},
    "long etag": {"etag": "x" * 1025},
    "size is a text": {"size": "7"},
    "sequencer is a number": {"sequencer": 1},
    "event name is a list": {"event_name": ["x"]},
    "event time is a number": {"event_time": 5},
    "envelope is a number": {"envelope": 5},
    "long envelope": {"envelope": "x" * 1025},
    "cloud is missing": {"cloud": None},
    "cloud is long": {"cloud": "x" * 1000},
    "cloud is a list": {"cloud": []},
}
FIELDS: dict[str, dict[str, Any]] = {
    **{f"record_id {value!r:.9}": {"record_id": value} for value in (None, 5, "", "x" * 129, [])},
    **{f"code {value!r:.9}": {"code": value} for value in (None, 5, "", "x" * 129, ...)},
    **{f"run {value!r:.9}": {"run": value} for value in (5, "x" * 65, {})},
    **{f"source {value!r}": {"source": value} for value in (5, "aws", [])},
    **{f"original_event {value!r}": {"original_event": value} for value in (None, 5, {}, [])},
    **{f"replay {value!r}": {"replay": value} for value in (5, "x", [], {}, {"of": "x"}, {"count": 1})},
    **{f"count {value!r}": {"replay": {"of": "x", "count": value}} for value in (-1, True, 1.0, "1", None, 10**7)},
    **{f"of {value!r:.9}": {"replay": {"of": value, "count": 1}} for value in (None, 5, "", "x" * 129)},
}


@pytest.mark.parametrize("changed", SOURCES.values(), ids=SOURCES)
@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_malformed_source_is_rejected(cloud: str, changed: dict[str, Any]) -> None:
    record = read(cloud, letter(cloud, source=source(cloud, **changed)))
    detail = detail_of(record)
    assert detail.startswith("the dead letter")
    assert len(detail) < 200
    assert json.loads(record.body) == event_of(cloud, "other.jpg"), "the letter about it does not nest"


@pytest.mark.parametrize("changed", FIELDS.values(), ids=FIELDS)
@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_malformed_letter_is_rejected(cloud: str, changed: dict[str, Any]) -> None:
    content = letter(cloud, **changed)
    record = read(cloud, content)
    assert detail_of(record).startswith("the dead letter: ")
    assert json.loads(record.body) == content
    assert record.replayed is None
    again = read(cloud, without_source(cloud, original_event=record.body))
    assert detail_of(again) == detail_of(record)
    assert again.body == record.body, "the letter about it does not grow"


@pytest.mark.parametrize("size", [-1, True, 2**50 + 1])
@pytest.mark.parametrize("cloud", CLOUDS)
def test_an_absurd_size_counts_as_unknown(cloud: str, size: Any) -> None:
    (change,) = read(cloud, letter(cloud, source=source(cloud, size=size))).changes
    assert change.size is None


@pytest.mark.parametrize("flag", [1, "no", None, [], "false"])
@pytest.mark.parametrize("cloud", CLOUDS)
def test_only_false_means_that_a_key_was_not_redacted(cloud: str, flag: Any) -> None:
    record = read(cloud, letter(cloud, source=source(cloud, key_redacted=flag)))
    assert [change.ref.key for change in record.changes] == ["other.jpg"]


@pytest.mark.parametrize("cloud", CLOUDS)
def test_replays_are_counted_up_to_a_limit(cloud: str) -> None:
    record = read(cloud, letter(cloud, replay={"of": "id-1", "count": 1_000_000}))
    assert record.replayed == Replayed("id-1", 1_000_000, "id-2", "object_empty")


@pytest.mark.parametrize("original", ["", "x", "null", "[]", "5", '{"Records": []}', "[" * 100_000, "\ud800"])
@pytest.mark.parametrize("cloud", CLOUDS)
def test_an_unreadable_original_event_is_rejected(cloud: str, original: str) -> None:
    record = read(cloud, without_source(cloud, original_event=original))
    detail_of(record)
    assert record.body == original


@pytest.mark.parametrize(
    "content", [{"schema_version": 1}, {"record_id": "x"}, {"schema_version": 1, "record_id": "x"}, {"source": None}]
)
@pytest.mark.parametrize("cloud", CLOUDS)
def test_only_letters_are_read_as_letters(cloud: str, content: dict[str, Any]) -> None:
    assert detail_of(read(cloud, content)).startswith("the message is neither")
