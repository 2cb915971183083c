import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from imagesearch_ingest.batch.redelivery import (
    SMQ_RETENTION,
    SQS_RETENTION,
    Delivery,
    needs_dead_letter,
    seconds_after_bug,
    seconds_of_outage,
    seconds_until_next_receive,
    stops_batch,
)
from imagesearch_ingest.model.legs import Leg, LegFault, LegKind
from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ingest.model.outcomes import Outcome
from imagesearch_ingest.model.reasons import FaultClass, Reason
from tests.support.batch_world import record

REF = ObjectRef("aws", "shop", "a.jpg")
UNPROVEN, PROVEN = (LegFault(Leg(LegKind.ADD), works) for works in (False, True))
HOUR, DAY = 3600.0, 24 * 3600.0
LATE = Delivery(8, 13.5 * DAY, is_last_day=True)
NOW = datetime(2026, 3, 15, tzinfo=UTC)


class WithoutJitter(random.Random):
    """Random numbers that are always in the middle."""

    def uniform(self, a: float, b: float) -> float:
        assert (a, b) == (0.75, 1.25)
        return 1.0


def outcome(reason: Reason, leg_fault: LegFault | None = None) -> Outcome:
    return Outcome(reason.result, REF, reason, leg_fault=leg_fault)


def of_class(*fault_classes: FaultClass) -> set[Reason]:
    return {reason for reason in Reason if reason.fault_class in fault_classes}


def lettered(delivery: Delivery, leg_fault: LegFault | None) -> set[Reason]:
    return {reason for reason in Reason if needs_dead_letter(outcome(reason, leg_fault), delivery)}


# Which outcomes end in a dead letter.


@pytest.mark.parametrize("leg_fault", [None, PROVEN, UNPROVEN])
@pytest.mark.parametrize("receives", [1, 7])
def test_only_permanent_faults_end_early(receives: int, leg_fault: LegFault | None) -> None:
    assert lettered(Delivery(receives, 5 * DAY), leg_fault) == of_class(FaultClass.PERMANENT)


@pytest.mark.parametrize("receives", [8, 999])
def test_transient_fault_ends_if_others_succeed(receives: int) -> None:
    assert lettered(Delivery(receives, 5 * DAY), PROVEN) == of_class(FaultClass.PERMANENT, FaultClass.TRANSIENT)


def test_fault_without_a_leg_ends_at_the_eighth_receive() -> None:
    assert needs_dead_letter(outcome(Reason.OBJECT_CHANGING), Delivery(8))


@pytest.mark.parametrize("receives", [8, 999])
def test_transient_fault_without_proof_ends_nothing(receives: int) -> None:
    assert lettered(Delivery(receives, 5 * DAY), UNPROVEN) == of_class(FaultClass.PERMANENT)


@pytest.mark.parametrize("receives", [1, 8, 999])
def test_every_fault_ends_in_the_last_day(receives: int) -> None:
    faults = of_class(FaultClass.PERMANENT, FaultClass.TRANSIENT, FaultClass.THROTTLED, FaultClass.SYSTEMIC)
    assert lettered(Delivery(receives, 13.5 * DAY, is_last_day=True), UNPROVEN) == faults


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("delivery", [Delivery(1), Delivery(8), Delivery(999, 5 * DAY), LATE])
@pytest.mark.parametrize("leg_fault", [None, PROVEN, UNPROVEN])
def test_record_is_either_handed_back_or_done(reason: Reason, delivery: Delivery, leg_fault: LegFault | None) -> None:
    one = outcome(reason, leg_fault)
    handed_back = seconds_until_next_receive([one], delivery, random.Random(1)) is not None
    assert handed_back != (reason.fault_class is FaultClass.NONE or needs_dead_letter(one, delivery))


# How old a record is.


@pytest.mark.parametrize(
    ("retention", "days", "is_last_day"),
    [
        (SQS_RETENTION, 12.99, False),
        (SQS_RETENTION, 13.0, True),
        (SQS_RETENTION, 13.5, True),
        (SQS_RETENTION, 27.9, True),
        (SMQ_RETENTION, 5.99, False),
        (SMQ_RETENTION, 6.0, True),
        (SMQ_RETENTION, 13.9, True),
    ],
)
def test_last_day_ends_with_the_retention(retention: timedelta, days: float, *, is_last_day: bool) -> None:
    began = NOW - timedelta(days=days)
    delivery = Delivery.of(replace(record(1, "a.jpg", receives=3), retention_began_at=began), NOW, retention)
    assert delivery == Delivery(3, pytest.approx(days * DAY), is_last_day=is_last_day)


