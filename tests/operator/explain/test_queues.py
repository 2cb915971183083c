"""Dead-letter queues are searched within limits, and everything stays in them."""

import json
from functools import partial

import pytest

from imagesearch_ops.dlq.reading import Reader
from imagesearch_ops.explain import dead_letters
from tests.operator.explain.conftest import World, check
from tests.support.aws_events import s3_record


def test_without_a_queue_the_letters_are_not_searched(on_aws: World) -> None:
    key = on_aws.upload(on_aws.key())
    explained = on_aws.explain(key, hours=2, index=False, INGEST_DEAD_LETTER_QUEUE_URL="", INGEST_QUEUE_URL="")
    assert explained.document["letters"] is None
    assert explained.document["queue"].startswith("not searched: no dead-letter queue is known")


def test_a_queue_that_cannot_be_read(world: World) -> None:
    key = world.upload(world.key())
    explained = world.explain(key, hours=2, INGEST_DEAD_LETTER_QUEUE_URL=f"{world.letters}-none")
    check(explained, "missing: the index has no entry, and the dead letters are not all known", 4, "missing")
    assert explained.document["queue"].startswith("letters: not searched: ")


def test_a_long_queue_is_not_searched(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    key = world.upload(world.key())
    for _ in range(3):
        world.put_letter(key)
    monkeypatch.setitem(dead_letters.search_letters.__kwdefaults__, "most", 2)
    explained = world.explain(key)
    assert explained.document["queue"] == "letters: not searched: it holds about 3 messages. Use `dlq show KEY`."
    assert explained.document["letters"] is None


def test_a_search_that_takes_too_long_ends(on_aws: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        on_aws.put_letter(on_aws.key(f"{number}.jpg"))
    monkeypatch.setattr(dead_letters, "Reader", partial(Reader, threads=1))  # receives a batch at a time
    monkeypatch.setitem(dead_letters.search_letters.__kwdefaults__, "seconds", -1.0)
    explained = on_aws.explain(on_aws.upload(on_aws.key()))
    assert explained.document["queue"] == "letters: searched in part: 10 of about 30. Use `dlq show KEY`."


def test_every_message_stays_in_the_queue(on_aws: World) -> None:
    key = on_aws.upload(on_aws.key())
    on_aws.put_letter(key)
    on_aws.put_letter(on_aws.key("other.jpg"))
    on_aws.explain(key)
    received = on_aws.cloud.sqs.receive_message(QueueUrl=on_aws.letters, MaxNumberOfMessages=10)["Messages"]
    assert len(received) == 2


def test_events_that_were_never_finished_are_found(on_aws: World) -> None:
    key = on_aws.upload(on_aws.key("a b.jpg"))
    records = [s3_record(name, bucket="pictures") for name in ("x", key.replace(" ", "+"))]
    on_aws.put_message(json.dumps({"Records": records}))
    explained = on_aws.explain(key)
    check(explained, "missing: the function gave it up: retries_exhausted", 4, "missing")
