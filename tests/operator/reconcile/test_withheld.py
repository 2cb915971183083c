"""Deletions are withheld as a whole, with the reason in one line, and the additions are announced."""

import pytest

from imagesearch_ops.exit_codes import ExitCode
from tests.operator.reconcile.world import World

GUARDS = {
    "listing": (
        {"counts": {"listing_complete": False}},
        {},
        (
            "the listing of the bucket is not known to be whole. It may have ended early, or a policy may hide keys. "
            "Check what your key may list and read, then audit again."
        ),
    ),
    "dump": ({"counts": {"dump_complete": False}}, {}, "the dump of the index is not whole"),
    "nothing is the same": ({"counts": {"same": 0}}, {}, "not one object is in the index under its IDs"),
    "kept": ({}, {"INGEST_ON_REMOVED": "keep"}, "INGEST_ON_REMOVED=keep keeps the entries of objects that are gone"),
    "no bucket": ({}, {"INGEST_BUCKET": ""}, "INGEST_BUCKET is not set"),
}


@pytest.mark.parametrize("guard", GUARDS)
def test_a_guard_withholds_all_deletions(world: World, guard: str) -> None:
    about, environ, reason = GUARDS[guard]
    audit = world.audit(("+", "a/1.jpg"), ("-", "a/2.jpg"), ("-", "a/3.jpg"), **about)
    done = world.reconcile(audit, environ=environ)
    assert done.code is ExitCode.LIMIT
    assert world.announced() == ["a/1.jpg"]
    assert done.keys("withheld") == ["a/2.jpg", "a/3.jpg"]
    assert done.summary["withheld"] == 2
    assert reason in done.summary["withheld_because"]
    assert sum(reason in line for line in done.messages.splitlines()) == 1


def test_a_guard_is_silent_if_there_is_nothing_to_delete(world: World) -> None:
    audit = world.audit(("+", "a/1.jpg"), counts={"same": 0, "dump_complete": False})
    done = world.reconcile(audit, environ={"INGEST_BUCKET": ""})
    assert (done.code, done.summary["withheld_because"]) == (ExitCode.OK, None)


@pytest.mark.parametrize(
    ("orphans", "indexed", "is_withheld"),
    [(10, 20, False), (11, 20, True), (11, 109, True), (11, 110, False), (12, 119, True)],
)
def test_more_than_ten_and_than_a_tenth_are_withheld(on_aws: World, orphans: int, indexed: int, is_withheld) -> None:
    keys = [f"a/{number:02}.jpg" for number in range(orphans)]
    done = on_aws.reconcile(on_aws.audit(*(("-", key) for key in keys), counts={"indexed": indexed}))
    assert on_aws.announced() == ([] if is_withheld else keys)
    assert done.code is (ExitCode.LIMIT if is_withheld else ExitCode.OK)
    assert (done.summary["withheld_because"] is not None) is is_withheld


def test_a_limit_names_the_option_that_lifts_it(on_aws: World) -> None:
    done = on_aws.reconcile(on_aws.audit(*(("-", f"a/{number}.jpg") for number in range(11)), counts={"indexed": 20}))
    assert done.summary["withheld_because"] == (
        "11 entries have no object, which is more than 10 and than a tenth of the index. "
        "Look at them with --json. If they are right, add --allow-deletes 11."
    )
