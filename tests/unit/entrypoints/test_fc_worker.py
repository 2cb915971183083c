import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from imagesearch_ingest.credentials import Credentials, EnvironmentCredentials, InvocationCredentials
from imagesearch_ingest.entrypoints.fc_worker import FcWorker
from imagesearch_ingest.model.errors import ExpiredTokenError, IngestError, NotDoneError
from imagesearch_ingest.model.reasons import Reason
from tests.support.builders import a_batch, a_reconciler
from tests.support.fakes import (
    FakeDeadLetterQueue,
    FakeImageIndex,
    FakeIsolatedPreparer,
    FakeObjectStore,
    FakeReporter,
    FakeRetryQueue,
    InlineExecutor,
    VirtualClock,
)
from tests.support.pictures import jpeg

GOOD = jpeg()
OWN = Credentials("STS.own", "secret", "token")
EXPIRED = IngestError(Reason.CREDENTIALS, "too old", service_code="SecurityTokenExpired")
DOWN = IngestError(Reason.SERVICE_UNAVAILABLE, "down")


class World:
    """A function behind a stream, or, with ``queue=None``, behind a trigger."""

    def __init__(self, queue: FakeRetryQueue | None = None, executor: object = None) -> None:
        self.clock = VirtualClock()
        self.store = FakeObjectStore()
        self.index = FakeImageIndex()
        self.queue = queue
        self.dead_letters = FakeDeadLetterQueue()
        self.isolated = FakeIsolatedPreparer()
        self.credentials = InvocationCredentials(EnvironmentCredentials({}))
        self.reporter = FakeReporter()
        for key in ("a.jpg", "b.jpg", "c.jpg"):
            self.store.put("pictures", key, GOOD)
        self.store.put("pictures", "bad.jpg", b"no picture")
        batch = a_batch(
            a_reconciler(self.store, self.index, self.clock, isolated=self.isolated),
            queue=None,
            dead_letters=self.dead_letters,
            reporter=self.reporter,
            executor=executor or InlineExecutor(),
        )
        self.worker = FcWorker(
            batch=batch,
            queue=queue,
            clock=self.clock,
            retry=batch.settler.retry,
            executor=batch.executor,
            credentials=self.credentials,
            expired_token_codes=frozenset({"SecurityTokenExpired"}),
        )

    def run(self, payload: object, *, seconds: float = 60.0, credentials: Credentials | None = None) -> None:
        event = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        self.worker.run(event, seconds_left=seconds, request_id="request-1", credentials=credentials)

    def results(self) -> list[tuple[str, str]]:
        return [(outcome.ref.key, outcome.result) for outcome in self.reporter.outcomes]

    def keys(self) -> list[str]:
        return [pic_name for _, pic_name in self.index.entries]


@pytest.fixture
def stream() -> World:
    return World(FakeRetryQueue())


def notification(key: str, name: str = "ObjectCreated:PutObject") -> dict:
    stored = {"key": key, "size": 9, "eTag": "688A7BF4F233DC9C88A80BF985AB7329"}
    return {
        "events": [
            {
                "eventName": name,
                "eventSource": "acs:oss",
                "eventTime": "2026-01-01T00:00:00.000Z",
                "eventVersion": "1.0",
                "oss": {"bucket": {"name": "pictures"}, "object": stored, "ossSchemaVersion": "1.0"},
                "region": "cn-shanghai",
            }
        ]
    }


def message(number: int, body: object) -> dict:
    text = body if isinstance(body, str) else json.dumps(body)
    return {
        "id": f"event-{number}",
        "source": "acs:mns",
        "type": "mns:Queue:SendMessage",
        "specversion": "1.0",
        "data": {"requestId": "r", "messageId": f"m{number}", "messageBody": text},
    }


def array(*keys: str) -> list[dict]:
    return [message(number, notification(key)) for number, key in enumerate(keys)]


def test_settled_array_succeeds(stream: World) -> None:
    stream.run([*array("a.jpg", "bad.jpg", "gone.jpg"), message(9, "rubbish")])
    assert stream.keys() == ["a.jpg"]
    assert sorted(letter.code for letter in stream.dead_letters.letters) == ["event_malformed", "not_an_image"]
    assert not stream.queue.sent


def test_every_picture_is_isolated(stream: World) -> None:
    stream.run(array("a.jpg"))
    assert len(stream.isolated.seconds) == 1


def test_crashing_picture_is_dead_lettered_alone(stream: World) -> None:
    stream.isolated.faults.script("prepare", IngestError(Reason.WORKER_CRASH, "SIGSEGV"))
    stream.run(array("a.jpg", "b.jpg"))
    assert stream.keys() == ["b.jpg"]
    assert [letter.code for letter in stream.dead_letters.letters] == ["worker_crash"]


