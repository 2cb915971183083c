"""The cache that the secret and the keyless source share, over a service that counts its keys."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from imagesearch_ingest.cached_credentials import CachedCredentials, Lease
from imagesearch_ingest.credentials import Credentials
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from tests.support.fakes import VirtualClock


class Issuer:
    """A service that issues numbered keys, unless it is down."""

    def __init__(self, lifetime: float | None = 3600) -> None:
        self.issued = 0
        self.lifetime = lifetime
        self.fault: Reason | None = None
        self.entered, self.open = threading.Event(), threading.Event()
        self.open.set()

    def read(self) -> Lease:
        self.entered.set()
        self.open.wait(5)
        if self.fault:
            raise IngestError(self.fault, "down")
        self.issued += 1
        return Lease(key(self.issued), 2700, self.lifetime)


class TwoClocks:
    """A ``Clock`` whose monotonic seconds and time of day move apart."""

    def __init__(self) -> None:
        self.elapsed = 0.0
        self.time_of_day = datetime(2026, 1, 1, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.elapsed

    def now(self) -> datetime:
        return self.time_of_day

    def sleep(self, seconds: float) -> None:
        self.elapsed += seconds
        self.time_of_day += timedelta(seconds=seconds)


def key(number: int) -> Credentials:
    return Credentials(f"id-{number}", "secret", "token")


@pytest.fixture
def clock() -> TwoClocks:
    return TwoClocks()


def test_a_key_is_read_once_until_it_is_due(clock: TwoClocks) -> None:
    source = CachedCredentials(Issuer().read, clock)
    for _ in range(3):
        assert source.get() == key(1)
    clock.sleep(2699)
    assert source.get() == key(1)
    clock.sleep(1)
    assert source.get() == key(2)
    assert source.get() == key(2)


def test_fresh_reads_past_the_cache_and_into_it(clock: TwoClocks) -> None:
    source = CachedCredentials(Issuer().read, clock)
    assert [source.get(), source.get(fresh=True), source.get()] == [key(1), key(2), key(2)]
    clock.sleep(2699)
    assert source.get() == key(2)


@pytest.mark.parametrize("stands_still", ["elapsed", "time_of_day"])
def test_time_in_a_frozen_process_counts(clock: TwoClocks, stands_still: str) -> None:
    """While a platform freezes a process, its monotonic clock may stop. A time of day may be set back."""
    source = CachedCredentials(Issuer().read, clock)
    source.get()
    kept = getattr(clock, stands_still)
    clock.sleep(2700)
    setattr(clock, stands_still, kept)
    assert source.get() == key(2)


@pytest.mark.parametrize("minutes", [-20, 20])
def test_a_wrong_time_of_day_changes_nothing(clock: TwoClocks, minutes: int) -> None:
    clock.time_of_day += timedelta(minutes=minutes)
    source = CachedCredentials(Issuer().read, clock)
    source.get()
    clock.sleep(2699)
    assert source.get() == key(1)
    clock.sleep(1)
    assert source.get() == key(2)


@pytest.mark.parametrize("reason", [Reason.NETWORK, Reason.THROTTLED, Reason.CREDENTIALS, Reason.SETTINGS_REFUSED])
def test_a_failed_renewal_keeps_a_key_until_its_end(clock: TwoClocks, reason: Reason) -> None:
    issuer = Issuer()
    source = CachedCredentials(issuer.read, clock)
    source.get()
    issuer.fault = reason
    clock.sleep(3599)
    assert source.get() == key(1)
    clock.sleep(1 + 60)
    with pytest.raises(IngestError) as error:
        source.get()
    assert error.value.reason is reason
    issuer.fault = None
    assert source.get() == key(2)


def test_a_failed_renewal_is_tried_again_a_minute_later(clock: TwoClocks) -> None:
    issuer = Issuer()
    source = CachedCredentials(issuer.read, clock)
    source.get()
    clock.sleep(2700)
    issuer.fault = Reason.NETWORK
    source.get()
    issuer.fault = None
    clock.sleep(59)
    assert source.get() == key(1)
    clock.sleep(1)
    assert source.get() == key(2)


def test_a_pause_never_reaches_beyond_the_end_of_a_key(clock: TwoClocks) -> None:
    issuer = Issuer()
    source = CachedCredentials(issuer.read, clock)
    source.get()
    clock.sleep(3590)
    issuer.fault = Reason.NETWORK
    source.get()
    issuer.fault = None
    clock.sleep(10)
    assert source.get() == key(2)


def test_a_refused_key_is_not_kept(clock: TwoClocks) -> None:
    issuer = Issuer()
    source = CachedCredentials(issuer.read, clock)
    source.get()
    issuer.fault = Reason.NETWORK
    with pytest.raises(IngestError):
        source.get(fresh=True)


def test_the_first_failure_is_not_cached(clock: TwoClocks) -> None:
    issuer = Issuer()
    issuer.fault = Reason.CREDENTIALS
    source = CachedCredentials(issuer.read, clock)
    with pytest.raises(IngestError):
        source.get()
    issuer.fault = None
    assert source.get() == key(1)


@pytest.mark.parametrize(("reason", "is_kept"), [(Reason.NETWORK, True), (Reason.CREDENTIALS, False)])
def test_a_key_without_an_end_is_kept_unless_it_is_refused(clock: TwoClocks, reason: Reason, is_kept: bool) -> None:  # noqa: FBT001 - a case
    issuer = Issuer(lifetime=None)
    source = CachedCredentials(issuer.read, clock)
    source.get()
    clock.sleep(2700)
    issuer.fault = reason
    if is_kept:
        assert source.get() == key(1)
    else:
        with pytest.raises(IngestError):
            source.get()


def test_threads_share_one_request() -> None:
    issuer, threads = Issuer(), 8
    source = CachedCredentials(issuer.read, VirtualClock())
    issuer.open.clear()
    with ThreadPoolExecutor(threads) as executor:
        waiting = [executor.submit(source.get) for _ in range(threads)]
        assert issuer.entered.wait(5)
        issuer.open.set()
        assert {one.result(5) for one in waiting} == {key(1)}
    assert issuer.issued == 1


def test_a_valid_key_is_at_hand_while_another_thread_renews_it(clock: TwoClocks) -> None:
    issuer = Issuer()
    source = CachedCredentials(issuer.read, clock)
    source.get()
    issuer.entered.clear()
    issuer.open.clear()
    with ThreadPoolExecutor(1) as executor:
        renewed = executor.submit(source.get, fresh=True)
        assert issuer.entered.wait(5)
        assert source.get() == key(1)
        issuer.open.set()
        assert renewed.result(5) == key(2)


def test_the_age_counts_from_the_request_for_the_key(clock: TwoClocks) -> None:
    """The service's clock starts while the response is still on its way."""
    issuer = Issuer()

    def slowly() -> Lease:
        lease = issuer.read()
        clock.sleep(30)
        return lease

    source = CachedCredentials(slowly, clock)
    source.get()
    clock.sleep(2700 - 30)
    assert source.get() == key(2)
