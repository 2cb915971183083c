"""How much of an invocation a Function Compute worker keeps for sending records again."""

from contextlib import suppress
from dataclasses import replace

import pytest

from imagesearch_ingest.credentials import Credentials
from imagesearch_ingest.model.errors import NotDoneError
from imagesearch_ingest.redaction import Redactor
from tests.support.fakes import FakeRetryQueue
from tests.unit.entrypoints.test_fc_worker import World, array


@pytest.mark.parametrize(
    ("request_seconds", "seconds", "added"),
    [
        # Two requests and a second, if that is less than a quarter of the invocation.
        (1.0, 60.0, (57.1, 56.9)),
        (4.0, 60.0, (51.1, 50.9)),
        # A quarter otherwise.
        (13.0, 60.0, (45.1, 44.9)),
        (13.0, 20.0, (15.1, 14.9)),
        # At least two seconds.
        (0.1, 60.0, (58.1, 57.9)),
    ],
)
def test_time_is_kept_for_the_queue(request_seconds: float, seconds: float, added: tuple[float, float]) -> None:
    """The batch ends between the two instants: an upload that takes the first is late, the second is not."""
    late, in_time = added
    assert ended(request_seconds, seconds, late, FakeRetryQueue()) == 0
    assert ended(request_seconds, seconds, in_time, FakeRetryQueue()) == 1


def ended(request_seconds: float, seconds: float, fetch_seconds: float, queue: FakeRetryQueue | None = None) -> int:
    """Return 1 if an object whose read takes so long was prepared before the batch's deadline."""
    world = World(queue)
    world.worker = replace(world.worker, retry=replace(world.worker.retry, request_seconds=request_seconds))
    # A turn to prepare is refused with less than a second left.
    world.store.faults.script("fetch", lambda: world.clock.sleep(fetch_seconds - 1.0))
    with suppress(NotDoneError):
        world.run(array("a.jpg"), seconds=seconds)
    return len(world.isolated.seconds)


def test_two_seconds_are_kept_without_a_queue() -> None:
    assert (ended(13.0, 60.0, 58.1), ended(13.0, 60.0, 57.9)) == (0, 1)


def test_key_is_learnt_before_anything_is_logged() -> None:
    redactor, world = Redactor(), World(FakeRetryQueue())
    world.worker = replace(world.worker, redactor=redactor)
    world.run([], credentials=Credentials("STS.own", "very-secret", "long-token"))
    assert "very-secret" not in redactor.prose("the key is very-secret")
