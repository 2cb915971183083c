"""Without a terminal, progress is a line now and then."""

import pytest

from imagesearch_ops import progress
from imagesearch_ops.progress import tracking
from imagesearch_ops.stats import DEFAULT_SECONDS, set_seconds


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(progress, "monotonic", clock.monotonic)
    yield clock
    set_seconds(DEFAULT_SECONDS)


def work(clock: Clock, *, seconds: int) -> None:
    """Do one thing a second."""
    with tracking("adding", total=100) as tracker:
        for done in range(1, seconds + 1):
            clock.now += 1
            tracker.update(done, counts={"added": done - 1, "rejected": 1, "failed": 0})


def test_a_line_every_thirty_seconds(clock: Clock, capsys) -> None:
    work(clock, seconds=70)
    assert capsys.readouterr().err == (
        "adding: 30 of 100, 1.0/s, about 70 s left, 29 added, 1 rejected\n"
        "adding: 60 of 100, 1.0/s, about 40 s left, 59 added, 1 rejected\n"
    )


def test_the_interval_can_be_set(clock: Clock, capsys) -> None:
    set_seconds(10)
    work(clock, seconds=25)
    assert capsys.readouterr().err.count("\n") == 2


def test_zero_prints_nothing(clock: Clock, capsys) -> None:
    set_seconds(0)
    work(clock, seconds=99)
    assert capsys.readouterr().err == ""


def test_what_an_earlier_process_did_makes_nothing_quick(clock: Clock, capsys) -> None:
    with tracking("preparing", total=2000, known=1000) as tracker:
        for done in range(1001, 1031):
            clock.now += 1
            tracker.update(done)
    assert capsys.readouterr().err == "preparing: 1030 of 2000, 1.0/s, about 970 s left\n"
