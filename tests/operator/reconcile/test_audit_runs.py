"""``reconcile`` acts only on a finished and recent audit of the same deployment."""

import json
from pathlib import Path

import pytest

from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.run_folder import open_run
from tests.operator.reconcile.world import Done, World


def check_refused(world: World, done: Done, told: str) -> None:
    assert done.code is ExitCode.USAGE
    assert told in done.messages.splitlines()[-1]
    assert world.announced() == []


@pytest.mark.parametrize("age", [0, 3500, -30])
def test_a_recent_audit_is_taken(on_aws: World, age: float) -> None:
    assert on_aws.reconcile(on_aws.audit(("+", "a/1.jpg"), age=age)).code is ExitCode.OK


def test_an_old_audit_is_refused(world: World) -> None:
    done = world.reconcile(world.audit(("+", "a/1.jpg"), age=3700))
    check_refused(world, done, "is 62 minutes old. One hour is the most. Audit again, or leave RUN out.")


def test_an_audit_from_the_future_is_refused(on_aws: World) -> None:
    check_refused(on_aws, on_aws.reconcile(on_aws.audit(age=-600)), "is from the future: check the clock")


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"INGEST_INSTANCE_NAME": "other"}, 'instance was "demo", and is "other" here'),
        ({"INGEST_BUCKET": "other"}, 'bucket was "pictures", and is "other" here'),
        ({"INGEST_KEY_TEMPLATE": "{product_id}/{pic_name}"}, "rule was "),
        ({"INGEST_MAX_SOURCE_MEGABYTES": "7"}, "preparation was "),
    ],
)
def test_an_audit_of_another_deployment_is_refused(world: World, environ: dict[str, str], told: str) -> None:
    done = world.reconcile(world.audit(("+", "a/1.jpg"), ("-", "a/2.jpg")), environ=environ)
    check_refused(world, done, told)
    assert "is of another deployment" in done.messages


def test_everything_that_differs_is_named(on_aws: World) -> None:
    done = on_aws.reconcile(on_aws.audit(), environ={"INGEST_INSTANCE_NAME": "other", "INGEST_BUCKET": "other"})
    assert "instance was" in done.messages
    assert "bucket was" in done.messages


@pytest.mark.parametrize(
    ("about", "told"),
    [
        ({"complete": False}, "has not come to its end"),
        ({"command": "plan"}, "is not an audit, but plan"),
        ({"taken_at": "now"}, "does not say when the audit was made"),
        ({"taken_at": True}, "does not say when the audit was made"),
        ({"taken_at": float("nan")}, "One hour is the most"),
        ({"counts": {"missing": 7}}, "has 1 lines of class +, but the audit counted 7 missing"),
        ({"url": "nowhere"}, "nowhere: not a URL of a bucket"),
    ],
)
def test_an_audit_that_cannot_be_right_is_refused(on_aws: World, about: dict, told: str) -> None:
    check_refused(on_aws, on_aws.reconcile(on_aws.audit(("+", "a/1.jpg"), **about)), told)


@pytest.mark.parametrize(
    "line",
    [
        "no JSON",
        "[]",
        '{"key": "a"}',
        '{"class": "+", "key": null, "product_id": "a", "pic_name": "b"}',
        '{"class": "+", "key": "", "product_id": "a", "pic_name": "b"}',
        '{"class": "+", "key": 7, "product_id": "a", "pic_name": "b"}',
        '{"class": "?", "key": null, "product_id": "a", "pic_name": ""}',
        '{"class": "?", "key": null, "product_id": "a", "pic_name": null}',
        '{"class": "#", "key": "a", "product_id": "a", "pic_name": "b"}',
        '{"class": "+", "key": "a", "product_id": "a", "pic_name": "b", "more": 1}',
    ],
)
def test_a_broken_line_stops_before_anything_is_done(on_aws: World, line: str) -> None:
    audit = on_aws.audit(("+", "a/1.jpg"))
    with (audit / "differences.jsonl").open("a") as file:
        file.write(f"{line}\n")
    check_refused(on_aws, on_aws.reconcile(audit), "line 2 is not a difference of an audit")


def test_a_line_that_was_cut_short_stops_before_anything_is_done(on_aws: World) -> None:
    audit = on_aws.audit(("+", "a/1.jpg"), ("+", "a/2.jpg"))
    path = audit / "differences.jsonl"
    path.write_text(path.read_text()[:-1])
    check_refused(on_aws, on_aws.reconcile(audit), "line 2 is not a difference")


def test_a_missing_file_is_named(on_aws: World) -> None:
    audit = on_aws.audit(("+", "a/1.jpg"))
    (audit / "differences.jsonl").unlink()
    check_refused(on_aws, on_aws.reconcile(audit), "differences.jsonl is missing")


def test_a_run_that_is_not_there_is_named(on_aws: World) -> None:
    check_refused(on_aws, on_aws.reconcile("20260101T0000-abcd"), "there is no run 20260101T0000-abcd")


def test_a_file_that_is_no_run_is_named(on_aws: World, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "run.json").write_text("[]")
    check_refused(on_aws, on_aws.reconcile(tmp_path / "other"), "is not a run's: no JSON object")


def test_the_folder_of_another_run_is_not_overwritten(on_aws: World) -> None:
    audit = on_aws.audit(("+", "a/1.jpg"))
    check_refused(on_aws, on_aws.reconcile(audit, state=audit), "holds a run of another command")
    assert json.loads((audit / "run.json").read_text())["command"] == "audit"


def test_a_second_one_in_the_same_folder_waits(on_aws: World) -> None:
    audit, run = on_aws.audit(("+", "a/1.jpg")), on_aws.folder / "run"
    with open_run(run, {"command": "reconcile"}):
        check_refused(on_aws, on_aws.reconcile(audit), "is in use by another command")
    assert on_aws.reconcile(audit).code is ExitCode.OK
