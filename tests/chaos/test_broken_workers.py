"""The ledger can fail: each safeguard is switched off in turn, and some seed shows what it was for."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from imagesearch_ingest.batch import batch, redelivery, settling
from imagesearch_ingest.batch.settling import Settler
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.outcomes import IndexHolds
from imagesearch_ingest.model.reasons import FaultClass
from imagesearch_ingest.reconcile import progress
from imagesearch_ingest.reconcile.bucket_reader import BucketReader
from tests.chaos import worker
from tests.chaos.ports import EventQueue, Store
from tests.chaos.setup import Setup
from tests.chaos.simulation import World

# An unbroken worker has no complaints in these: test_simulation.py. In the first one the second look matters.
_SEEDS = (1019, *range(1000, 1006))
Patch = pytest.MonkeyPatch


def no_second_look(patch: Patch) -> None:
    look = BucketReader.head
    patch.setattr(BucketReader, "head", lambda self, progress: progress.state or look(self, progress))


def never_unknown(patch: Patch) -> None:
    for module in (progress, batch, settling):
        patch.setattr(module, "IndexHolds", type("Holds", (), {"UNKNOWN": IndexHolds.PREVIOUS, "PREVIOUS": "previous"}))


def earlier_receives_forgotten(patch: Patch) -> None:
    told = settling.as_seen_by

    def of_the_first(outcome, ref, record):
        return told(outcome, ref, replace(record, receive_count=1))

    patch.setattr(settling, "as_seen_by", of_the_first)


def deleted_before_the_letter(patch: Patch) -> None:
    settle = Settler._settle  # noqa: SLF001 - it is what is broken

    def hasty(self: Settler, record, mine, invocation):
        self._acknowledge(record)
        return settle(self, record, mine, invocation)

    patch.setattr(Settler, "_settle", hasty)


def letters_at_the_first_receive(patch: Patch) -> None:
    patch.setattr(redelivery, "LAST_RECEIVE", 1)


def throttled_is_lettered(patch: Patch) -> None:
    due = redelivery.needs_dead_letter

    def eager(outcome, receive_count):
        return due(outcome, receive_count) or (outcome.fault_class is FaultClass.THROTTLED and receive_count >= 8)

    for module in (settling, redelivery):
        patch.setattr(module, "needs_dead_letter", eager)


def systemic_is_lettered(patch: Patch) -> None:
    due = redelivery.needs_dead_letter

    def eager(outcome, receive_count):
        return due(outcome, receive_count) or outcome.fault_class is FaultClass.SYSTEMIC

    for module in (settling, redelivery):
        patch.setattr(module, "needs_dead_letter", eager)


def any_refusal_is_gone(patch: Patch) -> None:
    fetch = Store.fetch

    def careless(self: Store, ref, max_bytes):
        try:
            return fetch(self, ref, max_bytes)
        except IngestError:
            return None

    patch.setattr(Store, "fetch", careless)


def letters_lost_when_the_queue_is_down(patch: Patch) -> None:
    write = Settler._write_dead_letter  # noqa: SLF001 - it is what is broken

    def careless(self: Settler, outcome, record, invocation) -> None:
        write(self, outcome, record, invocation)

    patch.setattr(Settler, "_write_dead_letter", careless)


def never_prepared_apart(patch: Patch) -> None:
    patch.setattr(worker, "FIRST_ISOLATED_RECEIVE", 10**9)


def handed_back_for_good(patch: Patch) -> None:
    patch.setattr(EventQueue, "defer", lambda self, receipt, seconds: self.sqs.delete(receipt))  # noqa: ARG005 - as the method's


QUICKLY_CAUGHT = [no_second_look, deleted_before_the_letter, any_refusal_is_gone, systemic_is_lettered]
CAUGHT = [
    *(never_unknown, earlier_receives_forgotten, letters_at_the_first_receive, throttled_is_lettered),
    *(letters_lost_when_the_queue_is_down, never_prepared_apart, handed_back_for_good),
]
BROKEN = QUICKLY_CAUGHT + [pytest.param(broken, marks=pytest.mark.slow) for broken in CAUGHT]


def complaints(cloud: str) -> Iterator[str]:
    for seed in _SEEDS:
        world = World(Setup(cloud, seed))
        yield from world.run().complaints


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: getattr(broken, "__name__", None))
def test_a_broken_worker_is_caught(broken: Callable[[Patch], None], monkeypatch: Patch) -> None:
    broken(monkeypatch)
    assert next(complaints("aws"), None) is not None
