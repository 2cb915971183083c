import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagesearch_ingest.events import Replayed, write_announcement
from imagesearch_ingest.model.objects import ChangeKind, ObjectRef
from imagesearch_ingest.model.reasons import Reason
from tests.support.both_clouds import CLOUDS, WAYS, read

RUN = "20261129T0655-7f3a"
ODD_KEYS = [
    "a+b.jpg",
    "literal-%41.jpg",
    "100%25.jpg",
    "鞋/红 👟.jpg",
    "cafe\u0301.jpg",
    "trailing blank ",
    " leading.jpg",
    "two\nlines\r\n.jpg",
    "\x1b]0;title\x07.jpg",
    "a//b.jpg",
    "folder/",
    "quote\"'\\.jpg",
    "***.jpg",
]


def announcement(look_at: Any = None, **changed: Any) -> dict[str, Any]:
    content = {"look_at": look_at or {"bucket": "shop", "key": "a.jpg"}, "why": "backfill", "run": RUN} | changed
    return {"imagesearch_ingest": {name: value for name, value in content.items() if value is not ...}}


@pytest.mark.parametrize(("cloud", "way"), WAYS)
def test_an_announcement_is_read_on_every_way(cloud: str, way: str) -> None:
    record = read(cloud, announcement(), way)
    (change,) = record.changes
    assert not record.notes
    assert (change.ref, change.kind) == (ObjectRef(cloud, "shop", "a.jpg"), ChangeKind.ANNOUNCED)
    assert (change.why, change.run, change.event_name) == ("backfill", RUN, "announced:backfill")
    assert (change.envelope, change.raw_key, change.other_key) == ("announcement", "a.jpg", None)
    assert record.replayed is None


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_direct_announcement_has_no_queue(cloud: str) -> None:
    record = read(cloud, announcement(), "direct")
    assert (record.receipt, record.receive_count) == (None, 1)
    assert json.loads(record.body) == announcement()


@pytest.mark.parametrize("key", ODD_KEYS)
@pytest.mark.parametrize(("cloud", "way"), WAYS)
def test_a_key_is_taken_literally(cloud: str, way: str, key: str) -> None:
    (change,) = read(cloud, announcement({"bucket": "shop", "key": key}), way).changes
    assert change.ref.key == key


@pytest.mark.parametrize("cloud", CLOUDS)
@given(key=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200))
def test_every_key_survives_an_announcement(cloud: str, key: str) -> None:
    written = write_announcement(ObjectRef(cloud, "shop", key), "reconcile", RUN)
    (change,) = read(cloud, json.loads(written)).changes
    assert (change.ref.key, change.why) == (key, "reconcile")


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_written_announcement_is_read_back(cloud: str) -> None:
    replayed = Replayed("first", 3, "last", "corrupt_image")
    ref = ObjectRef(cloud, "shop", "鞋.jpg")
    written = write_announcement(ref, "replay", RUN, etag="e1", version_id="v1", replayed=replayed)
    assert written.isascii()
    record = read(cloud, json.loads(written))
    (change,) = record.changes
    assert (change.ref, change.why, change.run, change.etag, change.version_id) == (ref, "replay", RUN, "e1", "v1")
    assert record.replayed == replayed


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_run_is_not_required(cloud: str) -> None:
    (change,) = read(cloud, announcement(run=...)).changes
    assert change.run is None


MALFORMED = {
    "look_at is null": announcement() | {"imagesearch_ingest": {"look_at": None, "why": "backfill"}},
    "look_at is a text": announcement("shop/a.jpg"),
    "look_at is a list": announcement(["shop", "a.jpg"]),
    "no bucket": announcement({"key": "a.jpg"}),
    "no key": announcement({"bucket": "shop"}),
    "empty key": announcement({"bucket": "shop", "key": ""}),
    "key is a number": announcement({"bucket": "shop", "key": 5}),
    "bucket is null": announcement({"bucket": None, "key": "a.jpg"}),
    "long key": announcement({"bucket": "shop", "key": "x" * 1025}),
    "long key in bytes": announcement({"bucket": "shop", "key": "鞋" * 342}),
    "long bucket": announcement({"bucket": "x" * 2000, "key": "a.jpg"}),
    "half a character": announcement({"bucket": "shop", "key": "\ud800"}),
    "etag is a number": announcement({"bucket": "shop", "key": "a.jpg", "etag": 5}),
    "long version": announcement({"bucket": "shop", "key": "a.jpg", "version_id": "v" * 1025}),
    "no why": announcement(why=...),
    "unknown why": announcement(why="because"),
    "why is a list": announcement(why=["backfill"]),
    "run is a number": announcement(run=5),
    "long run": announcement(run="r" * 65),
}


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED)
@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_malformed_announcement_is_rejected(cloud: str, content: Any) -> None:
    record = read(cloud, content)
    assert not record.changes
    (note,) = record.notes
    assert note.reason is Reason.EVENT_MALFORMED
    assert note.detail.startswith("the announcement")


def test_the_longest_key_depends_on_the_cloud() -> None:
    content = announcement({"bucket": "shop", "key": "x" * 1024})
    assert read("aws", content).changes
    assert read("alibaba", content).notes


REPLAY = {"of": "first", "count": 3, "record_id": "last", "code": "corrupt_image"}


@pytest.mark.parametrize(
    "replay",
    [
        5,
        [],
        {},
        *(REPLAY | {"count": count} for count in (-1, True, 1.0, "3", None, 10**7)),
        *(REPLAY | {name: value} for name in ("of", "record_id", "code") for value in ("", None, 5, "x" * 129)),
    ],
)
@pytest.mark.parametrize("cloud", CLOUDS)
def test_an_odd_replay_is_ignored(cloud: str, replay: Any) -> None:
    """It only counts. The object is looked at all the same."""
    record = read(cloud, announcement(replay=replay))
    assert len(record.changes) == 1
    assert record.replayed is None


def test_a_retry_envelope_is_not_an_announcement() -> None:
    inner = json.dumps(announcement())
    envelope = {"receives": 7, "first_received_at": "2026-01-12T09:30:00.123+00:00", "message": inner}
    record = read("alibaba", {"imagesearch_ingest": envelope})
    assert (record.receive_count, record.body) == (7, inner)
    assert record.changes[0].why == "backfill"
