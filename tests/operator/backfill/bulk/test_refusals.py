"""Why a bulk import is refused: in one line, and before anything is written."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local_cloud.clouds.alibaba import AlibabaCloud
from local_cloud.clouds.aws import AwsCloud
from tests.e2e.conftest import Finished
from tests.operator.backfill.bulk.conftest import GOOD, SETTINGS, SOURCE, World

Run = Callable[..., Finished]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with AlibabaCloud(SETTINGS, bucket=SOURCE, with_function=False) as cloud:
        world = World(cloud, tmp_path_factory.mktemp("state"))
        world.put_quietly("a.jpg", GOOD[0])
        cloud.oss.make_bucket(world.staging)
        cloud.oss.make_bucket("elsewhere", "cn-beijing")
        cloud.oss.make_bucket("full")
        cloud.bucket_owner.put("full", "theirs\u202e.jpg", b"x")
        cloud.oss.make_bucket("taken")
        cloud.bucket_owner.put("taken", "imagesearch-ingest.run", b"20260101T0000-abcd")
        yield world


def refuse(world: World, run: Run, *arguments: str, yes: bool = True, **changed: str) -> str:
    """Run the command, which must be refused with one line, and return that line."""
    before = {name: world.cloud.oss.objects(name) for name in (SOURCE, world.staging, "full", "taken")}
    given = ["--yes"] if yes else []
    environ = {name: value for name, value in world.environ(**changed).items() if value}
    done = run("backfill", f"oss://{SOURCE}", "--engine", "bulk", *arguments, *given, **environ)
    assert done.code == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert "\u202e" not in done.stderr
    assert {name: world.cloud.oss.objects(name) for name in before} == before
    assert world.tasks() == []
    assert not list((world.state / "imagesearch-ingest").glob("*"))
    return str(done.stderr.splitlines()[-1])


@pytest.mark.parametrize(
    ("staging", "why"),
    [
        (None, "--engine bulk needs an empty bucket"),
        ("staging", "--staging staging is no bucket of OSS. Write --staging oss://BUCKET"),
        ("s3://staging", "--staging s3://staging is no bucket of OSS"),
        ("oss://staging/folder", "names a folder"),
        (f"oss://{SOURCE}", "is the source itself"),
        ("oss://elsewhere", "there is no bucket elsewhere in cn-shanghai: it is in another region"),
        ("oss://nowhere-at-all", "there is no bucket nowhere-at-all in cn-shanghai. Image Search reads only buckets"),
        ("oss://Not-A-Name!", "Not-A-Name!: no bucket can have this name"),
        ("oss://full", "oss://full is not empty: it holds theirs"),
        ("oss://taken", "oss://taken belongs to the run 20260101T0000-abcd. Go on with it by --resume"),
    ],
)
def test_a_staging_bucket_that_cannot_be_used(shared: World, run: Run, staging: str | None, why: str) -> None:
    given = [] if staging is None else ["--staging", staging]
    assert why in refuse(shared, run, *given)


def test_the_dry_run_refuses_the_same(shared: World, run: Run) -> None:
    assert "is not empty" in refuse(shared, run, "--staging", "oss://full", yes=False)


@pytest.mark.parametrize(
    "rule",
    [
        {"INGEST_KEY_TEMPLATE": "{product_id}/{pic_name}"},
        {"INGEST_KEY_REGEX": "(?P<pic_name>(?P<product_id>[^/]+)/.+)", "INGEST_KEY_PREFIX": "shop/"},
    ],
)
def test_a_rule_that_makes_other_names(shared: World, run: Run, rule: dict[str, str]) -> None:
    line = refuse(shared, run, "--staging", f"oss://{shared.staging}", **rule)
    assert "makes PicName of a part of the key" in line
    assert "Use --engine queue, or a rule without pic_name." in line


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"INGEST_DEFAULT_CROP": "false"}, "INGEST_DEFAULT_CROP=false: increment.meta has no field for Crop"),
        ({"INGEST_INSTANCE_NAME": ""}, "the function's settings are unknown"),
    ],
)
def test_settings_that_rule_it_out(shared: World, run: Run, changed: dict[str, str], why: str) -> None:
    assert why in refuse(shared, run, "--staging", f"oss://{shared.staging}", **changed)


def test_a_rule_that_keeps_the_whole_key_is_taken(shared: World, run: Run, tmp_path: Path) -> None:
    for rule in (
        {"INGEST_KEY_TEMPLATE": "{product_id}.jpg"},
        {"INGEST_KEY_REGEX": "(?P<pic_name>(?P<product_id>[^.]+).+)"},
    ):
        environ = shared.environ(XDG_STATE_HOME=str(tmp_path), **rule)
        given = ("--engine", "bulk", "--staging", f"oss://{shared.staging}", "--json")
        done = run("backfill", f"oss://{SOURCE}", *given, **environ)
        assert (done.code, done.summary["sent"]) == (0, 1), done.stderr


def test_aws_is_refused(run: Run, tmp_path: Path) -> None:
    with AwsCloud(SETTINGS, bucket=SOURCE, with_function=False) as cloud:
        environ = cloud.environ() | {"XDG_STATE_HOME": str(tmp_path)}
        given = ("--engine", "bulk", "--staging", "oss://staging", "--yes")
        done = run("backfill", f"s3://{SOURCE}", *given, **environ)
    assert done.code == 2
    assert "the batch import of Image Search reads OSS only. Use --engine queue or direct." in done.stderr


def test_another_staging_bucket_cannot_go_on_with_a_run(shared: World, run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shared.cloud.oss.make_bucket("first")
    environ = shared.environ(XDG_STATE_HOME=str(tmp_path))
    url = f"oss://{SOURCE}"
    options = ("--engine", "bulk", "--staging", "oss://first", "--max-objects", "1", "--state", str(folder), "--yes")
    shared.cloud.oss.faults.add({"method": "PUT", "key": "a.jpg", "kind": "error", "code": "InDebt", "status": 403})
    assert run("backfill", url, *options, **environ).code == 7
    given = ("--engine", "bulk", "--staging", f"oss://{shared.staging}", "--resume", str(folder), "--yes")
    done = run("backfill", url, *given, **environ)
    assert done.code == 2
    assert f"the run uses oss://first, not oss://{shared.staging}" in done.stderr
