"""The handler of Lambda, in this process on the local cloud, settles events and answers the platform."""

import importlib.util
import json
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from imagesearch_ingest.adapters.telemetry import SERVICE
from imagesearch_ingest.events import encode_event_key, parse_lambda_event
from imagesearch_ingest.model.errors import NotDoneError, SettingsError
from imagesearch_ingest.pacing import retry
from local_cloud.clouds.aws import AwsCloud
from tests.support.pictures import jpeg

ROOT = Path(__file__).parents[2]
# The outcomes of the samples while their objects are in the bucket. All others are "added".
OUTCOMES = {
    "aws-sqs-batch": ["added", "added", "added"],
    "aws-sqs-several-records": ["added", "added"],
    "aws-sqs-lifecycle-noncurrent": ["skipped"],
    "aws-eventbridge-sqs-lifecycle-noncurrent": ["skipped"],
    "aws-s3-test-event": ["skipped"],
    "aws-sqs-test-event": ["skipped"],
    "aws-sns-sqs-test-event": ["skipped"],
    "aws-sqs-folder-marker": ["skipped"],
    "aws-sqs-tagging": ["skipped"],
    "aws-eventbridge-sqs-tags-added": ["skipped"],
}


REMOVALS = ["aws-sqs-object-removed", "aws-eventbridge-sqs-object-deleted", "aws-s3-object-removed"]
FOR_EVER = {"leg": "add", "kind": "error", "times": None}


NASTY_KEYS = [
    "a+b.jpg",
    "a%2Bb.jpg",
    "100%25.jpg",
    "a b  c.jpg",
    "literal-%41.jpg",
    "鞋/红.jpg",
    "shoe-👟.jpg",
    "caf\u00e9.jpg",  # NFC
    "cafe\u0301.jpg",  # NFD
    "a&b=c;d?e#f.jpg",
    "quote\"'\\.jpg",
    "~tilde*(paren)!.jpg",
]


def notification(key: str) -> dict[str, Any]:
    return sqs_event(
        {
            "eventVersion": "2.6",
            "eventSource": "aws:s3",
            "eventName": "ObjectCreated:Put",
            "s3": {"bucket": {"name": "pictures"}, "object": {"key": encode_event_key(key), "size": 1, "eTag": "e"}},
        }
    )


def bridged(key: str) -> dict[str, Any]:
    detail = {"bucket": {"name": "pictures"}, "object": {"key": key, "size": 1, "etag": "e"}}
    content = event("aws-eventbridge-sqs-object-created")
    body = json.loads(content["Records"][0]["body"]) | {"detail": detail}
    content["Records"][0]["body"] = json.dumps(body)
    return content


def sqs_event(record: dict[str, Any]) -> dict[str, Any]:
    content = event("aws-sqs-object-created")
    content["Records"][0]["body"] = json.dumps({"Records": [record]})
    return content


class Context:
    """A Lambda context with ample time."""

    aws_request_id = "request-1"

    def __init__(self, milliseconds: int = 60_000) -> None:
        self._milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        return self._milliseconds


@pytest.fixture(scope="module")
def cloud() -> Iterator[AwsCloud]:
    with AwsCloud(with_function=False) as cloud:
        yield cloud


