"""What looks like a reason to delete, and is none: the whole command, with an audit that it makes itself."""

import time
from pathlib import Path
from typing import Any

import pytest

from imagesearch_ops.audit import dumps
from imagesearch_ops.buckets import oss, s3
from imagesearch_ops.exit_codes import ExitCode
from tests.operator.reconcile.world import Done, World

KEYS = [f"shoes/{number % 7}/{number:03}.jpg" for number in range(45)]
PAGE = 5


@pytest.fixture(autouse=True)
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (s3, oss):
        monkeypatch.setattr(module, "PAGE", PAGE)


@pytest.fixture
def filled(world: World) -> list[str]:
    return fill(world)


@pytest.fixture
def filled_oss(on_alibaba: World) -> list[str]:
    return fill(on_alibaba)


def fill(world: World) -> list[str]:
    """Fill bucket and index: one object is missing in the index, and the object of one entry is gone."""
    world.fill(*KEYS)
    world.cloud.upload("shoes/1/new.jpg", b"bytes")
    world.index(("1", "shoes/1/gone.jpg"))
    time.sleep(1.1)  # Last-Modified has whole seconds, and the objects must be older than the dump
    return sorted(KEYS)


def reconcile(world: World, **options: Any) -> Done:
    return world.reconcile(None, **{"grace": "0", **options})


def check_no_deletion(world: World, done: Done, reason: str, code: ExitCode = ExitCode.LIMIT) -> None:
    assert done.code is code, done.messages
    assert done.summary["announced_deletes"] == done.summary["deleted_entries"] == 0
    assert set(world.announced()) <= {"shoes/1/new.jpg"}
    assert sum(reason in line for line in done.messages.splitlines()) == 1, done.messages


@pytest.mark.usefixtures("filled")
def test_good_evidence_is_acted_on(world: World) -> None:
    done = reconcile(world)
    assert (done.code, world.announced()) == (ExitCode.OK, ["shoes/1/gone.jpg", "shoes/1/new.jpg"])


def test_a_listing_that_ends_after_its_third_page(world: World, filled: list[str]) -> None:
    last = filled[3 * PAGE - 1]
    world.policy.listing = lambda key: key > last
    check_no_deletion(world, reconcile(world), "the listing of the bucket is not known to be whole")


def test_a_listing_that_hides_a_few(world: World, filled: list[str]) -> None:
    world.policy.listing = lambda key: key in filled[-5:]
    check_no_deletion(world, reconcile(world), "the listing of the bucket is not known to be whole")


def test_a_policy_that_hides_half_of_the_keys(world: World, filled: list[str]) -> None:
    world.policy.listing = world.policy.reading = lambda key: key in filled[::2]
    check_no_deletion(world, reconcile(world), "the listing of the bucket is not known to be whole")


def test_a_policy_that_hides_a_tenth_of_the_keys(world: World, filled: list[str]) -> None:
    world.policy.listing = world.policy.reading = lambda key: key in filled[::23]
    check_no_deletion(world, reconcile(world), "the listing of the bucket is not known to be whole")


def test_a_limit_that_is_lifted_lifts_no_other_guard(world: World, filled: list[str]) -> None:
    world.policy.listing = world.policy.reading = lambda key: key in filled[::2]
    check_no_deletion(world, reconcile(world, allow_deletes=1000), "the listing of the bucket is not known to be whole")


@pytest.mark.usefixtures("filled")
def test_a_bucket_that_vanished(world: World) -> None:
    done = reconcile(world, environ={"INGEST_BUCKET": "vanished"})
    check_no_deletion(world, done, "NoSuchBucket", ExitCode.OPERATOR_ACTION)


@pytest.mark.usefixtures("filled")
def test_a_bucket_that_was_emptied(world: World) -> None:
    world.policy.listing = lambda _: True
    done = reconcile(world)
    check_no_deletion(world, done, "holds no objects", ExitCode.FAILED)


