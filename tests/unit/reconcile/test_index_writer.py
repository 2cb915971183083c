import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest

from imagesearch_ingest.attributes import NO_ATTRIBUTES
from imagesearch_ingest.images import Policy, prepare
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import ImageIdentity
from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ingest.model.reasons import Reason, Result
from imagesearch_ingest.pacing.clock import Deadline
from imagesearch_ingest.pacing.rate_limiter import RateLimiter
from imagesearch_ingest.pacing.retry import Budget, Retrier
from imagesearch_ingest.reconcile.index_writer import UPLOAD_SECONDS, IndexWriter
from imagesearch_ingest.reconcile.progress import Progress
from tests.support.fakes import FakeImageIndex, VirtualClock
from tests.support.pictures import jpeg

IDENTITY = ImageIdentity("p", "p/1.jpg")
IMAGE = prepare(jpeg(), Policy())
REFUSED = IngestError(Reason.THROTTLED, "slow down")


class World:
    def __init__(self, adds_per_second: float = 1000.0, deletes_per_second: float = 1000.0) -> None:
        self.clock = VirtualClock()
        self.index = FakeImageIndex()
        self.adds = RateLimiter(self.clock, random.Random(1), adds_per_second)
        self.deletes = RateLimiter(self.clock, random.Random(1), deletes_per_second)
        self.writer = IndexWriter(
            self.index, Retrier(self.clock, random.Random(2), 1.0), self.clock, "demo", self.adds, self.deletes
        )

    def add(self, seconds: float = 60.0) -> Progress:
        progress = self.progress(seconds)
        self.writer.add(IDENTITY, IMAGE, NO_ATTRIBUTES, progress)
        return progress

    def progress(self, seconds: float = 60.0) -> Progress:
        return Progress(ObjectRef("aws", "shop", "p/1.jpg"), Budget(Deadline.after(self.clock, seconds)))


@pytest.fixture
def world() -> World:
    return World()


def test_refused_adds_share_one_upload(world: World) -> None:
    world.index.faults.script("add", *[REFUSED] * 4)
    assert world.add().budget.retries == 4
    assert (len(world.index.uploads), world.index.adds) == (1, 5)


def test_calls_of_add_are_counted_with_those_refused_for_the_rate(world: World) -> None:
    world.index.faults.script("upload", REFUSED)  # another quota
    world.index.faults.script("add", REFUSED, IngestError(Reason.NETWORK, "cut"), REFUSED)
    outcome = world.add().outcome(Result.ADDED, 1.0, fault=None, trace=None)
    assert (outcome.add_calls, outcome.add_calls_throttled, outcome.retries) == (4, 2, 4)


def test_upload_is_renewed_once_it_may_have_expired(world: World) -> None:
    def slow() -> None:
        world.clock.sleep(UPLOAD_SECONDS)
        raise REFUSED

    world.index.faults.script("add", slow)
    world.add(seconds=10 * UPLOAD_SECONDS)
    assert (len(world.index.uploads), world.index.adds) == (2, 2)


def test_refusal_slows_the_limiter_down(world: World) -> None:
    before = world.adds.seconds_until_slot()
    world.index.faults.script("add", *[REFUSED] * 6)
    world.add()
    assert world.adds.seconds_until_slot() > before


@pytest.mark.parametrize(
    ("fault", "unknown"),
    [
        (IngestError(Reason.TIMEOUT, "no answer"), True),
        (IngestError(Reason.SERVICE_UNAVAILABLE, "500"), True),
        (IngestError(Reason.NETWORK, "reset"), True),
        (IngestError(Reason.THROTTLED, "slow down", attempts=1), False),
        (IngestError(Reason.SERVICE_REJECTED, "no"), False),
        (IngestError(Reason.CREDENTIALS, "who?"), False),
    ],
    ids=lambda value: value.reason.code if isinstance(value, IngestError) else None,
)
@pytest.mark.parametrize("call", ["add", "delete"])
def test_only_a_lost_answer_leaves_the_index_unknown(
    world: World, call: str, fault: IngestError, *, unknown: bool
) -> None:
    progress = world.progress()
    world.index.faults.script(call, *[fault] * 9)
    calls: dict[str, Callable[[], None]] = {
        "add": lambda: world.writer.add(IDENTITY, IMAGE, NO_ATTRIBUTES, progress),
        "delete": lambda: world.writer.delete(IDENTITY, progress),
    }
    with pytest.raises(IngestError):
        calls[call]()
    assert progress.may_have_changed_index is unknown


