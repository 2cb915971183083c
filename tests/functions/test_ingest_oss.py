"""The handler of Function Compute, in this process on the local cloud, settles events."""

from typing import Any

import pytest

from imagesearch_ingest.events import parse_fc_event
from local_cloud.clouds.alibaba import AlibabaCloud
from tests.support.function_compute import ROOT, Function, empty, outcome_lines
from tests.support.oss_events import as_text, base64_of, bridged, element, message, notification
from tests.support.pictures import jpeg

FRONT = "shoes/2092061/front.jpg"
# The outcomes of the samples while their objects are in the bucket. All others are "added".
OUTCOMES = {
    "eventbridge-bucket-created": ["skipped: other_event"],
    "oss-folder-marker": ["skipped: folder_marker"],
    "oss-metadata-updated": ["skipped: other_event"],
    "oss-multipart-aborted": ["skipped: other_event"],
    "oss-multipart-initiated": ["skipped: other_event"],
    "oss-object-downloaded": ["skipped: other_event"],
    "oss-part-copied": ["skipped: other_event"],
    "oss-part-uploaded": ["skipped: other_event"],
    "oss-storage-class-changed": ["skipped: other_event"],
    "smq-eventbridge-malformed": ["rejected: event_malformed"],
    "smq-malformed": ["rejected: event_malformed"],
    "smq-sent-again-broken": ["rejected: event_malformed"],
    "smq-several-events": ["added"] * 2,
    "smq-stream-arrays": ["added"] * 3,
    "smq-stream-base64": ["added"] * 3,
    "smq-stream-batch": ["added"] * 3,
    "smq-stream-eventbridge": ["added"] * 2 + ["skipped: other_event"],
    "smq-stream-malformed": ["added"] * 2 + ["rejected: event_malformed"] * 2,
    "smq-stream-objects": ["added"] * 3,
    "smq-stream-sent-again": ["added"] * 2,
    "smq-stream-texts": ["added"] * 3,
    "smq-topic-xml": ["rejected: event_malformed"],
}
REMOVALS = [
    "oss-delete-object",
    "oss-delete-objects",
    "oss-replication-removed",
    "eventbridge-object-deleted",
    "smq-eventbridge-deleted",
    "smq-object-deleted",
]
NASTY_KEYS = [
    "a+b.jpg",
    "a%2Bb.jpg",
    "100%25.jpg",
    "100% .jpg",
    "a b  c.jpg",
    "literal-%41.jpg",
    "鞋/红.jpg",
    "shoe-👟.jpg",
    "caf\u00e9.jpg",  # NFC
    "cafe\u0301.jpg",  # NFD
    "a&b=c;d?e#f.jpg",
    "quote\"'\\.jpg",
    "~tilde*(paren)!.jpg",
    "a/../b.jpg",
    "a//b.jpg",
    "<&>.jpg",
]
ENVELOPES = {
    "OSS trigger": lambda key: notification(element(key)),
    "EventBridge": bridged,
    "SMQ": lambda key: [message(as_text(notification(element(key))))],
    "SMQ in base64": lambda key: [message(base64_of(as_text(notification(element(key)))))],
    "SMQ, one message": lambda key: message(notification(element(key))),
    "EventBridge by SMQ": lambda key: [message(as_text(bridged(key)))],
}


def sample(name: str) -> bytes:
    return (ROOT / f"events/alibaba-{name}.json").read_bytes()


def upload_what_is_spoken_of(cloud: AlibabaCloud, event: bytes) -> set[str]:
    keys = {change.ref.key for record in parse_fc_event(event) for change in record.changes}
    for key in keys:
        cloud.upload(key, jpeg())
    empty(cloud)  # remove the bucket's own announcements
    return keys


def outcomes_of(capsys: pytest.CaptureFixture[str]) -> list[str]:
    lines = outcome_lines(capsys)
    return sorted(f"{line['outcome']}: {line['reason']}" if "reason" in line else line["outcome"] for line in lines)


@pytest.mark.parametrize("name", [path.stem[len("alibaba-") :] for path in sorted((ROOT / "events").glob("alibaba-*"))])
def test_every_sample_event_works(function: Function, cloud: AlibabaCloud, capsys, name: str) -> None:
    keys = upload_what_is_spoken_of(cloud, sample(name))
    function(sample(name))
    outcomes = OUTCOMES.get(name, ["added"])
    assert outcomes_of(capsys) == outcomes
    assert set(function.pic_names()) == keys
    assert len(keys) == outcomes.count("added")
    assert [letter["code"] for letter in function.letters()] == ["event_malformed"] * sum(map(_rejected, outcomes))
    assert not function.waiting()


def _rejected(outcome: str) -> bool:
    return outcome.startswith("rejected")


def test_listed_samples_exist() -> None:
    assert all(sample(name) for name in [*OUTCOMES, *REMOVALS])


@pytest.mark.parametrize("name", REMOVALS)
def test_event_outcome_follows_the_bucket(function: Function, cloud: AlibabaCloud, capsys, name: str) -> None:
    """The same event has two outcomes: with its object in the bucket and without."""
    upload_what_is_spoken_of(cloud, sample(name))
    function(sample(name))
    assert function.pic_names() == [FRONT]
    cloud.remove(FRONT)
    function(sample(name))
    assert not function.pic_names()
    assert [line["outcome"] for line in outcome_lines(capsys)] == ["added", "deleted"]