@pytest.fixture
def app(cloud: AwsCloud, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Import the handler as after a cold start, in the environment that the local cloud recommends."""
    for name, value in cloud.environ().items():
        monkeypatch.setenv(name, value)
    cloud.image_search.reset()
    # Powertools keeps one logger per service and process, which would keep the standard output of the first test.
    logging.Logger.manager.loggerDict.pop(SERVICE, None)
    spec = importlib.util.spec_from_file_location("app", ROOT / "functions/ingest_s3/app.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def event(name: str, receives: int = 1) -> dict[str, Any]:
    content = json.loads((ROOT / f"events/{name}.json").read_text(encoding="utf-8"))
    for message in content["Records"] if "-sqs-" in name else ():
        message["attributes"]["ApproximateReceiveCount"] = str(receives)
    return content


def outcome_lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [line for line in lines if line.get("message") == "object"]


def upload_objects_of(cloud: AwsCloud, event: dict[str, Any]) -> None:
    for record in parse_lambda_event(event):
        for change in record.changes:
            cloud.upload(change.ref.key, jpeg())


@pytest.mark.parametrize("name", [path.stem for path in sorted((ROOT / "events").glob("aws-*.json"))])
def test_every_sample_event_works(app: ModuleType, cloud: AwsCloud, capsys, name: str) -> None:
    upload_objects_of(cloud, event(name))
    assert app.handler(event(name), Context()) == {"batchItemFailures": []}
    assert [line["outcome"] for line in outcome_lines(capsys)] == OUTCOMES.get(name, ["added"])


@pytest.mark.parametrize("name", REMOVALS)
def test_event_outcome_follows_the_bucket(app: ModuleType, cloud: AwsCloud, capsys, name: str) -> None:
    """The same event has two outcomes: with its object in the bucket and without."""
    upload_objects_of(cloud, event(name))
    app.handler(event(name), Context())
    assert len(cloud.image_search.entries()) == 1
    cloud.s3.delete_object(Bucket=cloud.bucket, Key="shoes/2092061/front.jpg")
    app.handler(event(name), Context())
    assert not cloud.image_search.entries()
    assert [line["outcome"] for line in outcome_lines(capsys)] == ["added", "deleted"]


@pytest.mark.parametrize("name", ["aws-s3-object-created", "aws-eventbridge-object-created"])
def test_unsettled_direct_event_raises(app: ModuleType, cloud: AwsCloud, name: str) -> None:
    upload_objects_of(cloud, event(name))
    cloud.image_search.faults.add(FOR_EVER | {"code": "UnknownException", "status": 500})
    with pytest.raises(NotDoneError):
        app.handler(event(name), Context(9_800))
    cloud.image_search.faults.clear()
    app.handler(event(name), Context())
    assert len(cloud.image_search.entries()) == 1


def test_rejected_direct_event_is_dead_lettered(app: ModuleType, cloud: AwsCloud) -> None:
    before = len(cloud.dead_letters())
    cloud.upload("shoes/2092061/front.jpg", b"no picture")
    app.handler(event("aws-s3-object-created"), Context())
    (letter,) = cloud.dead_letters()[before:]
    assert json.loads(letter["original_event"]) == event("aws-s3-object-created")


def test_encoded_key_is_the_uploaded_one(app: ModuleType, cloud: AwsCloud) -> None:
    cloud.upload("red shoes/鞋/100% a+b %41.jpg", jpeg())
    app.handler(event("aws-sqs-key-encoded"), Context())
    assert [entry.pic_name for entry in cloud.image_search.entries()] == ["red shoes/鞋/100% a+b %41.jpg"]


@pytest.mark.parametrize("envelope", [notification, bridged], ids=["notification", "EventBridge"])
@pytest.mark.parametrize("key", NASTY_KEYS)
def test_odd_key_finds_its_object(app: ModuleType, cloud: AwsCloud, capsys, key: str, envelope) -> None:
    cloud.upload(key, jpeg())
    app.handler(envelope(key), Context())
    assert [entry.pic_name for entry in cloud.image_search.entries()] == [key]
    assert [line["key"] for line in outcome_lines(capsys)] == [key]


def test_outcome_line_is_complete(app: ModuleType, cloud: AwsCloud, capsys) -> None:
    upload_objects_of(cloud, event("aws-sqs-object-created"))
    app.handler(event("aws-sqs-object-created"), Context())
    (line,) = outcome_lines(capsys)
    assert line["service"] == "imagesearch-ingest"
    assert line["function_request_id"] == "request-1"
    assert (line["key"], line["product_id"]) == ("shoes/2092061/front.jpg", "2092061")
    assert line["steps"] == []  # sent unchanged
    assert line["bytes_in"] == len(jpeg())
    assert not line["dead_lettered"]


@pytest.mark.parametrize(
    ("code", "status", "receives", "handed_back", "dead_letters"),
    [
        ("UnknownException", 500, 1, True, 0),
        ("UnknownException", 500, 7, True, 0),
        ("UnknownException", 500, 8, True, 0),
        ("DeniedRequest", 403, 1, True, 0),
        ("DeniedRequest", 403, 900, True, 0),
        ("NoPermission", 403, 900, True, 0),
        ("InstanceStatusError", 409, 900, True, 0),
        ("UnsupportedPicPixels", 400, 1, False, 1),
    ],
)
def test_lasting_refusal_is_settled_by_class(
    app: ModuleType, cloud: AwsCloud, code: str, status: int, receives: int, *, handed_back: bool, dead_letters: int
) -> None:
    """A fault that may pass is dead-lettered only if others succeed, or in the last day (docs/settling.md)."""
    upload_objects_of(cloud, event("aws-sqs-object-created"))
    cloud.image_search.faults.add(FOR_EVER | {"code": code, "status": status})
    before = len(cloud.dead_letters())
    answer = app.handler(event("aws-sqs-object-created", receives), Context(9_800))
    message_id = event("aws-sqs-object-created")["Records"][0]["messageId"]
    assert answer == {"batchItemFailures": [{"itemIdentifier": message_id}] if handed_back else []}
    letters = cloud.dead_letters()[before:]
    assert len(letters) == dead_letters
    assert all(letter["upstream"]["code"] == code for letter in letters)


def test_silent_service_times_out(app: ModuleType, cloud: AwsCloud, capsys, monkeypatch) -> None:
    monkeypatch.setenv("INGEST_INSTANCE_TIMEOUT_SECONDS", "0.3")
    monkeypatch.setattr(retry, "FIRST_WAIT_SECONDS", 0.01)
    upload_objects_of(cloud, event("aws-sqs-object-created"))
    cloud.image_search.faults.add({"leg": "add", "kind": "stall", "seconds": 1, "times": None})
    assert app.handler(event("aws-sqs-object-created"), Context())["batchItemFailures"]
    (line,) = outcome_lines(capsys)
    assert (line["reason"], line["index_holds"], line["retries"]) == ("timeout", "unknown", 4)


def test_wrong_settings_keep_batch_in_queue(app: ModuleType, monkeypatch) -> None:
    monkeypatch.delenv("INGEST_INSTANCE_NAME")
    with pytest.raises(SettingsError, match="INGEST_INSTANCE_NAME is not set"):
        app.handler(event("aws-sqs-object-created"), Context())
    monkeypatch.setenv("INGEST_INSTANCE_NAME", "demo")
    assert app.handler(event("aws-sqs-test-event"), Context()) == {"batchItemFailures": []}


def test_wrong_settings_defer_the_batch(app: ModuleType, cloud: AwsCloud, monkeypatch) -> None:
    monkeypatch.setenv("INGEST_RUBBISH", "1")
    cloud.sqs.send_message(QueueUrl=cloud.queue, MessageBody="waits")
    received = []
    while not any(message["Body"] == "waits" for message in received):
        received = cloud.sqs.receive_message(QueueUrl=cloud.queue, MaxNumberOfMessages=10, VisibilityTimeout=3)[
            "Messages"
        ]
    content = event("aws-sqs-object-created")
    content["Records"] = [content["Records"][0] | {"receiptHandle": one["ReceiptHandle"]} for one in received]
    with pytest.raises(SettingsError):
        app.handler(content, Context())
    time.sleep(3.1)
    again = cloud.sqs.receive_message(QueueUrl=cloud.queue, MaxNumberOfMessages=10, VisibilityTimeout=0)
    deferred = {message["MessageId"] for message in received}
    assert not deferred & {message["MessageId"] for message in again.get("Messages", [])}


def test_import_reads_no_settings(app: ModuleType) -> None:
    assert app.worker.cache_info().currsize == 0