@pytest.mark.parametrize(("retention", "days"), [(SQS_RETENTION, 29), (SQS_RETENTION, 200), (SMQ_RETENTION, 15)])
def test_impossible_age_is_unknown(retention: timedelta, days: int) -> None:
    """A test event has the time at which it was written."""
    began = NOW - timedelta(days=days)
    assert Delivery.of(replace(record(1, "a.jpg"), retention_began_at=began), NOW, retention) == Delivery(1)


def test_age_may_be_unknown() -> None:
    assert Delivery.of(record(1, "a.jpg", receives=5), NOW, SQS_RETENTION) == Delivery(5)


def test_time_in_the_future_is_no_last_day() -> None:
    began = NOW + timedelta(days=400)
    delivery = Delivery.of(replace(record(1, "a.jpg"), retention_began_at=began), NOW, SQS_RETENTION)
    assert not delivery.is_last_day
    assert seconds_of_outage(delivery, WithoutJitter()) == 1800


# What stops a batch.


@pytest.mark.parametrize("reason", [Reason.CREDENTIALS, Reason.INSTANCE_UNAVAILABLE, Reason.SETTINGS_REFUSED])
def test_systemic_fault_of_the_instance_stops_the_batch(reason: Reason) -> None:
    assert stops_batch(outcome(reason, UNPROVEN), 1)


@pytest.mark.parametrize(
    "reason", [Reason.NETWORK, Reason.TIMEOUT, Reason.SERVICE_UNAVAILABLE, Reason.SERVICE_CODE_UNKNOWN]
)
def test_outage_stops_the_batch_from_the_eighth_receive(reason: Reason) -> None:
    assert [stops_batch(outcome(reason, UNPROVEN), receives) for receives in (1, 7, 8, 9)] == [False, False, True, True]
    assert not stops_batch(outcome(reason, PROVEN), 8)


@pytest.mark.parametrize(("kind", "stops"), [("bucket", True), ("upload", True), ("add", True), ("delete", False)])
def test_outage_of_a_leg_of_every_add_stops_the_batch(kind: str, *, stops: bool) -> None:
    assert stops_batch(outcome(Reason.TIMEOUT, LegFault(Leg(LegKind(kind)))), 8) is stops


@pytest.mark.parametrize(
    "one",
    [
        outcome(Reason.OBJECT_CHANGING),
        outcome(Reason.ACCESS_DENIED, LegFault(Leg(LegKind.BUCKET, "shop"))),
        outcome(Reason.INTERNAL_ERROR, LegFault(Leg(LegKind.WHOLE))),
        outcome(Reason.BUCKET_FORBIDDEN, LegFault(Leg(LegKind.BUCKET, "shop"))),
        outcome(Reason.INSTANCE_FULL, UNPROVEN),
        outcome(Reason.THROTTLED, UNPROVEN),
        outcome(Reason.NOT_AN_IMAGE),
        Outcome(Reason.TEST_EVENT.result, REF),
    ],
    ids=lambda one: one.reason.code if one.reason else "no reason",
)
def test_fault_of_one_object_stops_nothing(one: Outcome) -> None:
    assert not stops_batch(one, 999)


# For how long a record waits.


def test_systemic_fault_decides_over_all_others() -> None:
    mixed = [outcome(reason) for reason in (Reason.NETWORK, Reason.CREDENTIALS, Reason.THROTTLED, Reason.CORRUPT_IMAGE)]
    assert 1350 <= seconds_until_next_receive(mixed, Delivery(9), random.Random(1)) <= 2250


def test_throttling_decides_over_a_transient_fault() -> None:
    mixed = [outcome(Reason.NETWORK), outcome(Reason.THROTTLED)]
    assert seconds_until_next_receive(mixed, Delivery(1), WithoutJitter()) == 10


def test_outage_decides_over_throttling() -> None:
    mixed = [outcome(Reason.NETWORK, UNPROVEN), outcome(Reason.THROTTLED)]
    assert seconds_until_next_receive(mixed, Delivery(8), WithoutJitter()) == 1800


