"""Both handlers look at announced objects, and at those of dead letters that were put back into the queue."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from imagesearch_ingest.events import write_announcement
from imagesearch_ingest.model.errors import NotDoneError
from imagesearch_ingest.model.objects import ObjectRef
from local_cloud.clouds.alibaba import AlibabaCloud
from local_cloud.clouds.aws import AwsCloud
from tests.support.aws_events import s3_notification, s3_record, sns_event, sqs_batch, sqs_message
from tests.support.fc_outages import FOR_EVER, NO_RETRY
from tests.support.function_compute import Function, empty, outcome_lines
from tests.support.lambda_function import LambdaFunction, QuickAwsCloud
from tests.support.oss_events import as_text, base64_of, element, message, notification
from tests.support.pictures import jpeg

RUN = "20260112T0930-7f3a"
ODD_KEYS = ["a+b.jpg", "literal-%41.jpg", "100%25.jpg", "鞋/红 👟.jpg", "cafe\u0301.jpg", "blank ", "a//b.jpg"]


def announced(cloud: str, key: str, why: str = "backfill") -> str:
    return write_announcement(ObjectRef(cloud, "pictures", key), why, RUN)


def as_batch(*texts: str) -> dict[str, Any]:
    return sqs_batch(*(sqs_message(text, f"m{number}") for number, text in enumerate(texts)))


# On AWS.


@pytest.fixture(scope="module")
def aws_cloud() -> Iterator[AwsCloud]:
    with QuickAwsCloud(with_function=False) as cloud:
        yield cloud


@pytest.fixture
def on_lambda(aws_cloud: AwsCloud, monkeypatch, capsys) -> Iterator[LambdaFunction]:
    function = LambdaFunction(aws_cloud, monkeypatch, capsys)
    yield function
    function.stop()


@pytest.mark.parametrize("key", ODD_KEYS)
def test_lambda_takes_an_announced_key_literally(on_lambda: LambdaFunction, key: str) -> None:
    on_lambda.cloud.upload(key, jpeg())
    assert on_lambda(as_batch(announced("aws", key))) == []
    assert on_lambda.entry.pic_name == key
    assert (on_lambda.line["key"], on_lambda.line["why"], on_lambda.line["run"]) == (key, "backfill", RUN)


@pytest.mark.parametrize("wrap", [json.loads, sns_event, lambda text: as_batch(text)["Records"]])
def test_lambda_takes_announcements_on_every_way(on_lambda: LambdaFunction, wrap: Any) -> None:
    on_lambda.cloud.upload("ways/a.jpg", jpeg())
    assert on_lambda(wrap(announced("aws", "ways/a.jpg"))) == []
    assert (on_lambda.outcome, on_lambda.entry.pic_name) == ("added", "ways/a.jpg")


def test_lambda_deletes_what_is_announced_and_gone(on_lambda: LambdaFunction) -> None:
    on_lambda.cloud.upload("gone/a.jpg", jpeg())
    on_lambda(as_batch(announced("aws", "gone/a.jpg")))
    on_lambda.cloud.remove("gone/a.jpg")
    on_lambda(as_batch(announced("aws", "gone/a.jpg", "reconcile")))
    assert (on_lambda.outcome, on_lambda.line["why"]) == ("deleted", "reconcile")
    assert not on_lambda.cloud.image_search.entries()
    on_lambda(as_batch(announced("aws", "x" * 300)))
    assert on_lambda.outcome == "skipped: never_indexed"


def test_lambda_checks_bucket_and_size_of_an_announced_object(on_lambda: LambdaFunction) -> None:
    on_lambda.cloud.upload("big/a.jpg", jpeg() + bytes(1_100_000))
    on_lambda.start(INGEST_MAX_SOURCE_MEGABYTES="1")
    on_lambda(as_batch(announced("aws", "big/a.jpg")))
    assert on_lambda.outcome == "rejected: object_too_large"
    (letter,) = on_lambda.letters()
    assert (letter["source"]["event_name"], letter["run"]) == ("announced:backfill", RUN)
    on_lambda.start(INGEST_BUCKET="others")
    on_lambda(as_batch(announced("aws", "big/a.jpg")))
    assert on_lambda.outcome == "skipped: other_bucket"


def test_unsettled_direct_announcement_fails_lambda(on_lambda: LambdaFunction) -> None:
    on_lambda.cloud.upload("direct/a.jpg", jpeg())
    on_lambda.cloud.image_search.faults.add(FOR_EVER | {"code": "DeniedRequest", "status": 403})
    with pytest.raises(NotDoneError):
        on_lambda(json.loads(announced("aws", "direct/a.jpg")))


def test_lambda_takes_its_dead_letter_back_until_it_is_mended(on_lambda: LambdaFunction) -> None:
    key = "broken/鞋 a+b.jpg"
    on_lambda.cloud.upload(key, b"")
    on_lambda(sqs_batch(sqs_message(s3_notification(s3_record("broken/%E9%9E%8B+a%2Bb.jpg", bucket="pictures")))))
    (first,) = on_lambda.letters()
    for count in range(1, 8):
        on_lambda(as_batch(json.dumps(on_lambda.letters()[-1])))
        letter = on_lambda.letters()[-1]
        assert letter["record_id"] == first["record_id"]
        assert (letter["source"], letter["original_event"]) == (first["source"], first["original_event"])
        assert letter["replay"] == {"of": first["record_id"], "count": count}
        assert len(json.dumps(letter)) <= len(json.dumps(first))
    assert letter["hint"] == "Replayed 7 times with the same result."
    assert on_lambda.line["why"] == "replay"
    on_lambda.cloud.upload(key, jpeg())
    assert on_lambda(as_batch(json.dumps(letter))) == []
    assert (on_lambda.outcome, on_lambda.entry.pic_name) == ("added", key)
    assert len(on_lambda.letters()) == 8


def test_lambda_never_looks_up_a_redacted_key(on_lambda: LambdaFunction) -> None:
    key = "photos/AKIAIOSFODNN7EXAMPLE.jpg"
    on_lambda.cloud.upload(key, b"")
    on_lambda(sqs_batch(sqs_message(s3_notification(s3_record(key, bucket="pictures")))))
    on_lambda.cloud.upload(key, jpeg())
    on_lambda(as_batch(json.dumps(on_lambda.letters()[-1])))
    assert on_lambda.outcome == "rejected: event_malformed"
    assert "Announce the object by hand" in on_lambda.letters()[-1]["message"]
    on_lambda(as_batch(announced("aws", key)))
    assert on_lambda.outcome == "added"


# On Alibaba Cloud.


def run_one(function: Function, body: object) -> None:
    function([message(body)])


@pytest.mark.parametrize("key", [*ODD_KEYS, "two\nlines.jpg"])  # moto has no route for a key with a newline
def test_function_compute_takes_an_announced_key_literally(
    function: Function, cloud: AlibabaCloud, capsys, key: str
) -> None:
    cloud.upload(key, jpeg())
    empty(cloud)
    run_one(function, base64_of(announced("alibaba", key)))
    assert function.pic_names() == [key]
    (line,) = outcome_lines(capsys)
    assert (line["key"], line["why"], line["run"]) == (key, "backfill", RUN)


@pytest.mark.parametrize("wrap", [json.loads, lambda text: [json.loads(text)], lambda text: [text], message])
def test_function_compute_takes_announcements_on_every_way(function: Function, cloud: AlibabaCloud, wrap: Any) -> None:
    cloud.upload("ways/a.jpg", jpeg())
    empty(cloud)
    function(wrap(announced("alibaba", "ways/a.jpg")))
    assert function.pic_names() == ["ways/a.jpg"]


def test_function_compute_deletes_what_is_announced_and_gone(function: Function, cloud: AlibabaCloud, capsys) -> None:
    cloud.upload("gone/a.jpg", jpeg())
    run_one(function, announced("alibaba", "gone/a.jpg"))
    cloud.remove("gone/a.jpg")
    empty(cloud)
    run_one(function, announced("alibaba", "gone/a.jpg"))
    assert [line["outcome"] for line in outcome_lines(capsys)] == ["added", "deleted"]
    assert function.pic_names() == []


def test_requeued_announcements_and_letters_stay_what_they_are(function: Function, cloud: AlibabaCloud, capsys) -> None:
    cloud.upload("p/bad.jpg", b"")
    run_one(function, as_text(notification(element("p/bad.jpg"))))
    (letter,) = function.letters()
    cloud.upload("p/bad.jpg", jpeg())
    cloud.upload("p/new.jpg", jpeg())
    empty(cloud)
    cloud.image_search.faults.add(FOR_EVER | {"code": "DeniedRequest", "status": 403})
    bodies = [announced("alibaba", "p/new.jpg"), json.dumps(letter)]
    function([message(body) for body in bodies], NO_RETRY)
    waiting = [content["imagesearch_ingest"]["message"] for content in function.waiting()]
    assert sorted(map(json.loads, waiting), key=str) == sorted(map(json.loads, bodies), key=str)
    cloud.image_search.faults.clear()
    function.clock.ahead = 3600
    assert function.run_queue() == 2
    assert sorted(function.pic_names()) == ["p/bad.jpg", "p/new.jpg"]
    lines = [line for line in outcome_lines(capsys) if line["outcome"] == "added"]
    assert {(line["key"], line["why"], line["receive_count"]) for line in lines} == {
        ("p/new.jpg", "backfill", 2),
        ("p/bad.jpg", "replay", 2),
    }


def test_function_compute_takes_its_dead_letter_back_until_it_is_mended(
    function: Function, cloud: AlibabaCloud
) -> None:
    key = "broken/鞋 a+b.jpg"
    cloud.upload(key, b"no picture")
    empty(cloud)
    run_one(function, base64_of(as_text(notification(element(key)))))
    (first,) = function.letters()
    letter = first
    for count in range(1, 8):
        run_one(function, base64_of(json.dumps(letter)))
        letter = function.letters()[-1]
        assert letter["record_id"] == first["record_id"]
        assert (letter["source"], letter["original_event"]) == (first["source"], first["original_event"])
        assert letter["replay"] == {"of": first["record_id"], "count": count}
        assert len(json.dumps(letter)) <= len(json.dumps(first))
    cloud.upload(key, jpeg())
    empty(cloud)
    run_one(function, json.dumps(letter))
    assert function.pic_names() == [key]
    assert len(function.letters()) == 8