def test_transient_fault_is_requeued_alone(stream: World) -> None:
    stream.index.faults.script("add", *[DOWN] * 5)
    stream.run(array("a.jpg", "b.jpg"))
    assert stream.keys() == ["b.jpg"]
    ((body, seconds),) = stream.queue.sent
    assert 10 <= seconds <= 20
    stream.run([message(1, body)])
    assert stream.keys() == ["b.jpg", "a.jpg"]
    assert len(stream.queue.sent) == 1


def test_requeued_message_is_dead_lettered_in_the_end(stream: World) -> None:
    body: object = notification("a.jpg")
    waits = []
    for _ in range(7):
        stream.index.faults.script("add", *[DOWN] * 5)
        stream.run([message(1, body)])
        body, seconds = stream.queue.sent[-1]
        waits.append(seconds)
        stream.run(array("b.jpg"))
    assert not stream.dead_letters.letters
    assert waits[0] < 20
    assert waits[-1] > 600
    stream.index.faults.script("add", *[DOWN] * 5)
    stream.run([message(1, body)])
    (letter,) = stream.dead_letters.letters
    assert (letter.code, letter.receive_count, letter.source.key) == ("service_unavailable", 8, "a.jpg")
    assert json.loads(letter.original_event) == notification("a.jpg")
    assert letter.first_received_at == "2026-01-01T00:00:00.000+00:00"
    assert len(stream.queue.sent) == 7


@pytest.mark.parametrize("reason", [Reason.THROTTLED, Reason.NOT_BEGUN])
def test_throttled_message_is_requeued_each_time(stream: World, reason: Reason) -> None:
    body: object = notification("a.jpg")
    for _ in range(20):
        stream.index.faults.script("add", *[IngestError(reason, "later")] * 99)
        stream.run([message(1, body)])
        stream.index.faults = type(stream.index.faults)()
        body = stream.queue.sent[-1][0]
    assert not stream.dead_letters.letters
    stream.run([message(1, body)])
    assert stream.keys() == ["a.jpg"]


def test_too_little_time_does_not_fail_the_function(stream: World) -> None:
    stream.run(array("a.jpg", "b.jpg"), seconds=3.0)
    assert len(stream.queue.sent) == 2
    assert stream.index.adds == 0


@pytest.mark.parametrize("reason", [Reason.CREDENTIALS, Reason.INSTANCE_UNAVAILABLE, Reason.SETTINGS_REFUSED])
def test_outage_requeues_the_array_for_half_an_hour(stream: World, reason: Reason) -> None:
    """A stream that waits would let the messages behind it expire."""
    stream.index.faults.script("add", IngestError(reason, "a person must act"))
    stream.run(array("a.jpg", "b.jpg", "c.jpg"))
    assert stream.index.adds == 1
    assert len(stream.queue.sent) == 3
    assert all(1350 <= seconds <= 2250 for _, seconds in stream.queue.sent)
    stream.run([message(number, body) for number, (body, _) in enumerate(stream.queue.sent)])
    assert sorted(stream.keys()) == ["a.jpg", "b.jpg", "c.jpg"]
    assert not stream.dead_letters.letters


@pytest.mark.parametrize("reason", [Reason.BUCKET_MISSING, Reason.BUCKET_FORBIDDEN])
def test_record_of_a_missing_bucket_is_requeued(stream: World, reason: Reason) -> None:
    stream.run(array("a.jpg"))
    stream.store.faults.script("fetch", IngestError(reason, "no"))
    stream.run([message(1, notification("a.jpg", "ObjectRemoved:DeleteObject"))])
    assert stream.keys() == ["a.jpg"]
    ((_, seconds),) = stream.queue.sent
    assert 1350 <= seconds <= 2250


def test_full_instance_still_takes_deletes(stream: World) -> None:
    """Deletes make room, so the function must not fail and keep them in the queue."""
    stream.run(array("c.jpg"))
    stream.index.faults.script("add", IngestError(Reason.INSTANCE_FULL, "full"))
    stream.run(array("a.jpg"))
    ((_, seconds),) = stream.queue.sent
    assert 1350 <= seconds <= 2250
    stream.store.remove("pictures", "c.jpg")
    stream.run([message(1, notification("c.jpg", "ObjectRemoved:DeleteObject"))])
    assert stream.keys() == []


