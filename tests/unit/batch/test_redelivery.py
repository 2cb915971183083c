import random

import pytest

from imagesearch_ingest.batch.redelivery import (
    needs_dead_letter,
    seconds_for_a_person,
    seconds_until_next_letter,
    seconds_until_next_receive,
)
from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ingest.model.outcomes import Outcome
from imagesearch_ingest.model.reasons import FaultClass, Reason

REF = ObjectRef("aws", "shop", "a.jpg")


class WithoutJitter(random.Random):
    """Random numbers that are always in the middle."""

    def uniform(self, a: float, b: float) -> float:
        assert (a, b) == (0.75, 1.25)
        return 1.0


def outcome(reason: Reason) -> Outcome:
    return Outcome(reason.result, REF, reason)


def of_class(fault_class: FaultClass) -> list[Reason]:
    return [reason for reason in Reason if reason.fault_class is fault_class]


@pytest.mark.parametrize("receives", [1, 7, 8, 999])
def test_permanent_and_late_transient_faults_are_dead_lettered(receives: int) -> None:
    dead = {reason for reason in Reason if needs_dead_letter(outcome(reason), receives)}
    late = of_class(FaultClass.TRANSIENT) if receives >= 8 else []
    assert dead == {*of_class(FaultClass.PERMANENT), *late}


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("receives", [1, 8, 999])
def test_record_is_either_handed_back_or_done(reason: Reason, receives: int) -> None:
    handed_back = seconds_until_next_receive([outcome(reason)], receives, random.Random(1)) is not None
    done = reason.fault_class is FaultClass.NONE or needs_dead_letter(outcome(reason), receives)
    assert handed_back != done


def test_systemic_fault_decides_over_all_others() -> None:
    mixed = [outcome(reason) for reason in (Reason.NETWORK, Reason.CREDENTIALS, Reason.THROTTLED, Reason.CORRUPT_IMAGE)]
    seconds = seconds_until_next_receive(mixed, 9, random.Random(1))
    assert 1350 <= seconds <= 2250


@pytest.mark.parametrize("reason", [Reason.CREDENTIALS, Reason.THROTTLED, Reason.NOT_BEGUN])
def test_endless_waits_outlast_the_retention(reason: Reason) -> None:
    """The queue itself redrives a record at its thousandth receive, without a reason."""
    rng = random.Random(1)
    total = sum(seconds_until_next_receive([outcome(reason)], n, rng) for n in range(1, 1000))
    assert total > 14 * 24 * 3600


def test_eight_transient_receives_take_half_an_hour() -> None:
    """A short outage of the service dead-letters nothing."""
    rng = random.Random(1)
    assert sum(seconds_until_next_receive([outcome(Reason.NETWORK)], n, rng) for n in range(1, 8)) > 1350


@pytest.mark.parametrize(
    ("reason", "receives", "seconds"),
    [
        (Reason.NETWORK, 1, 15),
        (Reason.NETWORK, 2, 30),
        (Reason.NETWORK, 6, 480),
        (Reason.NETWORK, 7, 900),
        (Reason.THROTTLED, 1, 10),
        (Reason.THROTTLED, 3, 16),
        (Reason.THROTTLED, 10, 75),
        (Reason.THROTTLED, 100, 1800),
        (Reason.CREDENTIALS, 1, 1800),
        (Reason.CREDENTIALS, 999, 1800),
    ],
)
def test_wait_before_the_next_receive(reason: Reason, receives: int, seconds: int) -> None:
    assert seconds_until_next_receive([outcome(reason)], receives, WithoutJitter()) == seconds


def test_throttling_decides_over_a_transient_fault() -> None:
    mixed = [outcome(Reason.NETWORK), outcome(Reason.THROTTLED)]
    assert seconds_until_next_receive(mixed, 1, WithoutJitter()) == 10


@pytest.mark.parametrize(("receives", "seconds"), [(1, 60), (2, 75), (10, 447), (500, 1800)])
def test_wait_before_the_next_letter(receives: int, seconds: int) -> None:
    assert seconds_until_next_letter(receives, WithoutJitter()) == seconds


def test_person_has_half_an_hour() -> None:
    assert seconds_for_a_person(WithoutJitter()) == 1800
