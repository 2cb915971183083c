"""Two deployments share an instance, each with a bucket of its own. None may touch the entries of the other."""

import pytest

from imagesearch_ops.exit_codes import ExitCode
from tests.operator.reconcile.world import World

OURS = ("outlet/7/1.jpg", "outlet/7/2.jpg", "outlet/8/1.jpg")
GONE = ("7", "outlet/7/gone.jpg")
THEIRS = [("1001", "cups/1001/front.jpg"), ("1001", "cups/1001/back.jpg"), ("7", "shoes/7/1.jpg")]
SHARED = {"INGEST_RATE_SHARE_PERCENT": "33"}
NOT_OURS = "Entries without an object may be theirs"
# Deployments whose settings say which keys are theirs, and under whose rule IDs say it, too.
SEPARATED = {
    "include": {"INGEST_INCLUDE": "outlet/"},
    "several beginnings": {"INGEST_INCLUDE": "outlet/*.jpg,outlet-2/"},
    "prefix": {"INGEST_KEY_PREFIX": "outlet/"},
}
MIXED = {
    "nothing": {},
    "an extension": {"INGEST_INCLUDE": "*.jpg"},
    "one of two patterns": {"INGEST_INCLUDE": "outlet/,*.jpg"},
}


@pytest.fixture
def planted(world: World) -> World:
    """Plant our objects with their entries, one entry whose object is gone, and the entries of the other deployment."""
    world.fill(*OURS)
    world.index(GONE, *THEIRS)
    return world


@pytest.mark.parametrize("settings", MIXED.values(), ids=MIXED)
def test_deletions_are_withheld_if_orphans_may_be_theirs(planted: World, settings: dict[str, str]) -> None:
    planted.cloud.upload("outlet/9/new.jpg", b"bytes")
    done = planted.reconcile(None, environ=SHARED | settings, grace="0")
    assert done.code is ExitCode.LIMIT
    assert planted.announced() == ["outlet/9/new.jpg"]
    assert sorted(done.keys("withheld")) == sorted([GONE[1], *(pic_name for _, pic_name in THEIRS)])
    assert done.summary["withheld_because"] == (
        "other deployments share the instance (INGEST_RATE_SHARE_PERCENT is 33). Entries without an object may be "
        "theirs, because no setting says which keys are this deployment's. Set INGEST_INCLUDE to what only its keys "
        "begin with, such as outlet/."
    )


@pytest.mark.parametrize("settings", SEPARATED.values(), ids=SEPARATED)
def test_only_our_orphans_are_announced_if_keys_are_our_own(planted: World, settings: dict[str, str]) -> None:
    done = planted.reconcile(None, environ=SHARED | settings, grace="0")
    assert (done.code, planted.announced()) == (ExitCode.OK, [GONE[1]])


def test_a_prefix_of_the_url_tells_our_orphans(planted: World) -> None:
    audit = planted.audit(("-", GONE[1]), url=f"{planted.url}/outlet/")
    done = planted.reconcile(audit, environ=SHARED)
    assert (done.code, planted.announced()) == (ExitCode.OK, [GONE[1]])


@pytest.mark.parametrize(
    ("settings", "is_withheld"),
    [
        ({"INGEST_KEY_TEMPLATE": "outlet/{product_id}/{pic_name}"}, True),
        ({"INGEST_KEY_PREFIX": "outlet/", "INGEST_KEY_TEMPLATE": "{product_id}/{pic_name}"}, True),
        ({"INGEST_KEY_PREFIX": "outlet/", "INGEST_KEY_REGEX": "(?P<pic_name>(?P<product_id>[^/]+)/.+)"}, True),
        ({"INGEST_KEY_TEMPLATE": "{product_id}/{pic_name}"}, False),
        ({"INGEST_KEY_TEMPLATE": "outlet/{product_id}/{*}"}, False),
    ],
)
def test_ids_without_the_beginning_of_the_key_tell_nothing(
    on_aws: World, settings: dict[str, str], is_withheld
) -> None:
    environ = SHARED | {"INGEST_INCLUDE": "outlet/"} | settings
    rule = on_aws.settings().from_env(on_aws.environ(**environ)).rule_fingerprint()
    done = on_aws.reconcile(on_aws.audit(("-", "outlet/7/gone.jpg"), rule_fingerprint=rule), environ=environ)
    assert on_aws.announced() == ([] if is_withheld else ["outlet/7/gone.jpg"])
    assert (NOT_OURS in (done.summary["withheld_because"] or "")) is is_withheld


def test_entries_that_no_key_makes_may_be_theirs(planted: World) -> None:
    environ = SHARED | {"INGEST_INCLUDE": "outlet/"}
    done = planted.reconcile(None, environ=environ, grace="0", delete_unmade=len(THEIRS))
    assert done.code is ExitCode.LIMIT
    assert "these entries may be theirs" in done.summary["withheld_because"]
    assert planted.entries() >= {*THEIRS}


def test_nobody_is_told_to_delete_what_may_be_theirs(planted: World) -> None:
    done = planted.reconcile(None, environ=SHARED | {"INGEST_INCLUDE": "outlet/"}, grace="0", yes=False)
    assert "--delete-unmade" not in done.messages


def test_two_deployments_leave_the_entries_of_each_other(on_aws: World) -> None:
    """Each has a bucket and a queue of its own. Only the settings differ between the two rounds."""
    on_aws.cloud.s3.create_bucket(Bucket="outlet")
    on_aws.cloud.s3.put_object(Bucket="outlet", Key="outlet/7/1.jpg", Body=b"bytes")
    on_aws.fill("cups/1001/1.jpg")
    on_aws.index(("7", "outlet/7/1.jpg"))
    shops = {
        "cups/1001/1.jpg": {"INGEST_BUCKET": "pictures", "INGEST_INCLUDE": "cups/"},
        "outlet/7/1.jpg": {"INGEST_BUCKET": "outlet", "INGEST_INCLUDE": "outlet/"},
    }
    for own, settings in shops.items():
        (theirs,) = shops.keys() - {own}
        mixed = on_aws.reconcile(None, environ=SHARED | settings | {"INGEST_INCLUDE": ""}, grace="0")
        assert (mixed.code, mixed.keys("withheld")) == (ExitCode.LIMIT, [theirs])
        separate = on_aws.reconcile(None, environ=SHARED | settings, grace="0")
        assert (separate.code, separate.lines) == (ExitCode.OK, [])
    assert on_aws.announced() == []
