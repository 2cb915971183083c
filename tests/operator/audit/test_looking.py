"""Differences are looked at again: what has changed meanwhile is no drift, and what cannot be asked is undecided."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pytest

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.objects import ObjectRef, ObjectState
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops.audit.asking import Asker
from imagesearch_ops.audit.difference import Difference, Symbol
from imagesearch_ops.audit.looking import Looker
from imagesearch_ops.bucket_urls import BucketUrl
from imagesearch_ops.buckets import looking
from imagesearch_ops.buckets.existence import GONE, Existence
from imagesearch_ops.buckets.looking import ObjectLooker
from imagesearch_ops.deployment import find_deployment
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.instance import open_instance
from imagesearch_ops.report import Report
from imagesearch_ops.stores import open_store
from tests.operator.explain.conftest import World, alibaba_cloud, aws_cloud, on_alibaba, on_aws, world
from tests.support.fakes import FakeObjectStore

__all__ = ["alibaba_cloud", "aws_cloud", "on_alibaba", "on_aws", "world"]

T0 = 1_767_225_600.0  # 2026-01-01T00:00:00Z, when all objects of the fake store were written
DATA = b"picture"


@dataclass
class FakeAsker:
    """An index with the IDs of its entries, and faults for IDs."""

    entries: set[tuple[str, str]] = field(default_factory=set)
    faults: dict[str, IngestError] = field(default_factory=dict)
    asked: int = 0
    is_stopped: bool = False

    def has_entry(self, product_id: str, pic_name: str) -> bool:
        self.asked += 1
        if pic_name in self.faults:
            raise self.faults[pic_name]
        return (product_id, pic_name) in self.entries

    def stop(self) -> None:
        self.is_stopped = True


class RefusingStore(FakeObjectStore):
    """A store that refuses some keys."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: dict[str, IngestError] = {}
        self.heads = 0

    def head(self, ref: ObjectRef) -> ObjectState | None:
        self.heads += 1
        if ref.key in self.refused:
            raise self.refused[ref.key]
        return super().head(ref)


@pytest.fixture
def store() -> RefusingStore:
    store = RefusingStore()
    store.buckets["pictures"] = {}
    return store


@pytest.fixture
def index() -> FakeAsker:
    return FakeAsker()


@pytest.fixture
def looker(store: RefusingStore, index: FakeAsker) -> Looker:
    asker: Any = index

    def ask(key: str) -> Existence:
        state = store.head(ObjectRef("aws", "pictures", key))
        return Existence(is_there=True, last_modified=find_seconds(state)) if state else GONE

    objects = ObjectLooker(ask)
    return Looker(store, objects, "aws", "pictures", asker, T0, 0.0, is_listing=True, report=Report(as_json=False))


def find_seconds(state: ObjectState) -> float | None:
    return datetime.fromisoformat(state.last_modified).timestamp() if state.last_modified else None


def missing(key: str, *, etag: str = "", last_modified: float | None = T0 - 100) -> Difference:
    return Difference(Symbol.MISSING, key, "1", key, etag, last_modified, "no letter says why")


def orphaned(key: str) -> Difference:
    return Difference(Symbol.ORPHANED, key, "1", key, why="its object is gone")


def look(looker: Looker, *differences: Difference) -> list[Difference]:
    looked = list(looker.look_again(differences))
    assert [one.earlier for one in looked] == list(differences)
    return [one.now for one in looked]


def set_time(store: RefusingStore, key: str, time: str) -> None:
    source = store.buckets["pictures"][key]
    store.buckets["pictures"][key] = replace(source, state=replace(source.state, last_modified=time))


def test_a_missing_object_that_still_is_missing_is_confirmed_as_it_was(looker, store) -> None:
    store.put("pictures", "a", DATA)
    assert look(looker, missing("a")) == [missing("a")]


@pytest.mark.parametrize("case", ["added", "removed", "overwritten"])
def test_a_missing_object_that_has_changed_is_no_drift(looker, store, index, case: str) -> None:
    etag = ""
    if case != "removed":
        store.put("pictures", "a", DATA)
    if case == "added":
        index.entries.add(("1", "a"))
    if case == "overwritten":
        etag = "of-before"
    why = {
        "added": "the index has its entry now",
        "removed": "the object was removed after it was listed",
        "overwritten": "the object was overwritten after it was listed",
    }[case]
    before = missing("a", etag=etag)
    assert look(looker, before) == [before._replace(symbol=Symbol.WAITING, why=why)]


def test_quotes_and_case_make_no_other_etag(looker, store) -> None:
    store.put("pictures", "a", DATA)
    etag = store.buckets["pictures"]["a"].state.etag
    assert look(looker, missing("a", etag=f'"{etag.upper()}"'))[0].symbol is Symbol.MISSING


def test_an_entry_whose_object_is_gone_is_confirmed(looker, index) -> None:
    index.entries.add(("1", "a"))
    assert look(looker, orphaned("a")) == [orphaned("a")]


