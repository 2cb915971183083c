from dataclasses import replace
from io import BytesIO
from urllib.parse import quote

import pytest
from PIL import Image

from imagesearch_ingest.identity import IdentityRule
from imagesearch_ingest.images import Policy
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ChangeKind, ObjectChange, ObjectRef
from imagesearch_ingest.model.outcomes import IndexHolds, Outcome
from imagesearch_ingest.model.reasons import Reason, Result
from imagesearch_ingest.pacing.clock import Deadline
from imagesearch_ingest.reconcile.preparer import Preparer
from imagesearch_ingest.reconcile.reconciler import MAX_ATTEMPTS
from tests.support.builders import a_reconciler
from tests.support.fakes import FakeImageIndex, FakeIsolatedPreparer, FakeObjectStore, VirtualClock
from tests.support.pictures import jpeg

KEY = "2092061/front.jpg"
REF = ObjectRef("aws", "shop", KEY)
IDS = ("2092061", KEY)
GOOD, OTHER = jpeg(320, 200), jpeg(200, 320)
ETAG = f"etag-{hash(GOOD)}"  # as the fake makes it


class World:
    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.store = FakeObjectStore()
        self.index = FakeImageIndex()
        self.reconciler = a_reconciler(self.store, self.index, self.clock)

    def configure(self, **settings: object) -> None:
        self.reconciler = replace(self.reconciler, **settings)

    def reconcile(self, ref: ObjectRef = REF, *changes: ObjectChange) -> Outcome:
        return self.reconciler.reconcile(ref, Deadline.after(self.clock, 60), changes)

    def indexed_size(self) -> tuple[int, int] | None:
        """Return the width and height, which differ between the two pictures."""
        entry = self.index.entries.get(IDS)
        return Image.open(BytesIO(entry.pic_content)).size if entry else None


@pytest.fixture
def world() -> World:
    world = World()
    world.store.put("shop", KEY, GOOD)
    return world


def test_picture_in_the_bucket_is_added(world: World) -> None:
    outcome = world.reconcile()
    assert outcome.result is Result.ADDED
    assert outcome.reason is None
    assert (outcome.identity.product_id, outcome.identity.pic_name) == IDS
    assert world.indexed_size() == (320, 200)


def test_second_reconcile_changes_nothing(world: World) -> None:
    world.reconcile()
    before = dict(world.index.entries)
    assert world.reconcile().result is Result.ADDED
    assert world.index.entries == before


def test_gone_object_leaves_the_index(world: World) -> None:
    world.reconcile()
    world.store.remove("shop", KEY)
    assert world.reconcile().result is Result.DELETED
    assert not world.index.entries


@pytest.mark.parametrize("reason", [Reason.BUCKET_MISSING, Reason.ACCESS_DENIED, Reason.CREDENTIALS, Reason.NETWORK])
def test_only_a_missing_key_deletes(world: World, reason: Reason) -> None:
    world.reconcile()
    world.store.faults.script("fetch", *[IngestError(reason, "no")] * 9)
    assert world.reconcile().reason is reason
    assert IDS in world.index.entries


def test_mistyped_bucket_deletes_nothing(world: World) -> None:
    world.reconcile()
    assert world.reconcile(ObjectRef("aws", "shpo", KEY)).reason is Reason.BUCKET_MISSING
    assert IDS in world.index.entries


def test_overwrite_during_the_add_is_added(world: World) -> None:
    world.index.faults.script("add", lambda: world.store.put("shop", KEY, OTHER))
    assert world.reconcile().result is Result.ADDED
    assert world.indexed_size() == (200, 320)


def test_metadata_only_copy_is_a_change(world: World) -> None:
    world.index.faults.script("add", lambda: world.store.put("shop", KEY, GOOD, {"colour": "red"}))
    world.reconcile()
    assert world.index.adds == 2


def test_removal_during_the_add_deletes_the_entry(world: World) -> None:
    world.index.faults.script("add", lambda: world.store.remove("shop", KEY))
    assert world.reconcile().result is Result.DELETED
    assert not world.index.entries


def test_upload_during_the_delete_is_added(world: World) -> None:
    world.store.remove("shop", KEY)
    world.index.faults.script("delete", lambda: world.store.put("shop", KEY, OTHER))
    assert world.reconcile().result is Result.ADDED
    assert world.indexed_size() == (200, 320)


def test_ever_changing_object_is_handed_back(world: World) -> None:
    pictures = [jpeg(320, 201 + n) for n in range(MAX_ATTEMPTS)]
    world.index.faults.script("add", *[lambda data=data: world.store.put("shop", KEY, data) for data in pictures])
    outcome = world.reconcile()
    assert outcome.reason is Reason.OBJECT_CHANGING
    assert outcome.index_holds is IndexHolds.UNKNOWN


