"""A key is taken as it is written. If there is no such object, its other readings are tried, and named."""

import json
from pathlib import Path

import pytest

from imagesearch_ops.errors import InputError
from imagesearch_ops.explain.explaining import run_explain
from tests.operator.explain.conftest import World, check
from tests.support.aws_events import s3_notification, s3_record
from tests.support.oss_events import element, notification
from tests.support.pictures import jpeg

HOSTILE = [
    "a+b.jpg",
    "%41.jpg",
    "a b.jpg ",
    " a.jpg",
    "100%.jpg",
    "a%2Bb+c d.jpg",
    "'; rm -rf $HOME; `x`.jpg",
    '"<script>alert(1)</script>".jpg',
    "x\u202egpj.exe.jpg",
    "ключ/鞋/é.jpg",
    "a//b.jpg",
    "../a.jpg",
    "a?versionId=null#x.jpg",
    "a\tb\x1b[31m.jpg",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_key_is_taken_as_it_is_written(world: World, name: str) -> None:
    key = world.upload(world.key(name))
    world.index(key, product_id="any")
    explained = world.explain(key, INGEST_KEY_REGEX="(?P<product_id>p).*")
    assert explained.document["object"]["found"] is True
    assert (explained.document["key"]["given"], explained.document["key"]["other_reading"]) == (key, None)
    assert (explained.document["identity"]["product_id"], explained.document["identity"]["pic_name"]) == ("p", key)


def test_a_newline_in_a_key(on_alibaba: World) -> None:
    key = on_alibaba.upload(on_alibaba.key("a\nb.jpg"))
    check(on_alibaba.explain(key), "waiting", 0, "waiting")
    assert all("\x1b" not in row for row in on_alibaba.screen(key))


@pytest.mark.parametrize(
    ("stored", "asked"),
    [
        ("a b+c.jpg", "a+b%2Bc.jpg"),  # as an event of S3 writes it
        ("a b.jpg", "a%20b.jpg"),
        ("a+b c.jpg", "a+b%20c.jpg"),  # as a browser writes it
        ("A.jpg", "%41.jpg"),
        ("a%20b.jpg", "a b.jpg"),
        ("a+b%2Bc.jpg", "a b+c.jpg"),
        ("a.jpg", "a.jpg "),
        ("caf\u00e9.jpg", "cafe\u0301.jpg"),
        ("cafe\u0301.jpg", "caf\u00e9.jpg"),
    ],
)
def test_the_other_reading_is_found_and_named(world: World, stored: str, asked: str) -> None:
    key = world.upload(world.key(stored))
    world.index(key)
    explained = world.explain(world.key(asked))
    check(explained, "in the index as it should be", 0, "in_index")
    assert explained.document["key"]["given"] == world.key(asked)
    assert explained.document["key"]["other_reading"] == key
    assert explained.document["url"] == world.url(key)
    assert explained.document["notes"][0].startswith("There is no object ")


def test_the_key_as_it_is_written_comes_first(world: World) -> None:
    for name in ("a b.jpg", "a%20b.jpg"):
        world.upload(world.key(name))
    assert world.explain(world.key("a%20b.jpg")).document["url"] == world.url(world.key("a%20b.jpg"))


def event_about(world: World, path: Path, *keys: str, **fields: object) -> Path:
    """Write an event of the bucket about uploads. S3 URL-encodes the keys."""
    if world.is_aws:
        content = s3_notification(*(s3_record(key, bucket="pictures", **fields) for key in keys))
    else:
        content = notification(*(element(key, bucket="pictures", **fields) for key in keys))
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_an_event_names_the_object(world: World, tmp_path: Path) -> None:
    key = world.upload(world.key())
    event = event_about(world, tmp_path / "event.json", key)
    explained = world.explain(None, event=event)
    check(explained, "waiting", 0, "waiting")
    assert explained.document["url"] == world.url(key)
    assert any("The event is about other content" in note for note in explained.document["notes"])


def test_an_event_about_several_objects_needs_a_url(world: World, tmp_path: Path) -> None:
    keys = [world.upload(world.key(name)) for name in ("a.jpg", "b.jpg")]
    event = event_about(world, tmp_path / "event.json", *keys)
    with pytest.raises(InputError, match=rf"names several objects. Add the URL of one: {world.url(keys[0])}, "):
        world.explain(None, event=event)
    assert world.explain(keys[1], event=event).document["url"] == world.url(keys[1])
    with pytest.raises(InputError, match="does not name this object, only"):
        world.explain(world.key("c.jpg"), event=event)


def test_an_event_means_the_other_reading(world: World, tmp_path: Path) -> None:
    """The key is stored as the event writes it, and the function would decode it."""
    key = world.upload(world.key("a%2Bb.jpg"))
    explained = world.explain(None, event=event_about(world, tmp_path / "event.json", key))
    assert (explained.document["key"]["given"], explained.document["key"]["other_reading"]) == (
        (world.key("a+b.jpg"), key) if world.is_aws else (key, None)
    )


def test_an_event_of_a_folder(world: World, tmp_path: Path) -> None:
    world.upload(world.key("folder/"), b"")
    event = event_about(world, tmp_path / "event.json", world.key("folder/"), size=0)
    check(world.explain(None, event=event), "skipped: folder_marker", 0, "skipped")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "not a JSON file"),
        (b'{"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "pictures"}', "names no object. test_event"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a": 1}', "event.json: "),
    ],
)
def test_a_file_without_an_object(on_aws: World, tmp_path: Path, content: bytes, message: str) -> None:
    event = tmp_path / "event.json"
    event.write_bytes(content)
    with pytest.raises(InputError, match=message):
        on_aws.explain(None, event=event)


@pytest.mark.parametrize(
    "url", ["pictures/a.jpg", "s3://", "s3://pictures", "s3://pictures/", "https://a/b", "s3:///a"]
)
def test_a_url_without_an_object(on_aws: World, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(World, "url", lambda *_: url)
    with pytest.raises(InputError):
        on_aws.explain("a.jpg")


def test_a_key_that_is_not_utf_8(on_aws: World) -> None:
    with pytest.raises(InputError, match="the key is not UTF-8"):
        on_aws.explain("a\udcff.jpg")


def test_neither_url_nor_event(on_aws: World) -> None:
    with pytest.raises(InputError, match="name an object"):
        on_aws.explain(None)


def test_a_key_that_no_bucket_can_hold(world: World) -> None:
    check(world.explain("k" * 1100), "gone", 4, "gone")


def test_a_letter_about_the_other_reading(world: World) -> None:
    key = world.upload(world.key("a b.jpg"), jpeg())
    world.put_letter(key, code="service_rejected", stage="index")
    check(world.explain(world.key("a+b.jpg")), "rejected: service_rejected", 3, "rejected")


def test_an_object_on_the_other_cloud_is_refused(world: World) -> None:
    mine, other = ("s3", "oss") if world.is_aws else ("oss", "s3")
    with pytest.raises(InputError, match=rf"{other}://pictures/a.jpg: the objects of .* are in {mine}://"):
        run_explain(f"{other}://pictures/a.jpg", None, world.environ(), as_json=True)