def test_lost_upload_needs_the_time_of_a_new_one(world: World) -> None:
    """Seven seconds suffice to repeat an add, and not to upload again before it."""
    lost = IngestError(Reason.SERVICE_REJECTED, "PictureError", attempts=3, needs_new_upload=True)
    world.writer = replace(world.writer, retry=Retrier(world.clock, random.Random(2), 5.0))
    world.index.faults.script("add", lost)
    with pytest.raises(IngestError) as error:
        world.add(seconds=7)
    assert len(world.index.uploads) == 1
    assert (error.value.reason, error.value.detail) == (
        Reason.NOT_BEGUN,
        "no time was left for another try after PictureError",
    )
    world.index.faults.script("add", REFUSED)
    world.add(seconds=7)


def test_bug_leaves_the_index_unknown(world: World) -> None:
    def bug() -> None:
        raise KeyError("oops")

    progress = world.progress()
    world.index.faults.script("add", bug)
    with pytest.raises(KeyError):
        world.writer.add(IDENTITY, IMAGE, NO_ATTRIBUTES, progress)
    assert progress.may_have_changed_index is True


def test_failed_upload_leaves_the_index_known(world: World) -> None:
    progress = world.progress()
    world.index.faults.script("upload", *[IngestError(Reason.TIMEOUT, "no answer")] * 9)
    with pytest.raises(IngestError):
        world.writer.add(IDENTITY, IMAGE, NO_ATTRIBUTES, progress)
    assert progress.may_have_changed_index is False
    assert world.index.adds == 0


def test_no_add_without_time_for_its_slot() -> None:
    world = World(adds_per_second=0.01)
    world.add()
    with pytest.raises(IngestError) as error:
        world.add(seconds=30)
    assert error.value.reason is Reason.NOT_BEGUN
    assert world.index.adds == 1


def test_waiting_for_a_slot_is_counted() -> None:
    world = World(adds_per_second=0.1)
    world.add()
    progress = world.add()
    assert 5 < progress.waited < 30
    assert progress.legs["wait"] == round(progress.waited * 1000)


@pytest.mark.parametrize(("seconds", "retries"), [(3.5, 1), (3.1, 0)])
def test_upload_is_repeated_with_time_for_three_requests(world: World, seconds: float, retries: int) -> None:
    """Each request may take a second, and the wait before the second try 0.2 to 0.4 seconds."""
    progress = world.progress(seconds)
    world.index.faults.script("upload", IngestError(Reason.NETWORK, "reset"))
    if retries:
        world.writer.add(IDENTITY, IMAGE, NO_ATTRIBUTES, progress)
    else:
        with pytest.raises(IngestError):
            world.writer.add(IDENTITY, IMAGE, NO_ATTRIBUTES, progress)
    assert progress.budget.retries == retries


@pytest.mark.parametrize(("seconds", "adds"), [(2.1, 1), (1.9, 0)])
def test_slot_is_taken_with_two_seconds_left(world: World, seconds: float, adds: int) -> None:
    with suppress(IngestError):
        world.add(seconds)
    assert world.index.adds == adds


@pytest.mark.parametrize(("seconds", "uploads"), [(600.3, 2), (599.9, 1)])
def test_upload_lives_for_ten_minutes(world: World, seconds: float, uploads: int) -> None:
    def slow() -> None:
        world.clock.sleep(seconds - 0.4)  # the wait before the next try takes 0.2 to 0.4 seconds
        raise REFUSED

    world.index.faults.script("add", slow)
    world.add(seconds=6000.0)
    assert len(world.index.uploads) == uploads


def test_unusable_upload_is_renewed(world: World) -> None:
    world.index.faults.script("add", IngestError(Reason.SERVICE_REJECTED, "no", attempts=3, needs_new_upload=True))
    world.add()
    assert (len(world.index.uploads), world.index.adds) == (2, 2)


def test_duration_of_the_add_is_a_leg(world: World) -> None:
    world.clock.sleep(100.0)
    world.index.faults.script("add", lambda: world.clock.sleep(3.0))
    assert world.add().legs == {"wait": 0, "add": 3000}


def test_deletes_wait_for_their_own_slots() -> None:
    world = World(deletes_per_second=0.1)
    world.writer.delete(IDENTITY, world.progress())
    progress = world.progress()
    world.writer.delete(IDENTITY, progress)
    assert 5 < progress.waited < 30


@pytest.mark.parametrize("call", ["add", "delete"])
def test_only_the_limiter_of_the_call_hears_a_refusal(world: World, monkeypatch, call: str) -> None:
    heard: list[str] = []
    monkeypatch.setattr(world.adds, "record_refusal", lambda: heard.append("add"))
    monkeypatch.setattr(world.deletes, "record_refusal", lambda: heard.append("delete"))
    world.index.faults.script(call, REFUSED)
    if call == "add":
        world.add()
    else:
        world.writer.delete(IDENTITY, world.progress())
    assert heard == [call]


def test_delete_names_one_picture(world: World) -> None:
    world.add()
    world.writer.delete(IDENTITY, world.progress())
    assert not world.index.entries
