import inspect
import random
from contextlib import suppress

import pytest

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import FaultClass, Reason
from imagesearch_ingest.pacing.clock import Deadline
from imagesearch_ingest.pacing.retry import LONGEST_WAIT_SECONDS, MAX_TRIES, Budget, Retrier
from tests.support.fakes import VirtualClock


class Flaky:
    """A call that fails so many times, then succeeds."""

    def __init__(self, reason: Reason, times: float, attempts: int | None = None) -> None:
        self.calls = 0
        self._error = IngestError(reason, "no", attempts=attempts)
        self._times = times

    def __call__(self) -> str:
        self.calls += 1
        if self.calls <= self._times:
            raise self._error
        return "done"


def retry(flaky: Flaky, seconds: float = 1000.0, seed: int = 0) -> tuple[VirtualClock, Budget, str | None]:
    clock = VirtualClock()
    budget = Budget(Deadline.after(clock, seconds))
    try:
        answer = Retrier(clock, random.Random(seed), request_seconds=5.0)(flaky, budget)
    except IngestError:
        answer = None
    return clock, budget, answer


def test_transient_fault_is_repeated() -> None:
    clock, budget, answer = retry(Flaky(Reason.NETWORK, times=2))
    assert answer == "done"
    assert budget.retries == 2
    assert len(clock.slept) == 2


def test_lasting_fault_is_raised_after_the_last_try() -> None:
    flaky = Flaky(Reason.NETWORK, times=99)
    assert retry(flaky)[2] is None
    assert flaky.calls == MAX_TRIES


def test_throttling_is_repeated_until_the_deadline() -> None:
    flaky = Flaky(Reason.THROTTLED, times=float("inf"))
    clock, _, answer = retry(flaky, seconds=120)
    assert answer is None
    assert flaky.calls > MAX_TRIES
    assert 100 < clock.seconds <= 120


@pytest.mark.parametrize("reason", [r for r in Reason if r.fault_class in {FaultClass.PERMANENT, FaultClass.SYSTEMIC}])
def test_lasting_fault_classes_are_raised_at_once(reason: Reason) -> None:
    flaky = Flaky(reason, times=99)
    assert retry(flaky)[2] is None
    assert flaky.calls == 1


def test_fault_may_bound_its_own_tries() -> None:
    flaky = Flaky(Reason.SERVICE_REJECTED, times=99, attempts=3)
    assert retry(flaky)[2] is None
    assert flaky.calls == 3


def test_no_try_starts_that_cannot_end_in_time() -> None:
    flaky = Flaky(Reason.NETWORK, times=99)
    clock, _, _ = retry(flaky, seconds=5.45)
    assert flaky.calls == 2  # a first wait of 0.2 to 0.4 s leaves time for a call of 5 s; a second wait does not
    assert clock.seconds <= 0.4


@pytest.mark.parametrize(
    ("attempts", "reason"), [(3, Reason.NOT_BEGUN), (1, Reason.SERVICE_REJECTED), (None, Reason.SERVICE_REJECTED)]
)
def test_no_object_is_rejected_for_want_of_time(attempts: int | None, reason: Reason) -> None:
    clock, flaky = VirtualClock(), Flaky(Reason.SERVICE_REJECTED, times=99, attempts=attempts)
    with pytest.raises(IngestError) as error:
        Retrier(clock, random.Random(0), request_seconds=5.0)(flaky, Budget(Deadline.after(clock, 5.1)))
    assert (error.value.reason, flaky.calls) == (reason, 1)


def test_three_requests_need_the_time_of_three() -> None:
    clock, flaky = VirtualClock(), Flaky(Reason.NETWORK, times=99)
    with pytest.raises(IngestError):
        Retrier(clock, random.Random(0), request_seconds=5.0)(flaky, Budget(Deadline.after(clock, 15.1)), requests=3)
    assert flaky.calls == 1


def test_waits_grow_differ_and_are_bounded() -> None:
    waits = [retry(Flaky(Reason.THROTTLED, times=12), seed=seed)[0].slept for seed in range(20)]
    assert len({tuple(series) for series in waits}) == 20
    for series in waits:
        assert all(0.2 <= wait <= LONGEST_WAIT_SECONDS for wait in series)
        assert series[-1] > LONGEST_WAIT_SECONDS / 2 > series[1]