def test_key_without_ids_costs_no_download(world: World) -> None:
    world.store.faults.script("fetch", lambda: pytest.fail("it was fetched"))
    outcome = world.reconcile(ObjectRef("aws", "shop", "x" * 257))
    assert outcome.reason is Reason.KEY_TOO_LONG
    assert outcome.identity is None


def test_bad_overwrite_leaves_the_last_good_picture(world: World) -> None:
    world.reconcile()
    world.store.put("shop", KEY, b"<html>not a picture</html>")
    outcome = world.reconcile()
    assert outcome.result is Result.REJECTED
    assert outcome.reason is Reason.NOT_AN_IMAGE
    assert outcome.index_holds is IndexHolds.PREVIOUS
    assert world.indexed_size() == (320, 200)


def test_too_large_object_is_rejected(world: World) -> None:
    world.store.put("shop", KEY, b"x" * 1_000_001)
    assert world.reconcile().reason is Reason.OBJECT_TOO_LARGE


@pytest.mark.parametrize("method", ["fetch", "head"])
def test_transient_fault_of_the_bucket_is_retried(world: World, method: str) -> None:
    world.store.faults.script(method, IngestError(Reason.SERVICE_UNAVAILABLE, "no"))
    outcome = world.reconcile()
    assert outcome.result is Result.ADDED
    assert outcome.retries == 1
    assert outcome.milliseconds >= 200  # the wait, on the virtual clock


def test_lost_answer_leaves_the_index_unknown(world: World) -> None:
    lost = IngestError(Reason.TIMEOUT, "no answer")
    world.index.faults.script("add", *[lost] * 9)
    outcome = world.reconcile()
    assert outcome.result is Result.FAILED
    assert outcome.index_holds is IndexHolds.UNKNOWN


def test_refusal_keeps_the_vendors_code(world: World) -> None:
    refusal = IngestError(Reason.SERVICE_REJECTED, "no", service_code="UnsupportedPicPixels", service_request_id="R1")
    world.index.faults.script("add", refusal)
    outcome = world.reconcile()
    assert (outcome.service_code, outcome.service_request_id) == ("UnsupportedPicPixels", "R1")


def test_bug_is_the_outcome_of_its_object(world: World) -> None:
    def bug() -> None:
        raise KeyError("oops")

    world.index.faults.script("add", bug)
    outcome = world.reconcile()
    assert outcome.reason is Reason.INTERNAL_ERROR
    assert "oops" in outcome.detail
    assert "Traceback" in outcome.traceback


def change(key: str, other_key: str | None = None, *, noncurrent: bool = False, **content: object) -> ObjectChange:
    ref = ObjectRef("aws", "shop", key)
    return ObjectChange(ref, ChangeKind.CREATED, "ObjectCreated:Put", key, other_key, noncurrent, **content)


@pytest.mark.parametrize("kind", [ChangeKind.REMOVED, ChangeKind.ANNOUNCED])
def test_a_key_without_ids_whose_object_is_gone_is_skipped(world: World, kind: ChangeKind) -> None:
    ref = ObjectRef("aws", "shop", "x" * 300)
    removed = replace(change(ref.key), kind=kind)
    assert world.reconcile(ref, removed).reason is Reason.NEVER_INDEXED
    world.store.put("shop", ref.key, GOOD)
    assert world.reconcile(ref, removed).reason is Reason.KEY_TOO_LONG


def test_announced_folder_marker_is_skipped(world: World) -> None:
    """An announcement does not tell the size, so the event alone cannot decide."""
    ref = ObjectRef("aws", "shop", "x" * 300 + "/")
    announced = replace(change(ref.key), kind=ChangeKind.ANNOUNCED, size=None)
    world.store.put("shop", ref.key, b"")
    assert world.reconcile(ref, announced).reason is Reason.FOLDER_MARKER
    world.store.put("shop", ref.key, GOOD)
    assert world.reconcile(ref, announced).reason is Reason.KEY_TOO_LONG


def test_announced_object_that_is_gone_is_deleted(world: World) -> None:
    world.reconcile()
    world.store.remove("shop", KEY)
    outcome = world.reconcile(REF, replace(change(KEY), kind=ChangeKind.ANNOUNCED))
    assert (outcome.result, outcome.reason) == (Result.DELETED, None)
    assert world.index.entries == {}


def test_outcome_describes_the_overwrite_and_not_its_predecessor(world: World) -> None:
    world.index.faults.script("add", lambda: world.store.put("shop", KEY, b"x" * 1_000_001))
    outcome = world.reconcile()
    assert outcome.reason is Reason.OBJECT_TOO_LARGE
    assert outcome.state.size == 1_000_001
    assert outcome.prepared is None
    assert outcome.index_holds is IndexHolds.UNKNOWN


