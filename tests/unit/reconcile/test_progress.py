import pytest

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ingest.model.reasons import Reason, Result
from imagesearch_ingest.pacing.clock import Deadline
from imagesearch_ingest.pacing.retry import Budget
from imagesearch_ingest.reconcile.progress import Progress
from tests.support.fakes import VirtualClock

REF = ObjectRef("aws", "shop", "p/1.jpg")


class FakeLock:
    """A lock that is free or not, and takes so many seconds to acquire."""

    def __init__(self, clock: VirtualClock, *, free: bool = True, seconds: float = 0.0) -> None:
        self._clock, self._free, self._seconds = clock, free, seconds
        self.timeouts: list[float] = []
        self.releases = 0

    def acquire(self, *, timeout: float) -> bool:
        self.timeouts.append(timeout)
        self._clock.sleep(self._seconds)
        return self._free

    def release(self) -> None:
        self.releases += 1


@pytest.fixture
def clock() -> VirtualClock:
    clock = VirtualClock()
    clock.sleep(100.0)
    return clock


def a_progress(clock: VirtualClock, seconds: float = 60.0) -> Progress:
    return Progress(REF, Budget(Deadline.after(clock, seconds)))


def test_nothing_is_announced_or_changed_at_first(clock: VirtualClock) -> None:
    progress = a_progress(clock)
    assert (progress.announced_bytes, progress.may_have_changed_index) == (0, False)


def test_turn_waits_until_the_deadline(clock: VirtualClock) -> None:
    lock, progress = FakeLock(clock, seconds=2.0), a_progress(clock)
    progress.take_turn(lock, "others ran")
    assert (lock.timeouts, lock.releases, progress.waited) == ([60.0], 0, 2.0)


def test_turn_after_the_deadline_does_not_wait(clock: VirtualClock) -> None:
    lock = FakeLock(clock, free=False)
    with pytest.raises(IngestError, match="others ran until no time was left"):
        a_progress(clock, -5.0).take_turn(lock, "others ran")
    assert (lock.timeouts, lock.releases) == ([0.0], 0)


@pytest.mark.parametrize(("left", "kept"), [(1.5, True), (1.0, True), (0.9, False)])
def test_late_turn_is_given_back(clock: VirtualClock, left: float, *, kept: bool) -> None:
    lock, progress = FakeLock(clock, seconds=60.0 - left), a_progress(clock)
    if kept:
        progress.take_turn(lock, "others ran")
    else:
        with pytest.raises(IngestError) as error:
            progress.take_turn(lock, "others ran")
        assert error.value.reason is Reason.NOT_BEGUN
    assert lock.releases == (0 if kept else 1)


def test_waits_add_up(clock: VirtualClock) -> None:
    progress = a_progress(clock)
    for seconds in (2.0, 0.5):
        with progress.waiting():
            clock.sleep(seconds)
    assert progress.waited == 2.5


def test_outcome_without_a_fault(clock: VirtualClock) -> None:
    progress = a_progress(clock)
    progress.waited, progress.budget.retries, progress.legs = 1.25, 3, {"add": 5}
    outcome = progress.outcome(Result.ADDED, 2.5, fault=None, trace=None)
    assert (outcome.result, outcome.ref, outcome.reason, outcome.detail) == (Result.ADDED, REF, None, None)
    assert (outcome.milliseconds, outcome.milliseconds_waited, outcome.retries) == (2500, 1250, 3)
    assert (outcome.index_holds, outcome.legs, outcome.traceback) == (None, {"add": 5}, None)


@pytest.mark.parametrize(
    ("fault", "changed", "index_holds"),
    [
        (IngestError(Reason.SERVICE_REJECTED, "no"), False, "previous"),
        (IngestError(Reason.SERVICE_REJECTED, "no"), True, "unknown"),
        (IngestError(Reason.SERVICE_REJECTED, "no", attempts=3), False, "unknown"),
        (IngestError(Reason.NETWORK, "no", attempts=3), False, "previous"),
    ],
)
def test_outcome_with_a_fault(clock: VirtualClock, fault: IngestError, *, changed: bool, index_holds: str) -> None:
    progress = a_progress(clock)
    progress.may_have_changed_index = changed
    outcome = progress.outcome(Result.ADDED, 0.0, fault=fault, trace="Traceback")
    assert (outcome.reason, outcome.detail, outcome.traceback) == (fault.reason, "no", "Traceback")
    assert outcome.result == {"service_rejected": "rejected", "network": "failed"}[fault.reason.code]
    assert outcome.index_holds == index_holds


def test_turn_that_was_not_acquired_is_none(clock: VirtualClock) -> None:
    lock = FakeLock(clock, free=False)
    with pytest.raises(IngestError, match="others ran"):
        a_progress(clock).take_turn(lock, "others ran")
    assert lock.releases == 0