@pytest.mark.parametrize("envelope", ENVELOPES.values(), ids=ENVELOPES)
def test_odd_key_finds_its_object(function: Function, cloud: AlibabaCloud, capsys, envelope) -> None:
    """Each picture has another width, so that a wrong one is noticed."""
    for number, key in enumerate(NASTY_KEYS):
        cloud.upload(key, jpeg(200 + number, 120))
    for key in NASTY_KEYS:
        function(envelope(key))
    widths = {entry.pic_name: entry.width for entry in cloud.image_search.entries()}
    assert widths == {key: 200 + number for number, key in enumerate(NASTY_KEYS)}
    assert [line["key"] for line in outcome_lines(capsys)] == NASTY_KEYS


def test_url_encoded_key_is_found(function: Function, cloud: AlibabaCloud) -> None:
    """The other reading counts only if ETag and size are the event's (docs/design.md, section 9)."""
    cloud.upload("red shoes/a+b.jpg", jpeg())
    (stored,) = cloud.oss.objects(cloud.bucket)
    right = {"size": len(jpeg()), "eTag": stored.etag}
    function(notification(element("red+shoes%2Fa%2Bb.jpg")))
    assert not function.pic_names()
    function(notification(element("red+shoes%2Fa%2Bb.jpg", **right)))
    assert function.pic_names() == ["red shoes/a+b.jpg"]


def test_outcome_line_is_complete(function: Function, cloud: AlibabaCloud, capsys) -> None:
    upload_what_is_spoken_of(cloud, sample("smq-sent-again"))
    function(sample("smq-sent-again"))
    (line,) = outcome_lines(capsys)
    assert line["service"] == "imagesearch-ingest"
    assert line["function_request_id"] == "request-1"
    assert (line["key"], line["bucket"], line["product_id"]) == (FRONT, "pictures", "2092061")
    assert line["receive_count"] == 3
    assert line["bytes_in"] == len(jpeg())
    assert list(line["legs_ms"]) == ["authorize", "upload", "wait", "add"]


def test_dead_letter_has_reason_and_message(function: Function, cloud: AlibabaCloud, capsys) -> None:
    cloud.upload("bad/text.jpg", b"no picture")
    body = as_text(notification(element("bad/text.jpg")))
    function([message(base64_of(body), "M7")])
    (letter,) = function.letters()
    assert letter["original_event"] == body  # decoded: base64 belongs to SMQ
    assert letter["source"] | {"sequencer": None} == {
        "cloud": "alibaba",
        "bucket": "pictures",
        "key": "bad/text.jpg",
        "key_redacted": False,
        "raw_key": "bad/text.jpg",
        "version_id": None,
        "etag": cloud.oss.objects("pictures")[0].etag,
        "size": len(b"no picture"),
        "sequencer": None,
        "event_name": "ObjectCreated:PutObject",
        "event_time": "2026-01-12T09:30:00.000Z",
        "envelope": "oss",
    }
    assert (letter["code"], letter["class"], letter["index_holds"]) == ("not_an_image", "permanent", "previous")
    assert letter["function"]["request_id"] == "request-1"
    (line,) = outcome_lines(capsys)
    assert (line["message_id"], line["dead_lettered"]) == ("M7", True)


# Links.


def linked(function: Function, key: str, target: str) -> None:
    function.cloud.bucket_owner.link(function.cloud.bucket, key, target)
    function(notification(element(key, "ObjectCreated:PutSymlink")))


def last(capsys: pytest.CaptureFixture[str]) -> tuple[str, str | None]:
    line = outcome_lines(capsys)[-1]
    return line["outcome"], line.get("reason")


@pytest.mark.parametrize("target", ["shop/real.jpg", "shop/red shoes/鞋 100%25+a.jpg"])
def test_link_is_read_as_its_target(function: Function, cloud: AlibabaCloud, capsys, target: str) -> None:
    cloud.upload(target, jpeg(222, 111))
    linked(function, "shop/link.jpg", target)
    assert last(capsys) == ("added", None)
    assert [(entry.pic_name, entry.width) for entry in cloud.image_search.entries()] == [("shop/link.jpg", 222)]


INSIDE: list[dict[str, Any]] = [
    {"INGEST_KEY_PREFIX": "shop/"},
    {"INGEST_INCLUDE": "shop/*"},
    {"INGEST_EXCLUDE": "private/*"},
]


@pytest.mark.parametrize("rule", INSIDE, ids=lambda rule: next(iter(rule)))
def test_link_to_excluded_key_is_skipped(function: Function, cloud: AlibabaCloud, capsys, rule: dict[str, str]) -> None:
    """Otherwise a link in the prefix could publish any object of the bucket."""
    function.start(**rule)
    cloud.upload("private/secret.jpg", jpeg())
    cloud.upload("shop/open.jpg", jpeg())
    linked(function, "shop/leak.jpg", "private/secret.jpg")
    assert last(capsys) == ("skipped", "excluded")
    linked(function, "shop/link.jpg", "shop/open.jpg")
    assert last(capsys) == ("added", None)
    assert len(function.pic_names()) == 1


def test_broken_link_is_rejected(function: Function, capsys) -> None:
    linked(function, "shop/broken.jpg", "shop/never-there.jpg")
    assert last(capsys) == ("rejected", "link_broken")
    assert [letter["code"] for letter in function.letters()] == ["link_broken"]


def test_removed_link_keeps_its_target(function: Function, cloud: AlibabaCloud, capsys) -> None:
    cloud.upload("shop/real.jpg", jpeg())
    linked(function, "shop/link.jpg", "shop/real.jpg")
    function(notification(element("shop/real.jpg")))
    cloud.remove("shop/link.jpg")
    function(notification(element("shop/link.jpg", "ObjectRemoved:DeleteObject")))
    assert last(capsys) == ("deleted", None)
    assert function.pic_names() == ["shop/real.jpg"]


def test_import_reads_no_settings(function: Function) -> None:
    assert function.module.worker.cache_info().currsize == 0
