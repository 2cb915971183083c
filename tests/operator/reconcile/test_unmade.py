"""Entries that no key makes are deleted only when their number is named, one by one, by both IDs."""

import time

import pytest

from imagesearch_ingest.settings import Settings
from imagesearch_ops.deployment import find_deployment
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.instance import open_instance
from tests.operator.reconcile.world import World

# The default rule makes ProductId of the folder and PicName of the whole key, so no key makes these.
OURS = [("p1", "x/by-hand-1.jpg"), ("p1", "x/by-hand-2.jpg"), ("p2", "x/by-hand-3.jpg")]


def rule_of(world: World, **settings: str) -> dict[str, str]:
    return {"rule_fingerprint": Settings.from_env(world.environ(**settings)).rule_fingerprint()}


def named(entries: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [("?", "|".join(ids)) for ids in entries]


@pytest.fixture
def planted(world: World) -> list[tuple[str, str]]:
    """Put the entries into the index, and one of the same ProductId that stays."""
    world.index(*OURS, ("p1", "p1/live.jpg"))
    return OURS


def test_they_are_told_but_not_deleted_without_the_option(world: World, planted) -> None:
    done = world.reconcile(world.audit(*named(planted)))
    assert (done.code, done.lines) == (ExitCode.OK, [])
    assert world.entries() >= {*planted}


def test_each_is_deleted_by_both_ids(world: World, planted) -> None:
    done = world.reconcile(world.audit(*named(planted)), delete_unmade=3)
    assert done.code is ExitCode.OK
    assert world.entries() & {*planted, ("p1", "p1/live.jpg")} == {("p1", "p1/live.jpg")}
    assert done.summary["deleted_entries"] == 3
    assert [(line["action"], line["product_id"], line["pic_name"]) for line in done.lines] == [
        ("delete_entry", *ids) for ids in planted
    ]


def test_a_line_is_written_before_each_is_deleted(world: World, planted) -> None:
    world.cloud.image_search.faults.add(
        {"leg": "delete", "kind": "error", "code": "Forbidden", "status": 403, "times": None}
    )
    done = world.reconcile(world.audit(*named(planted)), delete_unmade=3)
    assert done.code is ExitCode.OPERATOR_ACTION
    assert world.journal() == [{"action": "delete_entry", "product_id": "p1", "pic_name": "x/by-hand-1.jpg"}]
    assert world.entries() >= {*planted}


def test_a_product_is_never_deleted_as_a_whole(world: World, planted) -> None:
    client = open_instance(find_deployment(world.environ()))
    with pytest.raises(ValueError, match="pic_name"):
        client.delete("p1", "")
    assert world.entries() >= {*planted}


def test_more_than_named_are_withheld_as_a_whole(world: World, planted) -> None:
    done = world.reconcile(world.audit(*named(planted)), delete_unmade=2)
    assert (done.code, done.summary["withheld"]) == (ExitCode.LIMIT, 3)
    assert "no key makes 3 entries, which is more than --delete-unmade 2" in done.summary["withheld_because"]
    assert world.entries() >= {*planted}


def test_they_wait_for_the_additions(world: World, planted) -> None:
    done = world.reconcile(world.audit(("+", "a/1.jpg"), *named(planted)), delete_unmade=3)
    assert done.code is ExitCode.LIMIT
    assert "1 additions still need to run" in done.summary["withheld_because"]
    assert world.entries() >= {*planted}
    assert world.announced() == ["a/1.jpg"]


GUARDS = {
    "listing": {"counts": {"listing_complete": False}},
    "dump": {"counts": {"dump_complete": False}},
    "nothing is the same": {"counts": {"same": 0}},
}


@pytest.mark.parametrize("guard", GUARDS)
def test_a_guard_withholds_them(world: World, planted, guard: str) -> None:
    done = world.reconcile(world.audit(*named(planted), **GUARDS[guard]), delete_unmade=3)
    assert done.code is ExitCode.LIMIT
    assert world.entries() >= {*planted}


def test_an_audit_of_a_part_of_the_bucket_does_not_know_them(world: World, planted) -> None:
    done = world.reconcile(world.audit(*named(planted), url=f"{world.url}/shoes/"), delete_unmade=3)
    assert done.code is ExitCode.LIMIT
    assert "other keys may make them" in done.summary["withheld_because"]
    assert world.entries() >= {*planted}


@pytest.mark.usefixtures("planted")
def test_an_entry_that_a_key_makes_is_kept(world: World) -> None:
    done = world.reconcile(world.audit(*named([("p1", "p1/live.jpg")])), delete_unmade=1)
    assert (done.code, done.summary["changed"], done.lines[0]["why"]) == (ExitCode.OK, 1, "a key makes this entry")
    assert ("p1", "p1/live.jpg") in world.entries()


def test_an_entry_with_the_name_of_an_object_that_only_this_rule_leaves_out_is_kept(world: World) -> None:
    world.fill("bags/1/a.jpg", "shoes/1/a.jpg")
    world.index(("hand", "x.jpg"))
    done = world.reconcile(None, grace="0", delete_unmade=100_000, environ={"INGEST_INCLUDE": "shoes/*"})
    assert done.code is ExitCode.LIMIT
    assert world.entries() == {("1", "bags/1/a.jpg"), ("1", "shoes/1/a.jpg")}
    assert done.keys("withheld") == [None]
    assert "have the name of an object that this rule leaves out" in done.summary["withheld_because"]


def test_an_entry_whose_name_the_bucket_refuses_to_show_is_kept(world: World, planted) -> None:
    world.policy.reading = lambda key: key.startswith("bags/")
    world.index(("1", "bags/1/a.jpg"))
    audit = world.audit(*named([*planted, ("1", "bags/1/a.jpg")]))
    done = world.reconcile(audit, delete_unmade=4, environ={"INGEST_EXCLUDE": "bags/*"})
    assert (done.code, done.summary["deleted_entries"], done.summary["withheld"]) == (ExitCode.USAGE, 0, 0)
    audit = world.audit(
        *named([*planted, ("1", "bags/1/a.jpg")]), name="same", **rule_of(world, INGEST_EXCLUDE="bags/*")
    )
    done = world.reconcile(audit, delete_unmade=4, environ={"INGEST_EXCLUDE": "bags/*"})
    assert (done.code, done.summary["deleted_entries"], done.summary["withheld"]) == (ExitCode.LIMIT, 3, 1)


def test_an_entry_that_is_gone_is_told(world: World) -> None:
    done = world.reconcile(world.audit(*named([("p9", "x/none.jpg")])), delete_unmade=1)
    assert (done.code, done.summary["changed"]) == (ExitCode.OK, 1)
    assert world.journal() == []


def test_no_more_than_twenty_a_second_are_deleted(on_aws: World) -> None:
    entries = [("many", f"x/{number}.jpg") for number in range(15)]
    on_aws.index(*entries)
    began = time.monotonic()
    done = on_aws.reconcile(on_aws.audit(*named(entries)), delete_unmade=15)
    assert time.monotonic() - began >= 14 / 20
    assert done.summary["deleted_entries"] == 15
