import random

import pytest

from imagesearch_ingest.batch.redelivery import needs_dead_letter, seconds_until_next_receive
from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ingest.model.outcomes import Outcome
from imagesearch_ingest.model.reasons import FaultClass, Reason

REF = ObjectRef("aws", "shop", "a.jpg")


def outcome(reason: Reason) -> Outcome:
    return Outcome(reason.result, REF, reason)


def of_class(fault_class: FaultClass) -> list[Reason]:
    return [reason for reason in Reason if reason.fault_class is fault_class]


@pytest.mark.parametrize("receives", [1, 7, 8, 999])
def test_what_is_dead_lettered_and_when(receives: int) -> None:
    dead = {reason for reason in Reason if needs_dead_letter(outcome(reason), receives)}
    late = of_class(FaultClass.TRANSIENT) if receives >= 8 else []
    assert dead == {*of_class(FaultClass.PERMANENT), *late}


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("receives", [1, 8, 999])
def test_a_record_is_either_handed_back_or_done_and_never_lost(reason: Reason, receives: int) -> None:
    handed_back = seconds_until_next_receive([outcome(reason)], receives, random.Random(1)) is not None
    done = reason.fault_class is FaultClass.NONE or needs_dead_letter(outcome(reason), receives)
    assert handed_back != done


def test_a_systemic_fault_decides_over_all_others() -> None:
    mixed = [outcome(reason) for reason in (Reason.NETWORK, Reason.CREDENTIALS, Reason.THROTTLED, Reason.CORRUPT_IMAGE)]
    seconds = seconds_until_next_receive(mixed, 9, random.Random(1))
    assert 1350 <= seconds <= 2250


@pytest.mark.parametrize("reason", [Reason.CREDENTIALS, Reason.THROTTLED, Reason.NOT_BEGUN])
def test_what_is_never_dead_lettered_outlasts_the_queues_retention(reason: Reason) -> None:
    """The queue itself redrives a record at its thousandth receive, without a reason."""
    rng = random.Random(1)
    total = sum(seconds_until_next_receive([outcome(reason)], n, rng) for n in range(1, 1000))
    assert total > 14 * 24 * 3600


def test_eight_transient_receives_span_at_least_half_an_hour() -> None:
    """A short outage of the service dead-letters nothing."""
    rng = random.Random(1)
    assert sum(seconds_until_next_receive([outcome(Reason.NETWORK)], n, rng) for n in range(1, 8)) > 1350
