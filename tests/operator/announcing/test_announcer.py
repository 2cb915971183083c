"""The announcer against a queue in memory that holds requests up, and refuses some."""

import json
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops.announcing import announcer as module
from imagesearch_ops.announcing.announcer import Announcer
from imagesearch_ops.run_folder import RunFolder
from tests.support.operator_queue import FakeOperatorQueue

DENIED = IngestError(Reason.BUCKET_FORBIDDEN, "sending failed")


@dataclass
class BusyQueue(FakeOperatorQueue):
    """``refused`` keys are not accepted. ``slow`` ones take a while."""

    refused: dict[str, IngestError] = field(default_factory=dict)
    slow: set[str] = field(default_factory=set)
    most_at_once: int = 0
    now_sending: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        self.lock = threading.Lock()

    def send(self, bodies: Sequence[str]) -> list[IngestError | None]:
        keys = [json.loads(body)["imagesearch_ingest"]["look_at"]["key"] for body in bodies]
        with self.lock:
            self.now_sending += 1
            self.most_at_once = max(self.most_at_once, self.now_sending)
        time.sleep(0.05 if self.slow & set(keys) else 0.001)
        with self.lock:
            self.now_sending -= 1
            self.sent += [key for key in keys if key not in self.refused]
        return [self.refused.get(key) for key in keys]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[RunFolder]:
    folder = RunFolder(tmp_path, {})
    yield folder
    folder.close()


def announcer(queue: BusyQueue, folder: RunFolder) -> Announcer:
    return Announcer(queue, "shop", "backfill", "run-1", folder)


def keys(number: int) -> list[str]:
    return [f"{n:05}" for n in range(number)]


def journal(folder: RunFolder) -> list[dict]:
    return list(folder.read("journal.jsonl"))


def test_every_key_is_sent_once(folder: RunFolder) -> None:
    queue = BusyQueue()
    *_, last = announcer(queue, folder).announce(keys(1234))
    assert last == 1234
    assert sorted(queue.sent) == keys(1234)


def test_nothing_is_sent_for_no_keys(folder: RunFolder) -> None:
    assert list(announcer(BusyQueue(), folder).announce([])) == []
    assert journal(folder) == []


def test_as_many_requests_run_at_once_as_the_queue_takes(folder: RunFolder) -> None:
    queue = BusyQueue(slow=set(keys(400)), senders=4)
    list(announcer(queue, folder).announce(keys(400)))
    assert queue.most_at_once == 4


def test_a_late_batch_holds_the_mark_back(folder: RunFolder) -> None:
    queue = BusyQueue(slow={"00012"})
    marks = []
    for mark in announcer(queue, folder).announce(keys(200)):
        marks.append(mark)
        assert set(keys(mark)) <= set(queue.sent)
    assert marks == sorted(marks)
    assert marks[-1] == 200


def test_a_batch_is_in_the_journal_before_it_is_sent(folder: RunFolder) -> None:
    class Checking(BusyQueue):
        def send(self, bodies: Sequence[str]) -> list[IngestError | None]:
            first = json.loads(bodies[0])["imagesearch_ingest"]["look_at"]["key"]
            assert first in {line["first"] for line in journal(folder)}
            return super().send(bodies)

    list(announcer(Checking(), folder).announce(keys(95)))
    assert [line["keys"] for line in journal(folder)] == [10] * 9 + [5]
    assert journal(folder)[3] == {"action": "announce", "first": "00030", "last": "00039", "keys": 10}


def test_a_pause_sends_what_is_held_back(folder: RunFolder) -> None:
    queue = BusyQueue(slow={"00013"})

    def some() -> Iterator[str | None]:
        yield from keys(14)
        yield None
        assert sorted(queue.sent) == keys(14)
        yield "last"

    assert list(announcer(queue, folder).announce(some()))[-1] == 15


def test_a_refused_key_ends_it_and_all_before_it_are_told(folder: RunFolder) -> None:
    queue = BusyQueue(refused={"00105": DENIED})
    marks: list[int] = []
    with pytest.raises(IngestError) as raised:
        marks.extend(announcer(queue, folder).announce(keys(100_000)))
    assert raised.value is DENIED
    assert marks[-1] == 100
    assert len(queue.sent) < 1000  # those that were on their way


def test_nothing_is_sent_after_it_was_closed(folder: RunFolder) -> None:
    queue = BusyQueue(slow=set(keys(10_000)))
    marks = announcer(queue, folder).announce(keys(10_000))
    next(marks)
    marks.close()
    sent = len(queue.sent)
    time.sleep(0.2)
    assert len(queue.sent) == sent < 10_000


def test_a_service_that_says_nothing_does_not_hold_up_the_end(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = threading.Event()

    class Stuck(BusyQueue):
        def send(self, bodies: Sequence[str]) -> list[IngestError | None]:
            if '"00095"' in "".join(bodies):
                answer.wait(20)
            return super().send(bodies)

    monkeypatch.setattr(module, "_GRACE_SECONDS", 0.1)
    marks = announcer(Stuck(), folder).announce(keys(200))
    assert next(marks)
    began = time.monotonic()
    marks.close()
    assert time.monotonic() - began < 10
    answer.set()
