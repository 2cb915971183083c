"""Which results prove that a leg works, so that a fault on it is an object's own (docs/adr/0026)."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from imagesearch_ingest.model.legs import Leg, LegKind
from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.reconcile import legs
from imagesearch_ingest.reconcile.legs import LegHealth

ADD, UPLOAD = Leg(LegKind.ADD), Leg(LegKind.UPLOAD)
A, B, C = (ObjectRef("aws", "shop", key) for key in ("a.jpg", "b.jpg", "c.jpg"))


@pytest.fixture
def health() -> LegHealth:
    return LegHealth()


def fails(health: LegHealth, ref: ObjectRef = A, leg: Leg = ADD, reason: Reason = Reason.NETWORK) -> bool:
    """Let the object fail, and return whether this is proven to be its own fault."""
    fault = health.fail(leg, ref, reason)
    assert fault.leg == leg
    return fault.works_for_others


def test_first_result_proves_nothing(health: LegHealth) -> None:
    assert not fails(health)


def test_success_of_another_object_is_proof(health: LegHealth) -> None:
    fails(health)
    health.succeed(ADD, B)
    assert fails(health)


def test_earlier_success_is_no_proof(health: LegHealth) -> None:
    health.succeed(ADD, B)
    assert not fails(health)
    assert not fails(health)


def test_proof_holds_until_another_object_fails(health: LegHealth) -> None:
    fails(health)
    health.succeed(ADD, B)
    assert [fails(health), fails(health)] == [True, True]
    fails(health, C)
    assert not fails(health)
    health.succeed(ADD, C)
    assert fails(health)


def test_later_failure_of_the_same_other_object_counts(health: LegHealth) -> None:
    fails(health)
    health.succeed(ADD, B)
    fails(health, B)
    assert not fails(health)


def test_own_success_ends_nothing(health: LegHealth) -> None:
    """The fetch of an object succeeds, and then the second look at it fails on the same leg."""
    fails(health)
    health.succeed(ADD, B)
    health.succeed(ADD, A)
    assert fails(health)


@pytest.mark.parametrize("leg", [ADD, UPLOAD])
def test_finished_object_fails_anew(health: LegHealth, leg: Leg) -> None:
    fails(health, leg=leg)
    health.succeed(leg, B)
    health.finish(A)
    assert not fails(health, leg=leg)
    health.succeed(leg, B)
    assert fails(health, leg=leg)


def test_own_success_is_no_proof(health: LegHealth) -> None:
    fails(health)
    health.succeed(ADD, A)
    assert not fails(health)


def test_each_leg_is_judged_alone(health: LegHealth) -> None:
    fails(health)
    health.succeed(UPLOAD, B)
    assert not fails(health)
    assert not fails(health, leg=UPLOAD)


def test_each_bucket_is_a_leg(health: LegHealth) -> None:
    ours, other = Leg(LegKind.BUCKET, "shop"), Leg(LegKind.BUCKET, "other")
    fails(health, leg=ours)
    health.succeed(other, B)
    assert not fails(health, leg=ours)


@pytest.mark.parametrize("reason", [Reason.SERVICE_REJECTED, Reason.THROTTLED, Reason.NOT_BEGUN])
def test_rejection_and_throttling_contradict_nothing(health: LegHealth, reason: Reason) -> None:
    fails(health)
    health.succeed(ADD, B)
    assert not fails(health, C, reason=reason)
    assert fails(health)


@pytest.mark.parametrize("reason", [Reason.SERVICE_REJECTED, Reason.THROTTLED, Reason.NOT_BEGUN])
def test_rejection_and_throttling_prove_nothing(health: LegHealth, reason: Reason) -> None:
    fails(health)
    fails(health, B, reason=reason)
    assert not fails(health)
    fails(health, C, reason=reason)
    health.succeed(ADD, B)
    assert not fails(health, C)


def test_systemic_fault_of_another_object_contradicts(health: LegHealth) -> None:
    fails(health)
    health.succeed(ADD, B)
    fails(health, C, reason=Reason.CREDENTIALS)
    assert not fails(health)


def test_failing_time_begins_with_a_transient_fault(health: LegHealth) -> None:
    fails(health, reason=Reason.CREDENTIALS)
    health.succeed(ADD, B)
    assert not fails(health)


def test_oldest_failing_object_is_forgotten(health: LegHealth, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(legs, "MAX_REMEMBERED", 2)
    for ref in (A, B, C):
        fails(health, ref)
    health.succeed(ADD, ObjectRef("aws", "shop", "d.jpg"))
    assert [fails(health, ref) for ref in (C, A)] == [True, False]


def test_memory_is_bounded(health: LegHealth) -> None:
    """Who writes to the queue chooses the names of objects and buckets."""
    for number in range(5000):
        fails(health, ObjectRef("aws", f"b{number}", "a.jpg"), Leg(LegKind.BUCKET, f"b{number}"))
    assert len(health._latest) == len(health._failing_since) == 4096  # noqa: SLF001 - its size shows nowhere else


def test_several_threads_may_report(health: LegHealth) -> None:
    refs = [ObjectRef("aws", "shop", f"{number}.jpg") for number in range(200)]
    with ThreadPoolExecutor(8) as executor:
        list(executor.map(lambda ref: fails(health, ref), refs))
        list(executor.map(lambda ref: health.succeed(ADD, ref), refs[:100]))
    assert all(fails(health, ref) for ref in refs[150:151])
