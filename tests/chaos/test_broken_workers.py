"""The ledger finds a broken worker: each safeguard is switched off in turn, and some seed must complain."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from imagesearch_ingest.batch import batch, redelivery, settling
from imagesearch_ingest.batch.settling import Settler
from imagesearch_ingest.events.aws import sqs_message
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.outcomes import IndexHolds
from imagesearch_ingest.model.reasons import FaultClass, Reason
from imagesearch_ingest.reconcile import progress
from imagesearch_ingest.reconcile.bucket_reader import BucketReader
from tests.chaos import worker
from tests.chaos.payloads import prepare_in_worker
from tests.chaos.ports import WatchedStore
from tests.chaos.setup import Setup
from tests.chaos.simulation import World
from tests.support.fakes import FakeEventQueue

# A correct worker has no complaints in seeds like these (test_simulation.py). The second look matters in the first two.
_SEEDS = (1102, 1010, *range(1000, 1006), 1008)
Patch = pytest.MonkeyPatch


def no_second_look(patch: Patch) -> None:
    look = BucketReader.head
    patch.setattr(BucketReader, "head", lambda self, progress: progress.state or look(self, progress))


def never_unknown(patch: Patch) -> None:
    for module in (progress, batch, settling):
        patch.setattr(module, "IndexHolds", type("Holds", (), {"UNKNOWN": IndexHolds.PREVIOUS, "PREVIOUS": "previous"}))


def earlier_receives_forgotten(patch: Patch) -> None:
    as_seen_by = settling.as_seen_by

    def as_at_first_receive(record, outcomes):
        return as_seen_by(replace(record, receive_count=1), outcomes)

    patch.setattr(settling, "as_seen_by", as_at_first_receive)


def acknowledged_before_letter(patch: Patch) -> None:
    settle = Settler._settle  # noqa: SLF001 - the method to break

    def hasty(self: Settler, record, mine, invocation):
        self._acknowledge(record)
        return settle(self, record, mine, invocation)

    patch.setattr(Settler, "_settle", hasty)


def letters_at_first_receive(patch: Patch) -> None:
    patch.setattr(redelivery, "LAST_RECEIVE", 1)


def lettered_too_early(fault_class: FaultClass) -> Callable[[Patch], None]:
    def broken(patch: Patch) -> None:
        due = redelivery.needs_dead_letter

        def eager(outcome, delivery):
            return due(outcome, delivery) or (outcome.fault_class is fault_class and delivery.receive_count >= 8)

        for module in (settling, redelivery):
            patch.setattr(module, "needs_dead_letter", eager)

    broken.__name__ = f"{fault_class}_is_lettered"
    return broken


throttled_is_lettered, systemic_is_lettered, outage_is_lettered = map(
    lettered_too_early, (FaultClass.THROTTLED, FaultClass.SYSTEMIC, FaultClass.TRANSIENT)
)


def any_refusal_means_gone(patch: Patch) -> None:
    fetch = WatchedStore.fetch

    def careless(self: WatchedStore, ref, max_bytes):
        try:
            return fetch(self, ref, max_bytes)
        except IngestError:
            return None

    patch.setattr(WatchedStore, "fetch", careless)


def untrue_transient_reason(patch: Patch) -> None:
    outcome = progress.Progress.outcome

    def mistaken(self: progress.Progress, result, seconds, *, fault, trace):
        if fault and fault.reason in {Reason.NETWORK, Reason.TIMEOUT}:
            fault = IngestError(Reason.SERVICE_UNAVAILABLE, fault.detail)
        return outcome(self, result, seconds, fault=fault, trace=trace)

    patch.setattr(progress.Progress, "outcome", mistaken)


def unwritten_letters_ignored(patch: Patch) -> None:
    write = Settler._write_dead_letter  # noqa: SLF001 - the method to break

    def careless(self: Settler, outcome, record, invocation) -> None:
        write(self, outcome, record, invocation)

    patch.setattr(Settler, "_write_dead_letter", careless)


def nesting_letters(patch: Patch) -> None:
    read = sqs_message.read_message

    def read_whole_letter(*message):
        found = read(*message)
        return replace(found, event=found.text)

    patch.setattr(sqs_message, "read_message", read_whole_letter)


def never_isolated(patch: Patch) -> None:
    patch.setattr(worker, "prepare_in_child", prepare_in_worker)


def deferred_records_deleted(patch: Patch) -> None:
    patch.setattr(FakeEventQueue, "defer", lambda self, receipt, seconds: self.delete(receipt))  # noqa: ARG005 - as in the port


QUICKLY_CAUGHT = [no_second_look, acknowledged_before_letter, any_refusal_means_gone, outage_is_lettered]
CAUGHT = [
    *(never_unknown, earlier_receives_forgotten, letters_at_first_receive, throttled_is_lettered, systemic_is_lettered),
    *(nesting_letters, untrue_transient_reason, unwritten_letters_ignored, never_isolated, deferred_records_deleted),
]
BROKEN = QUICKLY_CAUGHT + [pytest.param(broken, marks=pytest.mark.slow) for broken in CAUGHT]


def complaints(cloud: str) -> Iterator[str]:
    for seed in _SEEDS:
        world = World(Setup(cloud, seed))
        yield from world.run().complaints


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: getattr(broken, "__name__", None))
def test_broken_worker_is_caught(broken: Callable[[Patch], None], monkeypatch: Patch) -> None:
    """An internal error does not count: it would mean that the patch no longer fits the method."""
    broken(monkeypatch)
    complaint = next(complaints("aws"), None)
    assert complaint is not None
    assert "internal error" not in complaint