@pytest.mark.parametrize("reason", [Reason.NETWORK, Reason.CREDENTIALS])
def test_record_without_its_letter_is_requeued(stream: World, reason: Reason) -> None:
    stream.dead_letters.faults.script("send", *[IngestError(reason, "down", attempts=1)])
    stream.run(array("bad.jpg", "a.jpg"))
    assert stream.keys() == ["a.jpg"]
    ((body, seconds),) = stream.queue.sent
    assert 1350 <= seconds <= 2250
    stream.run([message(1, body)])
    assert [letter.code for letter in stream.dead_letters.letters] == ["not_an_image"]


def test_failed_requeue_fails_the_function(stream: World) -> None:
    stream.index.faults.script("add", *[DOWN] * 5)
    stream.queue.faults.script("requeue", *[IngestError(Reason.NETWORK, "down")] * 9)
    with pytest.raises(NotDoneError, match="The queue refused it"):
        stream.run(array("a.jpg"))


@pytest.mark.parametrize("reason", [Reason.SERVICE_UNAVAILABLE, Reason.THROTTLED, Reason.INSTANCE_FULL])
def test_without_a_queue_any_fault_fails_the_function(reason: Reason) -> None:
    """The platform then repeats the event, and gives up after its own limit."""
    direct = World()
    direct.index.faults.script("add", *[IngestError(reason, "later")] * 99)
    with pytest.raises(NotDoneError):
        direct.run(notification("a.jpg"))
    assert not direct.dead_letters.letters


def test_without_a_queue_a_rejection_is_dead_lettered() -> None:
    direct = World()
    direct.run(notification("bad.jpg"))
    assert [letter.code for letter in direct.dead_letters.letters] == ["not_an_image"]


def test_event_of_another_trigger_is_refused(stream: World) -> None:
    with pytest.raises(ValueError, match="unknown trigger"):
        stream.run({"Records": []})


# Credentials.


def test_each_invocation_has_its_own_credentials(stream: World) -> None:
    seen = []
    stream.index.faults.script("add", *[lambda: seen.append(stream.credentials.get())] * 2)
    stream.run(array("a.jpg"), credentials=OWN)
    stream.run(array("b.jpg"))
    assert seen == [OWN, Credentials(None, None, None)]
    assert stream.credentials.get() == Credentials(None, None, None)


def test_refused_key_of_a_concurrent_invocation_changes_nothing(stream: World) -> None:
    """While the environment's key adds a picture, another invocation's key is refused, which stops its batch alone."""
    refused = IngestError(Reason.CREDENTIALS, "refused")
    stream.index.faults.script("add", lambda: stream.run(array("c.jpg", "a.jpg"), credentials=OWN), refused)
    stream.run(array("a.jpg", "b.jpg"))
    assert stream.keys() == ["a.jpg", "b.jpg"]
    assert len(stream.queue.sent) == 2  # the other invocation's


def test_outage_of_a_key_is_kept_for_its_next_invocation(stream: World) -> None:
    stream.index.faults.script("add", *[IngestError(Reason.CREDENTIALS, "refused")] * 2)
    for _ in range(2):
        stream.run(array("a.jpg", "b.jpg"), credentials=OWN)
    details = [outcome.detail for outcome in stream.reporter.outcomes]
    assert details == ["refused", "not started, since: refused"] * 2


def test_credentials_that_cannot_be_sent_do_not_stop_the_parsing(stream: World) -> None:
    """The objects that use the key report it. These fakes use none."""
    stream.run(array("a.jpg"), credentials=Credentials("STS.own\n", "secret", None))
    assert [outcome.reason for outcome in stream.reporter.outcomes] == [None]


@pytest.mark.parametrize("where", ["add", "letter"])
def test_expired_key_of_the_process_is_raised(stream: World, where: str) -> None:
    faults, method = (stream.index.faults, "add") if where == "add" else (stream.dead_letters.faults, "send")
    faults.script(method, EXPIRED)
    with pytest.raises(ExpiredTokenError):
        stream.run(array("a.jpg" if where == "add" else "bad.jpg"))
    assert not stream.queue.sent


def test_expired_key_of_the_invocation_is_retried(stream: World) -> None:
    """The queue refuses the same key. The stream's next attempt brings another one."""
    stream.index.faults.script("add", EXPIRED)
    stream.queue.faults.script("requeue", EXPIRED)
    with pytest.raises(NotDoneError) as error:
        stream.run(array("a.jpg"), credentials=OWN)
    assert not isinstance(error.value, ExpiredTokenError)


# Several requests at once in one instance.