def test_an_entry_that_was_deleted_meanwhile_is_no_drift(looker) -> None:
    (found,) = look(looker, orphaned("a"))
    assert (found.symbol, found.why) == (Symbol.WAITING, "the entry was deleted after the dump was taken")


@pytest.mark.parametrize("at", ["2026-01-01T00:00:00+00:00", "2026-01-01T00:00:05+00:00"])
def test_an_object_that_was_uploaded_after_the_dump_is_no_drift(looker, store, index, at: str) -> None:
    looker.taken_at = T0 + 0.7  # HEAD shows whole seconds
    store.put("pictures", "a", DATA)
    set_time(store, "a", at)
    index.entries.add(("1", "a"))
    (found,) = look(looker, orphaned("a"))
    assert (found.symbol, found.why) == (Symbol.WAITING, "the object was uploaded after the dump was taken")
    assert looker.unlisted == 0


def test_an_old_object_that_the_listing_lacks_says_that_it_was_not_whole(looker, store, index) -> None:
    store.put("pictures", "a", DATA)
    set_time(store, "a", "2025-12-31T23:59:59+00:00")
    index.entries |= {("1", "a"), ("1", "b")}
    found = look(looker, orphaned("a"), orphaned("b"))
    assert [one.symbol for one in found] == [Symbol.UNDECIDED, Symbol.ORPHANED]
    assert found[0].why == "the object exists, but the listing lacks it: the listing is not whole"
    assert looker.unlisted == 1


def test_an_object_that_a_file_of_keys_lacks_is_not_orphaned(looker, store) -> None:
    looker.is_listing = False
    store.put("pictures", "a", DATA)
    set_time(store, "a", "2025-12-31T23:59:59+00:00")
    (found,) = look(looker, orphaned("a"))
    assert found.symbol is Symbol.WAITING
    assert found.why == "the object exists, but was not among the keys that were given"
    assert looker.unlisted == 0


def test_without_an_instance_the_bucket_alone_is_asked(looker, store) -> None:
    looker.asker = None
    store.put("pictures", "a", DATA)
    found = look(looker, missing("a"), missing("b"), orphaned("c"), orphaned("a"))
    assert [one.symbol for one in found] == [Symbol.MISSING, Symbol.WAITING, Symbol.ORPHANED, Symbol.WAITING]


def test_other_classes_pass_untouched_and_in_their_places(looker, store, index) -> None:
    others = [Difference(one, "k", "1", "k", why="x") for one in Symbol if not one.is_drift]
    keys = [f"{n:03}" for n in range(200)]
    for key in keys:
        store.put("pictures", key, DATA)
    differences = [one for key in keys for one in (missing(key), *others)]
    assert look(looker, *differences) == differences
    assert (index.asked, store.heads) == (200, 200)


def test_a_thousand_are_looked_at_and_of_the_rest_only_the_young_are_dropped(looker, store, index) -> None:
    looker.grace = 50.0
    keys = [f"{n:04}" for n in range(1002)]
    for key in keys:
        store.put("pictures", key, DATA)
        index.entries.add(("1", key))
    differences = [missing(key) for key in keys[:1000]]
    differences += [missing(keys[1000], last_modified=T0 - 49), missing(keys[1001])]
    found = look(looker, *differences)
    assert {one.symbol for one in found[:1000]} == {Symbol.WAITING}
    assert [one.symbol for one in found[1000:]] == [Symbol.WAITING, Symbol.MISSING]
    assert found[1000].why == "younger than the grace"
    assert (looker.looks, looker.left, store.heads, index.asked) == (1000, 2, 1000, 1000)


def test_some_entries_are_looked_at_however_many_objects_are_missing(looker, store, index) -> None:
    looker.most = 10
    keys = [f"{n:04}" for n in range(110)]
    store.put("pictures", keys[99], DATA)
    set_time(store, keys[99], "2025-12-31T23:59:59+00:00")
    index.entries |= {("1", key) for key in keys}
    look(looker, *[missing("x")] * 10, *map(orphaned, keys))
    assert (looker.looks, looker.left, looker.unlisted) == (110, 10, 1)


def test_an_entry_that_nobody_looks_at_waits_if_the_keys_are_older_than_the_dump(looker, index) -> None:
    looker.is_listing, looker.is_list_old, looker.most = False, True, 0
    keys = [f"{n:04}" for n in range(102)]
    index.entries |= {("1", key) for key in keys}
    found = look(looker, *map(orphaned, keys))
    assert [one.symbol for one in found] == [Symbol.ORPHANED] * 100 + [Symbol.WAITING] * 2
    assert found[101].why == "the keys were listed before the dump was taken, and nobody has looked at the object since"


def refusal(reason: Reason, detail: str = "refused") -> IngestError:
    return IngestError(reason, detail)


