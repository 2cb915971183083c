"""After reconciling, nothing of a picture stays in memory until the batch ends."""

import gc
import weakref
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ingest.model.reasons import Reason, Result
from imagesearch_ingest.pacing.clock import Deadline
from tests.support.builders import a_reconciler
from tests.support.fakes import FakeImageIndex, FakeObjectStore, VirtualClock
from tests.support.pictures import jpeg

KEY = "2092061/front.jpg"
REF = ObjectRef("aws", "shop", KEY)


@pytest.fixture
def store() -> FakeObjectStore:
    store = FakeObjectStore()
    store.put("shop", KEY, jpeg(320, 200))
    return store


def leaves(value: Any) -> Iterator[object]:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    for item in items:
        yield item
        yield from leaves(item)


def test_outcome_holds_no_bytes_of_the_picture(store: FakeObjectStore) -> None:
    clock = VirtualClock()
    outcome = a_reconciler(store, FakeImageIndex(), clock).reconcile(REF, Deadline.after(clock, 60))
    assert outcome.result is Result.ADDED
    assert outcome.prepared.bytes_in == len(jpeg(320, 200))
    assert not [leaf for leaf in leaves(asdict(outcome)) if isinstance(leaf, bytes)]


def test_fault_is_freed_without_the_garbage_collector(store: FakeObjectStore) -> None:
    """The fault holds the frames that hold up to 64 MB of picture. The garbage collector does not see that size."""
    fault, clock = IngestError(Reason.OBJECT_ARCHIVED, "no"), VirtualClock()
    gone = weakref.ref(fault)
    store.faults.script("head", fault)
    del fault
    gc.disable()
    try:
        outcome = a_reconciler(store, FakeImageIndex(), clock).reconcile(REF, Deadline.after(clock, 60))
        assert outcome.reason is Reason.OBJECT_ARCHIVED
        assert gone() is None
    finally:
        gc.enable()


def test_replaced_fault_is_freed_too(store: FakeObjectStore) -> None:
    index, clock = FakeImageIndex(), VirtualClock()
    lost, rejected = IngestError(Reason.TIMEOUT, "no answer"), IngestError(Reason.SERVICE_REJECTED, "no")
    refused = IngestError(Reason.ACCESS_DENIED, "no", attempts=1)
    gone = [weakref.ref(fault) for fault in (lost, rejected, refused)]
    index.faults.script("add", lost, rejected)
    store.faults.script("head", refused)
    del lost, rejected, refused
    gc.disable()
    try:
        outcome = a_reconciler(store, index, clock).reconcile(REF, Deadline.after(clock, 60))
        assert outcome.reason is Reason.ACCESS_DENIED
        assert [fault() for fault in gone] == [None, None, None]
    finally:
        gc.enable()