def test_concurrent_invocations_are_kept_apart() -> None:
    with ThreadPoolExecutor(8) as executor:
        world = World(FakeRetryQueue(), executor)
        for number in range(60):
            world.store.put("pictures", f"many/{number}.jpg", GOOD)
        with ThreadPoolExecutor(6) as callers:
            arrays = [array(*(f"many/{n}.jpg" for n in range(start, start + 10))) for start in range(0, 60, 10)]
            list(callers.map(world.run, arrays))
    assert len(world.index.entries) == 60
    assert len(world.reporter.outcomes) == 60


def test_outage_is_requeued_at_whatever_receive(stream: World) -> None:
    body: object = notification("a.jpg")
    for _ in range(20):
        stream.index.faults.script("add", *[DOWN] * 5)
        stream.run([message(1, body)])
        body, seconds = stream.queue.sent[-1]
    assert 1350 <= seconds <= 2250
    assert json.loads(body)["imagesearch_ingest"]["receives"] == 21
    assert not stream.dead_letters.letters


def test_whole_array_is_requeued_in_an_outage() -> None:
    keys = [f"many/{number}.jpg" for number in range(300)]
    with ThreadPoolExecutor(104) as executor:
        world = World(FakeRetryQueue(), executor)
        world.index.faults.script("add", *[IngestError(Reason.CREDENTIALS, "who?")] * 300)
        for key in keys:
            world.store.put("pictures", key, GOOD)
        world.run(array(*keys))
    assert len(world.queue.sent) == 300
    assert all(1350 <= seconds <= 2250 for _, seconds in world.queue.sent)
    assert world.index.adds < 20


# A message that is too long to be sent again.


def long_and_short(world: World) -> list[dict]:
    """Return an array whose first message is longer than the queue takes once it is in an envelope."""
    world.worker = replace(world.worker, max_message_bytes=2000)
    long = notification("a.jpg") | {"note": "x" * 2000}
    return [message(0, long), message(1, notification("b.jpg"))]


@pytest.mark.parametrize("reason", [Reason.CREDENTIALS, Reason.NETWORK])
def test_too_long_record_ends_at_once(stream: World, reason: Reason) -> None:
    """It would stop the stream, and the messages behind it would expire."""
    records = long_and_short(stream)
    stream.index.faults.script("add", *[IngestError(reason, "down", attempts=1)] * 2)
    stream.run(records)
    assert [(letter.code, letter.source.key) for letter in stream.dead_letters.letters] == [(reason.code, "a.jpg")]
    assert len(stream.queue.sent) == 1
    assert stream.reporter.dead_lettered[-1]


def test_too_long_record_is_added_if_nothing_fails(stream: World) -> None:
    stream.run(long_and_short(stream))
    assert sorted(stream.keys()) == ["a.jpg", "b.jpg"]
    assert not stream.dead_letters.letters


def test_too_long_record_without_its_letter_fails_the_function(stream: World) -> None:
    records = long_and_short(stream)
    stream.index.faults.script("add", *[IngestError(Reason.CREDENTIALS, "who?")] * 2)
    stream.dead_letters.faults.script("send", IngestError(Reason.CREDENTIALS, "no"))
    stream.queue.faults.script("requeue", IngestError(Reason.INTERNAL_ERROR, "too long", attempts=1))
    with pytest.raises(NotDoneError, match="too long"):
        stream.run(records)
    assert not stream.queue.sent
    assert not stream.reporter.dead_lettered[-1]


def test_too_long_record_with_a_failed_letter_is_not_given_up(stream: World) -> None:
    stream.worker = replace(stream.worker, max_message_bytes=100)
    stream.dead_letters.faults.script("send", IngestError(Reason.CREDENTIALS, "no"))
    stream.queue.faults.script("requeue", IngestError(Reason.INTERNAL_ERROR, "too long", attempts=1))
    with pytest.raises(NotDoneError, match="too long"):
        stream.run(array("bad.jpg"))
    assert not stream.dead_letters.letters


def test_refused_record_keeps_the_others_from_being_requeued(stream: World) -> None:
    """The longest record goes first. If it is refused, no other is sent, and the array comes again."""
    keys = ("short.jpg", f"{'long' * 50}.jpg", "other.jpg")
    for key in keys:
        stream.store.put("pictures", key, b"x")
    stream.store.faults.script("fetch", *[IngestError(Reason.NETWORK, "down", attempts=1)] * 3)
    stream.queue.faults.script("requeue", IngestError(Reason.INTERNAL_ERROR, "too long", attempts=1))
    with pytest.raises(NotDoneError, match="too long"):
        stream.run(array(*keys))
    assert not stream.queue.sent
    stream.store.faults.script("fetch", *[IngestError(Reason.NETWORK, "down", attempts=1)] * 3)
    stream.run(array(*keys))
    assert len(stream.queue.sent) == 3
    assert "long" in stream.queue.sent[0][0]