def test_an_object_that_is_refused_is_undecided_with_the_reason(looker, store, index) -> None:
    store.put("pictures", "b", DATA)
    store.refused["a"] = refusal(Reason.ACCESS_DENIED, "reading from s3://pictures: 403")
    index.faults["b"] = refusal(Reason.SERVICE_CODE_UNKNOWN, "Whatever")
    found = look(looker, missing("a"), orphaned("a"), missing("b"))
    assert [one.symbol for one in found] == [Symbol.UNDECIDED] * 3
    assert found[0].why == "access_denied: it could not be looked at again: reading from s3://pictures: 403"
    assert found[1].why == "the bucket does not say whether the object exists: reading from s3://pictures: 403"
    assert found[2].why == "service_code_unknown: it could not be looked at again: Whatever"
    assert looker.report.code == ExitCode.OK


def test_refused_objects_stop_nothing(looker, store) -> None:
    keys = [f"{n:03}" for n in range(100)]
    store.refused = {key: refusal(Reason.ACCESS_DENIED) for key in keys}
    assert {one.symbol for one in look(looker, *map(orphaned, keys))} == {Symbol.UNDECIDED}
    assert (store.heads, looker.unlisted) == (100, 100)


def test_a_fault_that_a_person_must_mend_stops_the_asking_and_is_told_once(looker, store, index, capsys) -> None:
    keys = [f"{n:03}" for n in range(300)]
    for key in keys:
        store.put("pictures", key, DATA)
        index.faults[key] = refusal(Reason.CREDENTIALS, "CheckImageExists failed: InvalidAccessKeyId")
    found = look(looker, *map(missing, keys))
    assert {one.symbol for one in found} == {Symbol.UNDECIDED}
    assert index.asked < 30
    assert capsys.readouterr().err == (
        "Differences could not be looked at again: CheckImageExists failed: InvalidAccessKeyId. Check the access key "
        "for this service, and its permissions. The rest is marked with !.\n"
    )
    assert (looker.report.code, looker.report.error["reason"]) == (ExitCode.FAILED, "credentials")


def test_an_outage_that_does_not_end_stops_the_asking(looker, store, index) -> None:
    keys = [f"{n:03}" for n in range(300)]
    for key in keys:
        store.put("pictures", key, DATA)
        index.faults[key] = refusal(Reason.SERVICE_UNAVAILABLE)
    assert {one.symbol for one in look(looker, *map(missing, keys))} == {Symbol.UNDECIDED}
    assert index.asked < 30


def test_faults_between_answers_stop_nothing(looker, store, index) -> None:
    keys = [f"{n:03}" for n in range(300)]
    for key in keys:
        store.put("pictures", key, DATA)
    index.faults |= {key: refusal(Reason.SERVICE_UNAVAILABLE) for key in keys[::20]}
    found = look(looker, *map(missing, keys))
    assert [one.symbol for one in found].count(Symbol.UNDECIDED) == 15
    assert looker.report.code == ExitCode.OK


def test_a_caller_that_stops_lets_nothing_wait(looker, store, index) -> None:
    store.put("pictures", "a", DATA)
    looked: Iterator[Any] = looker.look_again([missing("a")] * 10)
    next(looked)
    looked.close()
    assert index.is_stopped


def open_looker(world: World, **settings: str) -> Looker:
    """Return the looker of a world, whose dump was taken a moment ago."""
    deployment = find_deployment(world.environ(**settings))
    store = open_store(world.name, deployment)
    asker = Asker(open_instance(deployment))
    objects = looking.open_looker(BucketUrl(world.name, "pictures", ""), deployment)
    report = Report(as_json=False)
    return Looker(store, objects, world.name, "pictures", asker, time.time(), 0.0, is_listing=True, report=report)


def of(world: World, symbol: Symbol, key: str) -> Difference:
    return Difference(symbol, key, f"p{world.number}", key)


def test_bucket_and_index_of_both_clouds_are_asked(world: World) -> None:
    here, indexed, gone, left = (world.key(name) for name in ("here.jpg", "indexed +%41\t.jpg", "gone.jpg", "left.jpg"))
    for key in (here, indexed):
        world.upload(key)
    for key in (indexed, left):
        world.index(key)
    time.sleep(1.1)
    found = look(
        open_looker(world),
        *(of(world, Symbol.MISSING, key) for key in (here, indexed, gone)),
        *(of(world, Symbol.ORPHANED, key) for key in (left, gone, indexed)),
    )
    assert [one.symbol for one in found] == [
        Symbol.MISSING,
        Symbol.WAITING,
        Symbol.WAITING,
        Symbol.ORPHANED,
        Symbol.WAITING,
        Symbol.UNDECIDED,
    ]


def test_a_wrong_access_key_leaves_everything_undecided(on_aws: World, capsys) -> None:
    key = on_aws.upload(on_aws.key())
    looker = open_looker(on_aws, ALIBABA_CLOUD_ACCESS_KEY_SECRET="wrong")
    (found,) = look(looker, of(on_aws, Symbol.MISSING, key))
    assert found.symbol is Symbol.UNDECIDED
    assert capsys.readouterr().err.count("The rest is marked with !.") == 1
