"""A fault is an object's own once its leg has worked for another object, whatever else works for the object itself."""

import pytest

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ingest.model.outcomes import Outcome
from imagesearch_ingest.model.reasons import Reason, Result
from imagesearch_ingest.pacing.clock import Deadline
from imagesearch_ingest.reconcile.reconciler import Reconciler
from tests.support.builders import a_reconciler
from tests.support.fakes import FakeImageIndex, FakeObjectStore, VirtualClock
from tests.support.pictures import jpeg

PLAIN, FAILING = ObjectRef("aws", "shop", "plain.jpg"), ObjectRef("aws", "shop", "failing.jpg")


class HeadlessStore(FakeObjectStore):
    """A store in which the second look at ``failing.jpg`` fails as long as ``fails``."""

    fails = True

    def head(self, ref: ObjectRef):
        if ref == FAILING and self.fails:
            raise IngestError(Reason.NETWORK, "reset", attempts=1)
        return super().head(ref)


@pytest.fixture
def store() -> HeadlessStore:
    store = HeadlessStore()
    for ref in (PLAIN, FAILING):
        store.put("shop", ref.key, jpeg())
    return store


@pytest.fixture
def reconciler(store: HeadlessStore) -> Reconciler:
    return a_reconciler(store, FakeImageIndex(), VirtualClock())


def outcome(reconciler: Reconciler, ref: ObjectRef) -> Outcome:
    return reconciler.reconcile(ref, Deadline.after(reconciler.clock, 60.0))


def test_second_look_that_always_fails_is_own_fault(reconciler: Reconciler) -> None:
    """The fetch of the same object succeeds each time, on the same leg."""
    assert outcome(reconciler, FAILING).may_be_outage
    assert outcome(reconciler, PLAIN).result is Result.ADDED
    second = outcome(reconciler, FAILING)
    assert (second.reason, second.is_own_fault, second.may_be_outage) == (Reason.NETWORK, True, False)


def test_finished_object_fails_anew(reconciler: Reconciler, store: HeadlessStore) -> None:
    """Its old fault proves nothing once it was added: the next one may be the first of an outage."""
    outcome(reconciler, FAILING)
    outcome(reconciler, PLAIN)
    store.fails = False
    assert outcome(reconciler, FAILING).result is Result.ADDED
    outcome(reconciler, PLAIN)
    store.fails = True
    assert not outcome(reconciler, FAILING).is_own_fault