def test_no_call_after_the_deadline(world: World) -> None:
    world.store.faults.script("fetch", lambda: world.clock.sleep(61))
    outcome = world.reconcile()
    assert outcome.reason is Reason.NOT_BEGUN
    assert world.index.adds == 0


def test_wait_for_another_preparation_ends_at_the_deadline(world: World) -> None:
    with world.reconciler.preparer.lock:
        outcome = world.reconciler.reconcile(REF, Deadline.after(world.clock, 0.2))
    assert outcome.reason is Reason.NOT_BEGUN


def test_picture_has_the_time_that_is_left(world: World) -> None:
    isolated = FakeIsolatedPreparer()
    world.configure(preparer=Preparer(Policy(), isolated))
    world.store.faults.script("fetch", lambda: world.clock.sleep(20))
    outcome = world.reconciler.reconcile(REF, Deadline.after(world.clock, 60))
    assert outcome.result is Result.ADDED
    assert isolated.seconds == [40]


def test_removal_of_an_old_version_adds_nothing(world: World) -> None:
    outcome = world.reconcile(REF, change(KEY, noncurrent=True))
    assert (outcome.result, outcome.reason) == (Result.SKIPPED, Reason.NONCURRENT_VERSION)
    assert world.index.adds == 0


def test_removal_of_the_last_version_deletes_the_entry(world: World) -> None:
    world.reconcile()
    world.store.remove("shop", KEY)
    assert world.reconcile(REF, change(KEY, noncurrent=True)).result is Result.DELETED
    assert not world.index.entries


def test_upload_beside_removals_of_old_versions_is_added(world: World) -> None:
    assert world.reconcile(REF, change(KEY, noncurrent=True), change(KEY)).result is Result.ADDED


def encoded(world: World, **content: object) -> Outcome:
    """Reconcile an event for "a+b/c.jpg" while the bucket holds "a b/c.jpg"."""
    world.store.put("shop", "a b/c.jpg", GOOD)
    return world.reconcile(ObjectRef("aws", "shop", "a+b/c.jpg"), change("a+b/c.jpg", "a b/c.jpg", **content))


def test_key_in_the_other_encoding_is_found_by_its_content(world: World) -> None:
    outcome = encoded(world, etag=ETAG, size=len(GOOD))
    assert outcome.result is Result.ADDED
    assert outcome.ref.key == "a b/c.jpg"
    assert list(world.index.entries) == [("a b", "a b/c.jpg")]


@pytest.mark.parametrize(
    "content",
    [
        {"etag": "another", "size": len(GOOD)},
        {"etag": f"etag-{hash(GOOD)}", "size": 1},
        {"etag": f"etag-{hash(GOOD)}"},
        {},
    ],
)
def test_other_object_under_the_other_reading_is_untouched(world: World, content: dict) -> None:
    assert encoded(world, **content).result is Result.DELETED
    assert not world.index.entries


def test_fault_under_the_other_reading_is_raised(world: World) -> None:
    world.store.faults.script("head", *[IngestError(Reason.NETWORK, "down")] * 9)
    assert encoded(world, etag="e", size=1).reason is Reason.NETWORK


def test_key_rule_makes_the_ids(world: World) -> None:
    world.configure(rule=IdentityRule.from_settings(template="{product_id}/{pic_name}"))
    world.reconcile()
    assert list(world.index.entries) == [("2092061", "front.jpg")]


def test_excluded_key_keeps_its_entry(world: World) -> None:
    world.reconcile()
    world.configure(rule=IdentityRule.from_settings(exclude=("*.jpg",)))
    world.store.remove("shop", KEY)
    outcome = world.reconcile(REF, replace(change(KEY), kind=ChangeKind.REMOVED))
    assert (outcome.result, outcome.reason) == (Result.SKIPPED, Reason.EXCLUDED)
    assert IDS in world.index.entries


def test_setting_keeps_removed_pictures(world: World) -> None:
    world.reconcile()
    world.configure(keep_removed=True)
    world.store.remove("shop", KEY)
    assert world.reconcile().reason is Reason.REMOVED_KEPT
    assert IDS in world.index.entries


def test_attributes_come_from_metadata_then_key_then_settings(world: World) -> None:
    world.configure(
        rule=IdentityRule.from_settings(template="{product_id}/{str_attr}.jpg"),
        default_attributes={"str_attr": "default", "str_attr_2": "default", "int_attr": 7},
    )
    world.store.put("shop", KEY, GOOD, {"imagesearch-str-attr-2": "=?utf-8?q?r=C3=B6d?="})
    world.reconcile()
    entry = world.index.entries[IDS]
    assert (entry.str_attr, entry.str_attr_2, entry.int_attr) == ("front", "röd", 7)