def test_loop_keeps_the_body_in_its_frame() -> None:
    clock, depths = VirtualClock(), []
    here = len(inspect.stack())
    for attempt in Retrier(clock, random.Random(0), request_seconds=1.0).tries(Budget(Deadline.after(clock, 60))):
        with attempt:
            depths.append(len(inspect.stack()) - here)
            if len(depths) < 3:
                raise IngestError(Reason.NETWORK, "down")
    assert depths == [0, 0, 0]
    assert len(clock.slept) == 2


def test_other_errors_are_not_repeated() -> None:
    clock, calls = VirtualClock(), []

    def bug() -> None:
        calls.append(1)
        raise KeyError("oops")

    with pytest.raises(KeyError):
        Retrier(clock, random.Random(0), request_seconds=1.0)(bug, Budget(Deadline.after(clock, 60)))
    assert calls == [1]


def test_no_call_without_time() -> None:
    clock, flaky = VirtualClock(), Flaky(Reason.NETWORK, times=0)
    with pytest.raises(IngestError) as error:
        Retrier(clock, random.Random(0), request_seconds=1.0)(flaky, Budget(Deadline.after(clock, 0)))
    assert error.value.reason is Reason.NOT_BEGUN
    assert flaky.calls == 0


def test_fault_that_usually_passes_has_five_tries() -> None:
    flaky = Flaky(Reason.NETWORK, times=99)
    retry(flaky)
    assert flaky.calls == 5


@pytest.mark.parametrize("reason", [Reason.NETWORK, Reason.THROTTLED, Reason.CREDENTIALS])
def test_fault_of_any_class_may_bound_its_tries(reason: Reason) -> None:
    flaky = Flaky(reason, times=99, attempts=2)
    retry(flaky)
    assert flaky.calls == 2


class Highest(random.Random):
    """Random numbers that are always the highest."""

    def uniform(self, a: float, b: float) -> float:
        assert a == 0
        return b


@pytest.mark.parametrize(("number", "seconds"), [(1, 0.4), (2, 0.8), (3, 1.6), (5, 6.4), (6, 8.0), (99, 8.0)])
def test_longest_wait_doubles_up_to_eight_seconds(number: int, seconds: float) -> None:
    assert Retrier(VirtualClock(), Highest(), 1.0).seconds_after(number) == pytest.approx(seconds)


@pytest.mark.parametrize(("seconds", "tries"), [(5.45, 2), (5.15, 1)])
def test_loop_needs_time_for_one_request_by_default(seconds: float, tries: int) -> None:
    clock, calls = VirtualClock(), 0
    with suppress(IngestError):
        for attempt in Retrier(clock, random.Random(0), 5.0).tries(Budget(Deadline.after(clock, seconds))):
            with attempt:
                calls += 1
                if calls == 1:
                    raise IngestError(Reason.NETWORK, "down")
    assert calls == tries


def test_first_call_needs_no_certain_time() -> None:
    clock, flaky = VirtualClock(), Flaky(Reason.NETWORK, times=0)
    assert Retrier(clock, random.Random(0), request_seconds=5.0)(flaky, Budget(Deadline.after(clock, 0.5))) == "done"


def test_only_the_raised_fault_keeps_its_frames() -> None:
    clock, faults = VirtualClock(), [IngestError(Reason.NETWORK, "one"), IngestError(Reason.CREDENTIALS, "two")]
    remaining = list(faults)

    def fail() -> None:
        raise remaining.pop(0)

    with pytest.raises(IngestError, match="two"):
        Retrier(clock, random.Random(0), request_seconds=1.0)(fail, Budget(Deadline.after(clock, 60)))
    assert [fault.__traceback__ is None for fault in faults] == [True, False]


def test_call_may_end_exactly_at_the_deadline() -> None:
    clock, flaky = VirtualClock(), Flaky(Reason.NETWORK, times=1)
    assert Retrier(clock, Highest(), request_seconds=5.0)(flaky, Budget(Deadline.after(clock, 5.4))) == "done"


def test_other_faults_do_not_use_up_a_bound() -> None:
    clock = VirtualClock()
    refused, rejected = (
        IngestError(Reason.THROTTLED, "slow down"),
        IngestError(Reason.SERVICE_REJECTED, "no", attempts=3),
    )
    faults = [refused] * 4 + [rejected] * 9

    def call() -> None:
        raise faults.pop(0)

    with pytest.raises(IngestError) as error:
        Retrier(clock, random.Random(0), request_seconds=1.0)(call, Budget(Deadline.after(clock, 600)))
    assert error.value is rejected
    assert len(faults) == 6
