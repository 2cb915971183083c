"""An entry is deleted only if the bucket says, right before, that its object is gone."""

import time
from collections.abc import Iterator

import pytest

from imagesearch_ops.bucket_urls import BucketUrl
from imagesearch_ops.buckets import looking
from imagesearch_ops.buckets.looking import open_looker
from imagesearch_ops.deployment import find_deployment
from imagesearch_ops.exit_codes import ExitCode
from tests.operator.reconcile.world import World

KEYS = [f"a/{number:03}.jpg" for number in range(60)]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "_SECONDS", 13.5)  # one request, and a moment to repeat it


@pytest.fixture
def uploaded(world: World) -> Iterator[list[str]]:
    for key in KEYS:
        world.cloud.upload(key, b"x")
    yield KEYS
    for key in KEYS:
        world.cloud.remove(key)


def test_an_object_that_came_back_is_kept(world: World) -> None:
    audit = world.audit(("-", "a/gone.jpg"), ("-", "b/back.jpg"), ("-", "c/gone.jpg"), age=3)
    world.cloud.upload("b/back.jpg", b"x")
    done = world.reconcile(audit)
    world.cloud.remove("b/back.jpg")
    assert done.code is ExitCode.OK
    assert world.announced() == ["a/gone.jpg", "c/gone.jpg"]
    assert done.keys("changed") == ["b/back.jpg"]
    assert done.summary["changed"] == 1


def test_objects_that_the_listing_has_hidden_stop_all_deletions(world: World, uploaded: list[str]) -> None:
    audit = world.audit(*(("-", key) for key in uploaded), ("-", "z/gone.jpg"), age=-30, counts={"indexed": 1000})
    done = world.reconcile(audit)
    assert done.code is ExitCode.LIMIT
    assert world.announced() == []
    assert done.summary["withheld_because"].startswith("the bucket has an object that it did not list to the audit")
    assert (done.summary["changed"], done.summary["withheld"]) == (1, 60)


def test_objects_that_a_policy_hides_are_kept(world: World, uploaded: list[str]) -> None:
    world.policy.listing = world.policy.reading = lambda key: key < "a/030"
    audit = world.audit(*(("-", key) for key in uploaded[:30]), ("-", "z/gone.jpg"), counts={"indexed": 1000})
    done = world.reconcile(audit)
    assert done.code is ExitCode.LIMIT
    assert world.announced() == ["z/gone.jpg"]
    assert done.keys("withheld") == uploaded[:30]
    assert done.summary["withheld_because"] == (
        "the bucket does not say whether 30 of the objects exist. See the lines of these keys."
    )


def test_a_refused_head_is_no_proof_even_if_get_finds_no_key(world: World) -> None:
    world.policy.denies = lambda method, key: method == "HEAD" and key.startswith("a/")
    done = world.reconcile(world.audit(("-", "a/gone.jpg")))
    assert (done.code, world.announced()) == (ExitCode.LIMIT, [])
    assert done.lines[0]["why"] == "HEAD answers 403, but GET says there is no key"


def test_a_bucket_that_vanished_proves_nothing(world: World) -> None:
    audit = world.audit(("-", "a/1.jpg"), ("-", "a/2.jpg"), url=world.url.replace("pictures", "vanished"))
    done = world.reconcile(audit, environ={"INGEST_BUCKET": "vanished"})
    assert done.code is ExitCode.OPERATOR_ACTION
    assert world.announced() == []
    assert done.summary["withheld"] == 2
    assert done.summary["error"]["reason"] == "bucket_missing"
    assert done.summary["withheld_because"].startswith("the bucket cannot be read: ")


def test_additions_are_announced_although_the_bucket_cannot_be_read(world: World) -> None:
    world.policy.reading = lambda _: True
    done = world.reconcile(world.audit(("+", "a/1.jpg"), ("-", "a/2.jpg")))
    assert world.announced() == ["a/1.jpg"]
    assert done.code is ExitCode.LIMIT


def test_a_network_that_fails_withholds_the_rest(world: World) -> None:
    keys = [f"gone/{number:03}.jpg" for number in range(200)]
    world.policy.down = lambda key: key >= "gone/101"
    audit = world.audit(("+", "a/1.jpg"), *(("-", key) for key in keys), counts={"indexed": 9000})
    done = world.reconcile(audit)
    assert done.code is ExitCode.OUTAGE
    assert world.announced() == ["a/1.jpg", *keys[:101]]
    assert (done.summary["announced_deletes"], done.summary["withheld"]) == (101, 99)
    assert done.summary["withheld_because"].startswith("the bucket cannot be read: ")
    assert len([key for _, key in world.policy.requests if key >= "gone/101"]) < 100


def test_one_object_that_cannot_be_read_withholds_only_itself(world: World) -> None:
    world.policy.down = lambda key: key == "gone/2.jpg"
    done = world.reconcile(world.audit(*(("-", f"gone/{number}.jpg") for number in (1, 2, 3))))
    assert (done.code, done.keys("withheld")) == (ExitCode.LIMIT, ["gone/2.jpg"])
    assert world.announced() == ["gone/1.jpg", "gone/3.jpg"]


def test_a_queue_that_is_gone_is_told(world: World) -> None:
    environ = {"INGEST_QUEUE_URL": f"{world.queue}-gone"}
    done = world.reconcile(world.audit(("+", "a/1.jpg"), ("-", "a/2.jpg")), environ=environ)
    assert done.code is ExitCode.OPERATOR_ACTION
    assert done.lines == []


@pytest.mark.parametrize("is_there", [True, False])
def test_existence_is_asked_exactly(world: World, is_there) -> None:
    began = time.time()
    if is_there:
        world.cloud.upload("a/exact +.jpg", b"x")
    looker = open_looker(BucketUrl.parse(world.url), find_deployment(world.environ()))
    found = looker("a/exact +.jpg")
    world.cloud.remove("a/exact +.jpg")
    assert found.is_there is is_there
    assert (found.last_modified is not None and found.last_modified > began - 2) is is_there


def test_a_key_that_is_no_text_is_withheld(world: World) -> None:
    done = world.reconcile(world.audit(("-", "a/\udc80.jpg")))
    assert (done.code, world.announced()) == (ExitCode.LIMIT, [])
    assert done.lines[0]["why"] == "the key is not UTF-8"
