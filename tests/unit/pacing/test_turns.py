"""Threads that take turns at a call: each has its own turn, but a failure is shared by those who wait for it."""

import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.pacing.turns import Turns

THREADS = 8


class Service:
    """A service that answers once it is open, with the number of the request or with its fault."""

    def __init__(self) -> None:
        self.requests = 0
        self.fault: IngestError | None = None
        self.is_open = threading.Event()

    def ask(self) -> int:
        self.requests += 1
        assert self.is_open.wait(10)
        if self.fault:
            raise self.fault
        return self.requests


@contextmanager
def waiting(turns: Turns, service: Service) -> Iterator[list[Future[int]]]:
    """Let the first thread ask the service, and all others wait for their turn; then open the service."""
    with ThreadPoolExecutor(THREADS) as executor:
        asking = [executor.submit(turns.take, service.ask) for _ in range(THREADS)]
        end = time.monotonic() + 10
        while _count_waiting() < THREADS - 1 and time.monotonic() < end:
            time.sleep(0.001)
        service.is_open.set()
        yield asking


def _count_waiting() -> int:
    frames = [frame for frame in sys._current_frames().values() if frame.f_code is Turns.take.__code__]  # noqa: SLF001
    return sum("failed" in frame.f_locals for frame in frames)


def test_those_who_wait_share_a_failure() -> None:
    turns, service = Turns(), Service()
    service.fault = IngestError(Reason.TIMEOUT, "no response in time", service_code="408", attempts=2)
    with waiting(turns, service) as asking:
        faults = [one.exception(10) for one in asking]
    assert service.requests == 1
    assert {(str(fault), fault.service_code, fault.attempts) for fault in faults if isinstance(fault, IngestError)} == {
        ("timeout: no response in time", "408", 2)
    }
    assert len({id(fault) for fault in faults}) == THREADS  # each thread raises an exception of its own


def test_each_has_a_turn_if_nothing_fails() -> None:
    turns, service = Turns(), Service()
    with waiting(turns, service) as asking:
        assert sorted(one.result(10) for one in asking) == list(range(1, THREADS + 1))


def test_a_failure_is_not_for_those_who_come_later() -> None:
    turns, service = Turns(), Service()
    service.is_open.set()
    for reason in (Reason.TIMEOUT, Reason.CREDENTIALS):
        service.fault = IngestError(reason, "down")
        with pytest.raises(IngestError) as error:
            turns.take(service.ask)
        assert error.value.reason is reason
    service.fault = None
    assert turns.take(service.ask) == 3