@pytest.mark.usefixtures("filled")
def test_a_key_rule_that_is_not_the_functions(world: World) -> None:
    done = reconcile(world, environ={"INGEST_KEY_TEMPLATE": "{product_id}/{*}"})
    assert done.summary["announced_deletes"] == 0
    assert world.announced() == sorted([*KEYS, "shoes/1/new.jpg"])  # the function adds them as they are


@pytest.mark.usefixtures("filled")
def test_another_rule_deletes_no_unmade_entries(world: World) -> None:
    before = world.entries()
    done = reconcile(world, delete_unmade=1000, environ={"INGEST_KEY_TEMPLATE": "{product_id}/{*}"})
    assert done.code is ExitCode.LIMIT
    assert world.entries() == before


def with_dump(monkeypatch: pytest.MonkeyPatch, change: Any) -> None:
    real = dumps.fetch_dump

    def fetch(client: Any, raw: Path, *rest: Any) -> Any:
        task = real(client, raw, *rest)
        raw.write_bytes(change(raw.read_bytes()))
        return task

    monkeypatch.setattr(dumps, "fetch_dump", fetch)


@pytest.mark.usefixtures("filled")
def test_an_empty_dump(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with_dump(monkeypatch, lambda _: b"")
    check_no_deletion(world, reconcile(world), "The dump is empty", ExitCode.FAILED)


@pytest.mark.usefixtures("filled")
def test_a_dump_twice_as_long_as_the_index(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with_dump(monkeypatch, lambda data: data + data)
    check_no_deletion(world, reconcile(world), "The dump has 92 entries, but the instance counted 46", ExitCode.FAILED)


@pytest.mark.usefixtures("filled")
def test_letters_that_cannot_be_read_stop_no_additions(world: World) -> None:
    done = reconcile(world, environ={"INGEST_DEAD_LETTER_QUEUE_URL": f"{world.letters}-gone"})
    assert done.code is ExitCode.FAILED
    assert "shoes/1/new.jpg" in world.announced()


# From here on, one cloud is enough.
@pytest.mark.parametrize(("limit", "is_withheld"), [(14, True), (15, False), (500, False)])
@pytest.mark.usefixtures("filled_oss")
def test_a_limit_is_a_ceiling(on_alibaba: World, limit: int, is_withheld) -> None:
    on_alibaba.index(*(("2", f"shoes/2/gone-{number}.jpg") for number in range(14)))
    done = reconcile(on_alibaba, allow_deletes=limit)
    assert done.summary["announced_deletes"] == (0 if is_withheld else 15)
    assert done.code is (ExitCode.LIMIT if is_withheld else ExitCode.OK)


@pytest.mark.usefixtures("filled_oss")
def test_a_limit_compares_anew(on_alibaba: World) -> None:
    audit = on_alibaba.audit(("-", "shoes/1/gone.jpg"), ("-", "shoes/1/no-longer.jpg"))
    done = on_alibaba.reconcile(audit, allow_deletes=5, grace="0")
    assert done.code is ExitCode.OK
    assert done.keys("announce_delete") == ["shoes/1/gone.jpg"]
    assert done.summary["audit"] != "audit"


@pytest.mark.usefixtures("filled_oss")
def test_the_audit_that_was_made_can_be_named_again(on_alibaba: World) -> None:
    done = reconcile(on_alibaba, yes=False)
    again = on_alibaba.reconcile(on_alibaba.folder / "run" / f"audit-{done.summary['audit']}")
    assert (again.code, again.summary["announced_adds"]) == (ExitCode.OK, 1)


@pytest.mark.usefixtures("filled_oss")
def test_a_dry_run_that_audits_prints_no_line_of_the_audit(on_alibaba: World) -> None:
    done = reconcile(on_alibaba, yes=False)
    assert {line["action"] for line in done.lines} == {"announce_add", "announce_delete"}
    assert on_alibaba.announced() == []
