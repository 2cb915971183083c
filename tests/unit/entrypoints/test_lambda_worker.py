import json
import random
from typing import Any

import pytest

from imagesearch_ingest.entrypoints import lambda_worker
from imagesearch_ingest.entrypoints.lambda_worker import LambdaWorker, MisconfiguredWorker
from imagesearch_ingest.events import parse_lambda_event
from imagesearch_ingest.model.errors import IngestError, NotDoneError, SettingsError
from imagesearch_ingest.model.reasons import Reason
from tests.support.batch_world import World, a_world, aged, unavailable
from tests.support.fakes import FakeEventQueue, VirtualClock

FAULT = SettingsError("INGEST_BUCKET is wrong")


def record(key: str) -> dict[str, Any]:
    stored = {"bucket": {"name": "shop"}, "object": {"key": key, "size": 1, "eTag": "e"}}
    return {"eventVersion": "2.6", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": stored}


def batch(*keys: str) -> dict[str, Any]:
    return {
        "Records": [
            {
                "eventSource": "aws:sqs",
                "messageId": f"m-{key}",
                "receiptHandle": f"r-{key}",
                "attributes": {"ApproximateReceiveCount": "1"},
                "body": json.dumps({"Records": [record(key)]}),
            }
            for key in keys
        ]
    }


def direct(key: str) -> dict[str, Any]:
    return {"Records": [record(key)]}


@pytest.fixture
def world() -> World:
    return a_world()


def run(world: World, event: dict[str, Any], seconds: float = 60.0) -> dict[str, Any]:
    return LambdaWorker(world.batch, world.clock).run(event, seconds_left=seconds, request_id="request-1")


def test_settled_batch_has_no_failures(world: World) -> None:
    assert run(world, batch("a.jpg", "bad.jpg", "b.jpg")) == {"batchItemFailures": []}
    assert [letter.function.request_id for letter in world.dead_letters.letters] == ["request-1"]


def test_failed_message_is_named(world: World) -> None:
    world.index.faults.script("add", *unavailable(5))
    assert run(world, batch("a.jpg", "b.jpg")) == {"batchItemFailures": [{"itemIdentifier": "m-a.jpg"}]}


@pytest.mark.parametrize(("seconds", "failures"), [(7.1, 0), (6.9, 1)])
def test_two_seconds_are_kept_for_settling(world: World, seconds: float, failures: int) -> None:
    """Five of the seven seconds are an object's usual duration."""
    assert len(run(world, batch("a.jpg"), seconds)["batchItemFailures"]) == failures


def test_event_without_a_queue_is_done(world: World) -> None:
    assert run(world, direct("a.jpg")) == {"batchItemFailures": []}


def test_failed_event_without_a_queue_is_raised(world: World) -> None:
    world.index.faults.script("add", *unavailable(5))
    with pytest.raises(NotDoneError, match="must be sent again"):
        run(world, direct("a.jpg"))


def test_unknown_trigger_is_refused(world: World) -> None:
    with pytest.raises(ValueError, match="trigger"):
        run(world, {"source": "aws.ec2"})


def unnamed(key: str) -> dict[str, Any]:
    """Return a batch whose first message has no ID."""
    content = batch(key, "a.jpg")
    del content["Records"][0]["messageId"]
    return content


def test_message_without_an_id_is_dead_lettered(world: World) -> None:
    assert run(world, unnamed("b.jpg")) == {"batchItemFailures": []}
    assert [letter.code for letter in world.dead_letters.letters] == ["event_malformed"]
    assert sorted(world.queue.acked) == ["r-a.jpg", "r-b.jpg"]
    assert [pic_name for _, pic_name in world.index.entries] == ["a.jpg"]


def test_message_without_an_id_cannot_be_handed_back(world: World) -> None:
    """An empty ID in the response would fail the whole batch, and none at all would lose the message."""
    world.dead_letters.faults.script("send", *unavailable(50))
    with pytest.raises(NotDoneError, match="must be sent again"):
        run(world, unnamed("b.jpg"))
    assert "r-b.jpg" in world.queue.deferred
    assert world.queue.acked == ["r-a.jpg"]


def test_list_of_pipes_gets_the_same_response(world: World) -> None:
    world.index.faults.script("add", *unavailable(5))
    failed = {"batchItemFailures": [{"itemIdentifier": "m-a.jpg"}]}
    assert run(world, batch("a.jpg", "b.jpg")["Records"]) == failed


# Wrong settings.


def misconfigured(queue: FakeEventQueue | None, event: dict[str, Any]) -> None:
    worker = MisconfiguredWorker(FAULT, queue, VirtualClock(), random.Random(1))
    worker.run(event, seconds_left=60.0, request_id="request-1")


def test_wrong_settings_defer_every_record() -> None:
    queue = FakeEventQueue()
    with pytest.raises(SettingsError, match="INGEST_BUCKET is wrong"):
        misconfigured(queue, batch("a.jpg", "b.jpg"))
    assert sorted(queue.deferred) == ["r-a.jpg", "r-b.jpg"]
    assert all(1350 <= seconds <= 2250 for seconds in queue.deferred.values())


@pytest.mark.parametrize(
    ("days", "least", "most"), [(0.1, 1350, 2250), (1, 6480, 10800), (9, 16200, 27000), (13.5, 2700, 4500)]
)
def test_wrong_settings_wait_as_an_outage_does(monkeypatch, days: float, least: int, most: int) -> None:
    parsed = [aged(one, days) for one in parse_lambda_event(batch("a.jpg"))]
    monkeypatch.setattr(lambda_worker, "parse_lambda_event", lambda _: parsed)
    queue = FakeEventQueue()
    with pytest.raises(SettingsError):
        misconfigured(queue, batch("a.jpg"))
    assert least <= queue.deferred["r-a.jpg"] <= most
    assert not queue.acked


def test_wrong_settings_outlast_a_queue_that_fails() -> None:
    queue = FakeEventQueue()
    queue.faults.script("defer", IngestError(Reason.NETWORK, "down"))
    with pytest.raises(SettingsError):
        misconfigured(queue, batch("a.jpg", "b.jpg"))
    assert list(queue.deferred) == ["r-b.jpg"]


@pytest.mark.parametrize(("queue", "event"), [(None, batch("a.jpg")), (FakeEventQueue(), direct("a.jpg"))])
def test_wrong_settings_need_no_queue(queue: FakeEventQueue | None, event: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        misconfigured(queue, event)
    assert not queue or not queue.deferred


def test_wrong_settings_refuse_an_unknown_trigger() -> None:
    with pytest.raises(ValueError, match="trigger"):
        misconfigured(None, {"source": "aws.ec2"})