def test_changed_metadata_reaches_the_index(world: World) -> None:
    world.reconcile()
    world.store.put("shop", KEY, GOOD, {"imagesearch-int-attr": "5"})
    world.reconcile()
    assert world.index.entries[IDS].int_attr == 5


def test_invalid_attribute_is_rejected_before_decoding(world: World) -> None:
    world.store.put("shop", KEY, b"no picture", {"imagesearch-str-attr-3": "s" * 129})
    outcome = world.reconcile()
    assert outcome.reason is Reason.ATTRIBUTE_INVALID
    assert all(word in outcome.detail for word in ("str_attr_3", "metadata", "129", "128"))


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [({}, Reason.SETTINGS_REFUSED), ({"imagesearch-category-id": "3"}, Reason.CATEGORY_INVALID)],
)
def test_source_of_a_refused_category_decides(world: World, metadata: dict, reason: Reason) -> None:
    world.configure(default_attributes={"category_id": 9999})
    world.store.put("shop", KEY, GOOD, metadata)
    refusal = IngestError(Reason.CATEGORY_INVALID, "no", service_code="InvalidCategory")
    world.index.faults.script("add", refusal)
    assert world.reconcile().reason is reason


def test_key_with_ids_in_its_other_reading_is_added(world: World) -> None:
    """The key has 40 characters, and 360 when URL-encoded."""
    key = "鞋" * 40 + ".jpg"
    world.store.put("shop", key, GOOD)
    raw = quote(key)
    outcome = world.reconcile(ObjectRef("aws", "shop", raw), change(raw, key, etag=ETAG, size=len(GOOD)))
    assert (outcome.result, outcome.ref.key) == (Result.ADDED, key)


def test_removal_in_another_bucket_is_skipped(world: World) -> None:
    world.reconcile()
    world.configure(bucket="shop")
    world.store.buckets["other"] = {}
    outcome = world.reconcile(ObjectRef("aws", "other", KEY))
    assert (outcome.result, outcome.reason) == (Result.SKIPPED, Reason.OTHER_BUCKET)
    assert IDS in world.index.entries


REFUSED_ELSEWHERE = [Reason.BUCKET_FORBIDDEN, Reason.LINK_BROKEN]


@pytest.mark.parametrize("reason", REFUSED_ELSEWHERE, ids=lambda reason: reason.code)
def test_unreadable_other_reading_is_not_the_object(world: World, reason: Reason) -> None:
    """The other reading of a key may lie outside the prefix that the role may read."""
    world.reconcile()
    world.store.remove("shop", KEY)
    world.store.faults.script("head", IngestError(reason, "not there", attempts=1))
    outcome = world.reconcile(REF, change(KEY, "elsewhere/x.jpg", etag="e", size=1))
    assert outcome.result is Result.DELETED
    assert not world.index.entries


def test_outage_under_the_other_reading_deletes_nothing(world: World) -> None:
    world.reconcile()
    world.store.remove("shop", KEY)
    world.store.faults.script("head", *[IngestError(Reason.NETWORK, "down")] * 5)
    assert world.reconcile(REF, change(KEY, "elsewhere/x.jpg", etag="e", size=1)).reason is Reason.NETWORK
    assert world.index.entries


def test_late_turn_is_given_back(world: World) -> None:
    """Work that starts in the last second would be killed with the invocation."""
    world.store.faults.script("fetch", lambda: world.clock.sleep(59.5))
    outcome = world.reconcile()
    assert outcome.reason is Reason.NOT_BEGUN
    assert world.reconciler.preparer.lock.acquire(blocking=False)


@pytest.mark.parametrize(("attempts", "holds"), [(None, IndexHolds.PREVIOUS), (3, IndexHolds.UNKNOWN)])
def test_bounded_refusal_leaves_the_index_unknown(world: World, attempts: int | None, holds: IndexHolds) -> None:
    """Another announcement of the very same content may have been added."""
    world.index.faults.script("add", *[IngestError(Reason.SERVICE_REJECTED, "PictureError", attempts=attempts)] * 3)
    outcome = world.reconcile()
    assert (outcome.reason, outcome.index_holds) == (Reason.SERVICE_REJECTED, holds)


@pytest.mark.parametrize("reason", [Reason.THROTTLED, Reason.CREDENTIALS], ids=lambda reason: reason.code)
def test_returning_record_keeps_its_reason(world: World, reason: Reason) -> None:
    """A failed second look must not turn it into a dead letter."""
    lost = IngestError(Reason.TIMEOUT, "no answer")
    world.index.faults.script("add", lost, IngestError(reason, "no", attempts=1))
    world.store.faults.script("head", *[IngestError(Reason.NETWORK, "down")] * 5)
    outcome = world.reconcile()
    assert (outcome.reason, outcome.index_holds) == (reason, IndexHolds.UNKNOWN)
