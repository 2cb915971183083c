"""``reconcile`` announces what an audit has found, and counts it."""

import json
from typing import Any

from imagesearch_ops.exit_codes import ExitCode
from tests.operator.reconcile.world import World

COUNTS = ("announced_adds", "announced_deletes", "rejected_retried", "deleted_entries", "changed", "withheld")
HOSTILE = ["a/new\nline.jpg", "a/tab\t.jpg", "a/plus+and%41.jpg", "a/blank .jpg ", "a/\u202egpj.exe", "鞋/👟.jpg"]


def counts_of(summary: dict[str, Any]) -> dict[str, int]:
    """Return the counts that are not 0."""
    return {name: summary[name] for name in COUNTS if summary[name]}


def test_what_is_missing_and_what_is_gone_is_announced(world: World) -> None:
    audit = world.audit(("+", "a/1.jpg"), ("-", "a/2.jpg"), ("x", "a/3.jpg"), ("~", "a/4.jpg"), (".", "a/5.txt"))
    done = world.reconcile(audit)
    assert done.code is ExitCode.OK
    assert world.announced() == ["a/1.jpg", "a/2.jpg"]
    assert (done.keys("announce_add"), done.keys("announce_delete")) == (["a/1.jpg"], ["a/2.jpg"])
    assert counts_of(done.summary) == {"announced_adds": 1, "announced_deletes": 1}
    assert (done.summary["audit"], done.summary["withheld_because"], done.summary["dry_run"]) == ("audit", None, False)


def test_a_line_names_the_ids_and_why(world: World) -> None:
    done = world.reconcile(world.audit(("+", "a/1.jpg")))
    assert done.lines == [
        {"action": "announce_add", "key": "a/1.jpg", "product_id": "a", "pic_name": "a/1.jpg", "why": "planted"}
    ]


def test_keys_are_announced_exactly(world: World) -> None:
    world.reconcile(world.audit(*(("+", key) for key in HOSTILE)))
    assert world.announced() == sorted(HOSTILE)


def test_hostile_keys_that_are_gone_are_looked_at_exactly(world: World) -> None:
    keys = [key for key in HOSTILE if "\n" not in key or not world.is_aws]  # moto's server takes no line break
    world.cloud.upload("a/plus and%41.jpg", b"x")
    world.cloud.upload("a/plus+andA.jpg", b"x")
    world.cloud.upload("a/blank .jpg", b"x")
    world.reconcile(world.audit(*(("-", key) for key in keys)))
    assert world.announced() == sorted(keys)


def test_nothing_changes_without_yes(world: World) -> None:
    world.index(("z", "x/by-hand.jpg"))
    audit = world.audit(("-", "a/2.jpg"), ("+", "a/1.jpg"), name="first")
    done = world.reconcile(audit, yes=False)
    assert done.code is ExitCode.OK
    assert counts_of(done.summary) == {"announced_adds": 1, "announced_deletes": 1}
    assert done.summary["dry_run"] is True
    audit = world.audit(("?", "z|x/by-hand.jpg"), name="second")
    assert world.reconcile(audit, yes=False, delete_unmade=1).summary["deleted_entries"] == 1
    assert ("z", "x/by-hand.jpg") in world.entries()
    assert world.announced() == []
    assert not (world.folder / "run").exists()


def test_a_dry_run_says_what_would_be_withheld(world: World) -> None:
    audit = world.audit(("-", "a/2.jpg"), counts={"same": 0})
    done = world.reconcile(audit, yes=False)
    assert (done.code, done.summary["withheld"]) == (ExitCode.OK, 1)
    assert "Deletions would be withheld: not one object is in the index" in done.messages


def test_what_is_known_to_be_rejected_is_announced_on_demand(world: World) -> None:
    done = world.reconcile(world.audit(("x", "a/3.jpg"), ("+", "a/1.jpg")), retry_rejected=True)
    assert world.announced() == ["a/1.jpg", "a/3.jpg"]
    assert counts_of(done.summary) == {"announced_adds": 1, "rejected_retried": 1}


def test_nothing_is_deleted_with_adds_only(world: World) -> None:
    done = world.reconcile(world.audit(("+", "a/1.jpg"), ("-", "a/2.jpg")), adds_only=True)
    assert done.code is ExitCode.OK
    assert world.announced() == ["a/1.jpg"]
    assert counts_of(done.summary) == {"announced_adds": 1}


def test_nothing_to_do_is_a_success(world: World) -> None:
    done = world.reconcile(world.audit(("x", "a/3.jpg"), ("~", "a/4.jpg")))
    assert done.code is ExitCode.OK
    assert world.announced() == []
    assert counts_of(done.summary) == {}


def test_the_run_is_kept(world: World) -> None:
    audit = world.audit(("+", "a/1.jpg"), ("-", "a/2.jpg"))
    done = world.reconcile(audit)
    about = json.loads((world.folder / "run" / "run.json").read_text())
    assert (about["command"], about["audit"], about["complete"]) == ("reconcile", str(audit), True)
    assert about["run"] == done.summary["run"]
    assert about["counts"]["announced_deletes"] == 1
    assert [line["action"] for line in world.journal() if "first" in line] == ["announce", "announce"]


def test_the_last_line_says_what_to_run_next(world: World) -> None:
    done = world.reconcile(world.audit(("+", "a/1.jpg")))
    assert done.messages.splitlines()[-1] == "Next, once the queue has drained: imagesearch-ingest audit"


def test_a_deployment_without_a_queue_is_refused(world: World) -> None:
    done = world.reconcile(world.audit(("+", "a/1.jpg")), environ={"INGEST_QUEUE_URL": ""})
    assert done.code is ExitCode.USAGE
    assert "this deployment has no queue to announce to" in done.messages


def test_a_second_reconcile_announces_the_same_again(world: World) -> None:
    audit = world.audit(("+", "a/1.jpg"), ("-", "a/2.jpg"))
    world.reconcile(audit)
    assert world.reconcile(audit).code is ExitCode.OK
    assert set(world.announced()) == {"a/1.jpg", "a/2.jpg"}


def test_what_an_audit_could_not_decide_is_left_alone_and_told(world: World) -> None:
    done = world.reconcile(world.audit(("+", "a/1.jpg"), ("!", "a/2.jpg"), counts={"errors": 1}))
    assert done.code is ExitCode.FAILED
    assert "1 could not be decided by the audit, and were left alone." in done.messages
    assert world.announced() == ["a/1.jpg"]
