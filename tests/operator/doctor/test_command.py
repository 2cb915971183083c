"""The command as an operator runs it: its output, its exit codes and its errors."""

import json
import subprocess
from pathlib import Path

import pytest

from imagesearch_ingest import __version__
from imagesearch_ops import output
from imagesearch_ops.doctor.check import Check
from imagesearch_ops.doctor.findings import broken, fine, unknown
from imagesearch_ops.doctor.showing import Row, show, summarize
from tests.e2e.conftest import COMMAND, Finished, clean_environ

HOSTILE = "x\x1b[31m\u202egpj.exe"


def _run(*arguments: object, **environ: str) -> Finished:
    done = subprocess.run(  # noqa: S603 - our own command
        [COMMAND, "doctor", *map(str, arguments)],
        env=clean_environ(**environ),
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    return Finished(done.returncode, done.stdout, done.stderr)


def _lines(done: Finished) -> list[dict]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_person_sees_groups_marks_and_what_to_copy(cloud) -> None:
    cloud.sqs.set_queue_attributes(QueueUrl=cloud.queue, Attributes={"VisibilityTimeout": "30"})
    done = _run(**cloud.environ())
    assert done.code == 7
    assert done.stderr == (
        "this shell's settings (us-east-1): s3://* -> demo (ap-southeast-1), 5 adds/s, release "
        f"{__version__}, rule the folder and the whole key\n"
    )
    lines = done.stdout.splitlines()
    assert "bucket" in [line.strip() for line in lines]
    assert any(line.split()[:2] == ["visibility", "broken"] for line in lines)
    assert any(line.split()[:2] == ["announces", "ok"] for line in lines)
    assert lines[-3] == (
        f"  aws sqs set-queue-attributes --queue-url {cloud.queue} --attributes VisibilityTimeout=1800"
    )
    assert lines[-1].startswith("35 checks: ")
    assert ", 1 broken, " in lines[-1]


def test_a_command_that_fails_ends_with_its_summary_too(cloud) -> None:
    done = _run("--stack", "shpo", **cloud.aws.environ())
    assert (done.code, done.stdout) == (2, "0 checks: 0 ok, 0 broken, 0 unknown\n")


def test_json_ends_with_the_summary(cloud) -> None:
    done = _run("--json", **cloud.environ())
    assert done.code == 0
    summary = _lines(done)[-1]["summary"]
    assert {"v", "run", "seconds", "exit", "error", "checks", "ok", "broken", "unknown"} <= summary.keys()
    assert summary["checks"] == summary["ok"] + summary["broken"] + summary["unknown"] == len(_lines(done)) - 1
    assert {tuple(line) for line in _lines(done)[:-1]} == {("check", "group", "ok", "detail", "fix")}


def test_a_file_of_variables_is_a_deployment_too(cloud, tmp_path: Path) -> None:
    environ = cloud.environ()
    path = tmp_path / "shop.env"
    path.write_text("".join(f"{name}={text}\n" for name, text in environ.items() if name.startswith("INGEST_")))
    shell = {name: text for name, text in environ.items() if not name.startswith("INGEST_")}
    done = _run("--env-file", path, "--json", **shell)
    assert done.code == 0
    assert done.stderr.startswith("shop.env (us-east-1): ")


@pytest.mark.parametrize(
    ("arguments", "environ", "said"),
    [
        (["--stack", "a", "--env-file", "b"], {}, "--stack and --env-file are both given"),
        (["--env-file", "/no/such.env"], {}, "/no/such.env: No such file"),
        (["--env-file", f"/no/{HOSTILE}"], {}, "No such file"),
        (["--stack", "shpo"], {}, "there is no stack shpo in us-east-1"),
        (["--stack", "local"], {"INGEST_KEY_PREFIX": "x/"}, "INGEST_KEY_PREFIX in the shell contradict local"),
    ],
)
def test_a_deployment_that_is_not_there_is_a_wrong_usage(cloud, arguments: list, environ: dict, said: str) -> None:
    done = _run(*arguments, "--json", **cloud.aws.environ() | environ)
    assert done.code == 2
    assert said in done.stderr
    assert not set(done.stderr) & {"\x1b", "\u202e"}
    assert _lines(done)[-1]["summary"]["error"]["code"] == 2


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_hostile_names_stay_inert(cloud, arguments: list[str]) -> None:
    settings = {"INGEST_BUCKET": HOSTILE, "INGEST_INSTANCE_NAME": HOSTILE[:15], "INGEST_KEY_TEMPLATE": HOSTILE}
    done = _run(*arguments, **cloud.environ() | settings)
    assert done.code == 7
    assert not set(done.stdout + done.stderr) & {"\x1b", "\u202e"}
    assert "Traceback" not in done.stderr


def test_an_aws_that_cannot_be_reached_is_unknown(cloud) -> None:
    done = _run("--json", **cloud.environ() | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"})
    assert {line["check"] for line in _lines(done)[:-1] if line["ok"] is False} == set()
    assert done.code == 0


def test_a_table_fits_into_eighty_columns(monkeypatch, capsys) -> None:
    monkeypatch.setattr(output, "_columns", lambda: 80)
    monkeypatch.setattr(output, "is_data_shown", lambda: True)
    checks = [Check(f"bucket.{name}", lambda _: fine("")) for name in ("announces", "read")]
    findings = [broken("word " * 60, "aws s3api put-bucket-notification-configuration " + "x" * 100), unknown("k" * 90)]
    show([Row.of(check, finding) for check, finding in zip(checks, findings, strict=True)])
    table, fixes = capsys.readouterr().out.split("To mend what is broken:")
    assert max(map(len, table.splitlines())) <= 80
    assert f"  aws s3api put-bucket-notification-configuration {'x' * 100}" in fixes.splitlines()


def test_a_summary_counts_every_mark() -> None:
    findings = [fine("a"), fine("b"), broken("c", "d"), unknown("e")]
    rows = [Row("x.y", "x", finding) for finding in findings]
    assert summarize(rows) == {"checks": 4, "ok": 2, "broken": 1, "unknown": 1}
    assert json.dumps(rows[3].public()) == (
        '{"check": "x.y", "group": "x", "ok": null, "detail": "unknown: e", "fix": null}'
    )
