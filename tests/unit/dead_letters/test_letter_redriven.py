"""Dead letters are put back into the queue, all of them and again and again, as the redrive of a queue does."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from imagesearch_ingest.dead_letters import DeadLetter
from imagesearch_ingest.events import encode_event_key, parse_fc_event, parse_lambda_event
from imagesearch_ingest.image_search import AddImageRequest
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import Upload
from imagesearch_ingest.model.reasons import Reason
from tests.support.aws_events import s3_notification, s3_record, sqs_batch, sqs_message
from tests.support.batch_world import GOOD, World, aged, unavailable
from tests.support.both_clouds import CLOUDS
from tests.support.oss_events import as_text, element, message, notification
from tests.support.pictures import jpeg

BATCH = 10
TURNS = 10
BUCKET = {"aws": "shop", "alibaba": "pictures"}
PICTURES = {
    "object_empty": b"",
    "not_an_image": b"no picture",
    "corrupt_image": jpeg()[:-200],
    "image_too_small": jpeg(30, 30),
    "image_too_long": jpeg(4000, 20),
    "unsupported_format": b"8BPS\x00\x01" + bytes(100),
    "object_too_large": b"x" * 1_000_001,
    "key_too_long": GOOD,
    "attribute_invalid": GOOD,
    "category_invalid": GOOD,
    "service_rejected": GOOD,
}
METADATA = {"attribute_invalid": {"imagesearch-int-attr": "no number"}}


@dataclass
class Redriven:
    """A worker on one cloud whose dead letters go back into its queue."""

    cloud: str
    world: World = field(default_factory=World)

    def __post_init__(self) -> None:
        self.world.store.buckets[BUCKET[self.cloud]] = {}
        add = self.world.index.add

        def refuse_some(upload: Upload, request: AddImageRequest) -> None:
            for reason in (Reason.CATEGORY_INVALID, Reason.SERVICE_REJECTED):
                if reason.code in request.pic_name:
                    raise IngestError(reason, "refused", service_code="InvalidParameter", service_request_id="R-1")
            add(upload, request)

        self.world.index.add = refuse_some

    def put(self, key: str, data: bytes, metadata: dict[str, str] | None = None) -> None:
        self.world.store.put(BUCKET[self.cloud], key, data, metadata)

    def deliver(self, bodies: list[str]) -> list[DeadLetter]:
        """Run the messages in batches, and return the letters about them."""
        self.world.dead_letters.letters.clear()
        for start in range(0, len(bodies), BATCH):
            batch = bodies[start : start + BATCH]
            if self.cloud == "aws":
                records = parse_lambda_event(sqs_batch(*(sqs_message(body, f"m{n}") for n, body in enumerate(batch))))
            else:
                records = parse_fc_event(as_text([message(body) for body in batch]))
            assert self.world.run(*records) == []
        return list(self.world.dead_letters.letters)

    def event(self, key: str) -> dict[str, Any]:
        if self.cloud == "aws":
            return s3_notification(s3_record(encode_event_key(key)))
        return notification(element(key))

    def deliver_uploads(self, count: int) -> list[DeadLetter]:
        """Upload ``count`` objects that end in dead letters of eleven reasons, beside malformed events, the twelfth."""
        bodies = []
        for number in range(count):
            reason = [*PICTURES, "event_malformed"][number % 12]
            if reason == "event_malformed":
                bodies.append(json.dumps({"Records": [{"eventName": number}], "events": [{"eventName": number}]}))
                continue
            name = f"{reason}/鞋 {number}.jpg" if reason != "key_too_long" else f"{number}/{'x' * 300}.jpg"
            self.put(name, PICTURES[reason], METADATA.get(reason))
            bodies.append(as_text(self.event(name)))
        return self.deliver(bodies)


def named(letters: list[DeadLetter]) -> dict[tuple[str, str], DeadLetter]:
    """Return the letters by key and reason; those without a key by their event."""
    return {(letter.source.key if letter.source else letter.original_event, letter.code): letter for letter in letters}


@pytest.mark.parametrize("count", [60, pytest.param(500, marks=pytest.mark.slow)])
@pytest.mark.parametrize("cloud", CLOUDS)
def test_letters_can_be_put_back_ten_times(cloud: str, count: int) -> None:
    redriven = Redriven(cloud)
    letters = redriven.deliver_uploads(count)
    first = named(letters)
    assert len(letters) == len(first) == count
    assert {code for _, code in first} == {*PICTURES, "event_malformed"}
    for turn in range(1, TURNS + 1):
        letters = redriven.deliver([letter.to_json() for letter in letters])
        again = named(letters)
        assert again.keys() == first.keys()
        assert len(letters) == count
        for name, letter in again.items():
            assert letter.record_id == first[name].record_id
            assert letter.original_event == first[name].original_event
            assert len(letter.to_json()) <= len(first[name].to_json())
            assert (letter.replay.of, letter.replay.count) == (letter.record_id, turn)
            assert letter.hint.startswith("Replayed ") is (turn >= 5)
    assert redriven.world.index.entries == {}


@pytest.mark.parametrize("cloud", CLOUDS)
def test_mended_objects_are_added_and_the_others_come_back(cloud: str) -> None:
    redriven = Redriven(cloud)
    first = named(redriven.deliver_uploads(120))
    mended = {name for name in first if name[1] in ("object_empty", "corrupt_image", "attribute_invalid")}
    gone = {name for name in first if name[1] in ("not_an_image", "key_too_long")}
    for key, _ in mended:
        redriven.put(key, GOOD)
    for key, _ in gone:
        redriven.world.store.remove(BUCKET[cloud], key)
    again = named(redriven.deliver([letter.to_json() for letter in first.values()]))
    assert again.keys() == first.keys() - mended - gone
    assert {pic_name for _, pic_name in redriven.world.index.entries} == {key for key, _ in mended}
    ends = {
        (outcome.result.value, outcome.reason and outcome.reason.code) for outcome in redriven.world.reporter.outcomes
    }
    assert {("deleted", None), ("skipped", "never_indexed"), ("added", None)} <= ends


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_letter_about_another_content_has_its_own_id(cloud: str) -> None:
    redriven = Redriven(cloud)
    redriven.put("a/1.jpg", b"")
    (first,) = redriven.deliver([as_text(redriven.event("a/1.jpg"))])
    redriven.put("a/1.jpg", b"no picture")
    (second,) = redriven.deliver([first.to_json()])
    assert second.record_id != first.record_id
    assert (second.code, second.hint) == ("not_an_image", Reason.NOT_AN_IMAGE.hint)
    assert (second.replay.of, second.replay.count) == (first.record_id, 1)


def test_a_redacted_key_is_found_in_an_event_that_kept_it() -> None:
    redriven, key = Redriven("aws"), "secret_key: front.jpg"
    redriven.put(key, b"")
    (first,) = redriven.deliver([json.dumps(redriven.event(key))])
    assert (first.source.key_redacted, "***" in first.source.key) == (True, True)
    (second,) = redriven.deliver([first.to_json()])
    assert (second.code, second.record_id, second.source) == ("object_empty", first.record_id, first.source)
    redriven.put(key, GOOD)
    assert redriven.deliver([second.to_json()]) == []
    assert {pic_name for _, pic_name in redriven.world.index.entries} == {key}


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_key_that_was_redacted_everywhere_is_not_settled(cloud: str) -> None:
    """The object is there and mended, but nothing may be looked up under what is left of its key."""
    redriven, key = Redriven(cloud), "photos/AKIAIOSFODNN7EXAMPLE.jpg"
    redriven.put(key, b"")
    (letter,) = redriven.deliver([as_text(redriven.event(key))])
    assert letter.source.key_redacted
    redriven.put(key, GOOD)
    lengths, ids = set(), set()
    for turn in range(1, 4):
        (letter,) = redriven.deliver([letter.to_json()])
        assert (letter.code, letter.replay.count) == ("event_malformed", turn)
        assert "Announce the object by hand" in letter.message
        lengths.add(len(letter.to_json()))
        ids.add(letter.record_id)
    assert len(lengths) == len(ids) == 1
    assert redriven.world.index.entries == {}


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_long_event_without_an_object_keeps_its_letter(cloud: str) -> None:
    redriven = Redriven(cloud)
    (letter,) = redriven.deliver(["x" * 200_000])
    assert letter.original_event_truncated
    first = letter
    for turn in range(1, 4):
        (letter,) = redriven.deliver([letter.to_json()])
        assert (letter.code, letter.record_id, letter.replay.count) == ("event_malformed", first.record_id, turn)
        assert letter.original_event_truncated
        assert len(letter.original_event) <= len(first.original_event)


def test_every_hint_is_longer_than_the_note_about_replays() -> None:
    """Otherwise a letter would grow once it says that replaying does not help."""
    may_be_lettered = [reason for reason in Reason if reason.result.value in {"rejected", "failed"}]
    assert [reason.code for reason in may_be_lettered if len(reason.hint) < 50] == []


def test_an_object_under_the_other_reading_of_its_key_is_found() -> None:
    """The letter was written in an outage of the bucket, before anybody could look for the object."""
    redriven = Redriven("aws")
    redriven.put("p/red shoes.jpg", GOOD)
    state = redriven.world.store.buckets["shop"]["p/red shoes.jpg"].state
    stored = {"key": "p/red%20shoes.jpg", "etag": state.etag, "size": state.size}
    detail = {"bucket": {"name": "shop"}, "object": stored}
    event = {"source": "aws.s3", "detail-type": "Object Created", "detail": detail}
    (record,) = parse_lambda_event(sqs_batch(sqs_message(event)))
    redriven.world.store.faults.script("fetch", *unavailable(5))
    assert redriven.world.run(aged(record, days=13.5)) == []
    (letter,) = redriven.world.dead_letters.letters
    assert letter.source is not None
    assert letter.source.key == "p/red%20shoes.jpg"
    assert redriven.deliver([letter.to_json()]) == []
    assert [pic_name for _, pic_name in redriven.world.index.entries] == ["p/red shoes.jpg"]
