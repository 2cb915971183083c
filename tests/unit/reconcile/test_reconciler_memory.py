"""What is left of a picture when its journey is over: nothing that takes memory until the batch ends."""

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


def test_an_outcome_tells_of_the_picture_and_holds_no_bytes_of_it(store: FakeObjectStore) -> None:
    clock = VirtualClock()
    outcome = a_reconciler(store, FakeImageIndex(), clock).reconcile(REF, Deadline.after(clock, 60))
    assert outcome.result is Result.ADDED
    assert outcome.prepared.bytes_in == len(jpeg(320, 200))
    assert not [leaf for leaf in leaves(asdict(outcome)) if isinstance(leaf, bytes)]


def test_a_fault_is_gone_with_its_journey_and_does_not_wait_for_the_collector(store: FakeObjectStore) -> None:
    """It holds the frames that hold the picture: 64 MB, of which the collector knows nothing."""
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


def test_so_is_one_that_the_look_after_it_has_replaced(store: FakeObjectStore) -> None:
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
