import random
from io import BytesIO

import pytest
from PIL import Image

from imagesearch_ingest.errors import IngestError
from imagesearch_ingest.images import Limits
from imagesearch_ingest.ingest import MAX_ROUNDS, Ingest
from imagesearch_ingest.objects import ObjectRef
from imagesearch_ingest.outcomes import IndexHolds, Outcome
from imagesearch_ingest.reasons import Reason, Result
from imagesearch_ingest.retrying import Deadline, Retrier
from tests.fakes import FakeImageIndex, FakeObjectStore, VirtualClock
from tests.pictures import jpeg

KEY = "2092061/front.jpg"
REF = ObjectRef("aws", "shop", KEY)
IDS = ("2092061", KEY)
GOOD, OTHER = jpeg(320, 200), jpeg(200, 320)


class World:
    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.store = FakeObjectStore()
        self.index = FakeImageIndex()
        self.ingest = Ingest(
            store=self.store,
            index=self.index,
            retry=Retrier(self.clock, random.Random(1), call_seconds=1.0),
            clock=self.clock,
            instance_name="demo",
            max_source_bytes=1_000_000,
            limits=Limits(),
        )

    def converge(self, ref: ObjectRef = REF) -> Outcome:
        return self.ingest.converge(ref, Deadline.after(self.clock, 60))

    def indexed_size(self) -> tuple[int, int] | None:
        """Width and height tell the two pictures apart."""
        entry = self.index.entries.get(IDS)
        return Image.open(BytesIO(entry.pic_content)).size if entry else None


@pytest.fixture
def world() -> World:
    world = World()
    world.store.put("shop", KEY, GOOD)
    return world


def test_a_picture_in_the_bucket_comes_into_the_index(world: World) -> None:
    outcome = world.converge()
    assert outcome.result is Result.ADDED
    assert outcome.reason is None
    assert (outcome.identity.product_id, outcome.identity.pic_name) == IDS
    assert world.indexed_size() == (320, 200)


def test_converging_twice_changes_nothing(world: World) -> None:
    world.converge()
    before = dict(world.index.entries)
    assert world.converge().result is Result.ADDED
    assert world.index.entries == before


def test_an_object_that_is_gone_leaves_the_index(world: World) -> None:
    world.converge()
    world.store.remove("shop", KEY)
    assert world.converge().result is Result.DELETED
    assert not world.index.entries


@pytest.mark.parametrize("reason", [Reason.BUCKET_MISSING, Reason.ACCESS_DENIED, Reason.CREDENTIALS, Reason.NETWORK])
def test_only_a_missing_key_deletes(world: World, reason: Reason) -> None:
    world.converge()
    world.store.faults.script("fetch", *[IngestError(reason, "no")] * 9)
    assert world.converge().reason is reason
    assert IDS in world.index.entries


def test_a_mistyped_bucket_deletes_nothing(world: World) -> None:
    world.converge()
    assert world.converge(ObjectRef("aws", "shpo", KEY)).reason is Reason.BUCKET_MISSING
    assert IDS in world.index.entries


def test_an_overwrite_while_the_picture_is_added_is_added_too(world: World) -> None:
    world.index.faults.script("add", lambda: world.store.put("shop", KEY, OTHER))
    assert world.converge().result is Result.ADDED
    assert world.indexed_size() == (200, 320)


def test_a_metadata_only_copy_counts_as_a_change(world: World) -> None:
    world.index.faults.script("add", lambda: world.store.put("shop", KEY, GOOD, {"colour": "red"}))
    world.converge()
    assert world.index.adds == 2


def test_a_removal_while_the_picture_is_added_deletes_it_again(world: World) -> None:
    world.index.faults.script("add", lambda: world.store.remove("shop", KEY))
    assert world.converge().result is Result.DELETED
    assert not world.index.entries


def test_an_upload_while_the_picture_is_deleted_adds_it_again(world: World) -> None:
    world.store.remove("shop", KEY)
    world.index.faults.script("delete", lambda: world.store.put("shop", KEY, OTHER))
    assert world.converge().result is Result.ADDED
    assert world.indexed_size() == (200, 320)


def test_an_object_that_never_stands_still_is_handed_back(world: World) -> None:
    pictures = [jpeg(320, 200 + n) for n in range(MAX_ROUNDS)]
    world.index.faults.script("add", *[lambda data=data: world.store.put("shop", KEY, data) for data in pictures])
    outcome = world.converge()
    assert outcome.reason is Reason.OBJECT_CHANGING
    assert outcome.index_holds is IndexHolds.UNKNOWN


def test_a_key_without_an_identity_costs_no_download(world: World) -> None:
    world.store.faults.script("fetch", AssertionError)
    outcome = world.converge(ObjectRef("aws", "shop", "x" * 257))
    assert outcome.reason is Reason.KEY_TOO_LONG
    assert outcome.identity is None


def test_a_bad_overwrite_leaves_the_last_good_picture(world: World) -> None:
    world.converge()
    world.store.put("shop", KEY, b"<html>not a picture</html>")
    outcome = world.converge()
    assert outcome.result is Result.REJECTED
    assert outcome.reason is Reason.NOT_AN_IMAGE
    assert outcome.index_holds is IndexHolds.PREVIOUS
    assert world.indexed_size() == (320, 200)


def test_an_object_that_is_too_large_is_rejected(world: World) -> None:
    world.store.put("shop", KEY, b"x" * 1_000_001)
    assert world.converge().reason is Reason.OBJECT_TOO_LARGE


@pytest.mark.parametrize("method", ["fetch", "look"])
def test_a_transient_fault_of_the_bucket_is_repeated(world: World, method: str) -> None:
    world.store.faults.script(method, IngestError(Reason.SERVICE_UNAVAILABLE, "no"))
    outcome = world.converge()
    assert outcome.result is Result.ADDED
    assert outcome.retries == 1
    assert outcome.milliseconds >= 200  # the wait, on the virtual clock


def test_a_lost_answer_makes_what_the_index_holds_unknown(world: World) -> None:
    lost = IngestError(Reason.TIMEOUT, "no answer", reached_index=True)
    world.index.faults.script("add", *[lost] * 9)
    outcome = world.converge()
    assert outcome.result is Result.FAILED
    assert outcome.index_holds is IndexHolds.UNKNOWN


def test_a_refusal_keeps_the_vendors_code(world: World) -> None:
    refusal = IngestError(Reason.SERVICE_REJECTED, "no", service_code="UnsupportedPicPixels", service_request_id="R1")
    world.index.faults.script("add", refusal)
    outcome = world.converge()
    assert (outcome.service_code, outcome.service_request_id) == ("UnsupportedPicPixels", "R1")


def test_a_fault_of_ours_is_that_objects_outcome(world: World) -> None:
    def bug() -> None:
        raise KeyError("oops")

    world.index.faults.script("add", bug)
    outcome = world.converge()
    assert outcome.reason is Reason.INTERNAL_ERROR
    assert "oops" in outcome.detail
    assert "Traceback" in outcome.traceback