@pytest.mark.parametrize(
    ("reason", "receives", "seconds"),
    [
        (Reason.NETWORK, 1, 15),
        (Reason.NETWORK, 2, 30),
        (Reason.NETWORK, 6, 480),
        (Reason.NETWORK, 7, 900),
        (Reason.NETWORK, 8, 1800),
        (Reason.THROTTLED, 1, 10),
        (Reason.THROTTLED, 3, 16),
        (Reason.THROTTLED, 10, 75),
        (Reason.THROTTLED, 100, 1800),
        (Reason.CREDENTIALS, 1, 1800),
        (Reason.CREDENTIALS, 999, 1800),
    ],
)
def test_wait_before_the_next_receive(reason: Reason, receives: int, seconds: int) -> None:
    assert seconds_until_next_receive([outcome(reason, UNPROVEN)], Delivery(receives), WithoutJitter()) == seconds


@pytest.mark.parametrize(
    ("age", "seconds"),
    [(None, 1800), (0, 1800), (5 * HOUR, 1800), (10 * HOUR, 3600), (60 * HOUR, 21600), (300 * HOUR, 21600)],
)
@pytest.mark.parametrize(("reason", "receives"), [(Reason.CREDENTIALS, 1), (Reason.NETWORK, 8)])
def test_outage_waits_a_tenth_of_its_age(age: float | None, seconds: int, reason: Reason, receives: int) -> None:
    delivery = Delivery(receives, age)
    assert seconds_until_next_receive([outcome(reason, UNPROVEN)], delivery, WithoutJitter()) == seconds
    assert seconds_of_outage(delivery, WithoutJitter()) == seconds


def test_last_day_is_used_every_hour() -> None:
    """The dead letter could not be written, and the queue will drop the record soon."""
    assert seconds_of_outage(Delivery(90, 13.2 * DAY, is_last_day=True), WithoutJitter()) == 3600


def test_eight_transient_receives_take_half_an_hour() -> None:
    """A short outage of the service dead-letters nothing."""
    rng = random.Random(1)
    assert sum(seconds_until_next_receive([outcome(Reason.NETWORK)], Delivery(n), rng) for n in range(1, 8)) > 1350


@pytest.mark.parametrize(("receives", "seconds"), [(1, 60), (2, 75), (10, 447), (500, 900)])
def test_wait_after_a_bug(receives: int, seconds: int) -> None:
    assert seconds_after_bug(receives, WithoutJitter()) == seconds


def receives_until(end: float, reason: Reason, jitter: float) -> tuple[int, float]:
    """Return how often a record is received until ``end``, all in an outage, and when it is received after that."""

    class Jitter(random.Random):
        def uniform(self, _: float, __: float) -> float:
            return jitter

    age, receives = 0.0, 0
    while age < end:
        receives += 1
        wait = seconds_until_next_receive([outcome(reason, UNPROVEN)], Delivery(receives, age), Jitter())
        age += wait
    return receives, age


@pytest.mark.parametrize(
    ("reason", "least", "most"), [(Reason.CREDENTIALS, 75, 82), (Reason.NETWORK, 81, 88), (Reason.THROTTLED, 633, 655)]
)
def test_receives_in_thirteen_days_are_as_documented(reason: Reason, least: int, most: int) -> None:
    """The table in docs/settling.md has these numbers."""
    one = [outcome(reason, UNPROVEN)]
    for seed in range(100):
        rng, age, receives = random.Random(seed), 0.0, 0
        while age < 13 * DAY:
            receives += 1
            age += seconds_until_next_receive(one, Delivery(receives, age), rng)
        assert least <= receives <= most
    page = (Path(__file__).parents[3] / "docs/settling.md").read_text(encoding="utf-8")
    assert f"| {least} to {most} |" in page


@pytest.mark.parametrize("jitter", [0.75, 1.0, 1.25])
@pytest.mark.parametrize("reason", [Reason.CREDENTIALS, Reason.NETWORK, Reason.THROTTLED, Reason.NOT_BEGUN])
@pytest.mark.parametrize("days", [13, 6])
def test_outage_reaches_the_last_day(reason: Reason, jitter: float, days: int) -> None:
    """The queue itself redrives a record at its thousandth receive, without a reason."""
    receives, next_receive = receives_until(days * DAY, reason, jitter)
    assert receives < 1000
    assert next_receive < (days + 1) * DAY
    if reason.fault_class is not FaultClass.THROTTLED:
        assert receives < 130
