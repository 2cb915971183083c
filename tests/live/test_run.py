"""`make live` as a person runs it, against a local cloud that stands for the account."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from imagesearch_ingest.adapters.aws import client
from imagesearch_ops.run_folder import JOURNAL
from tests.e2e.conftest import clean_environ, wait_until
from tests.live.__main__ import run_safely
from tests.live.conftest import remains
from tests.support.pictures import jpeg

ROOT = Path(__file__).parents[2]
ASKING = "Asking instance demo (ap-southeast-1), AWS in us-east-1\n"
SHARED = ("IS-03", "AWS-13", "AWS-15", "AWS-17")


def environ_of(cloud, folder: Path, **variables: str) -> dict[str, str]:
    return clean_environ(**cloud.environ() | {"XDG_STATE_HOME": str(folder)} | variables)


@pytest.fixture
def run_here(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Return a function that runs all of it in this process. It returns the exit code and both outputs."""

    def run(environ: dict[str, str], json_path: Path | None = None) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run_safely(environ, json_path)
        return code, *capsys.readouterr()

    return run


def start(environ: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.live"],
        cwd=ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )


def test_without_an_account_it_says_what_it_needs(run_here, tmp_path: Path) -> None:
    code, stdout, stderr = run_here(clean_environ(XDG_STATE_HOME=str(tmp_path)))
    assert (code, stdout) == (2, "")
    for name in ("INGEST_INSTANCE_NAME", "AWS_REGION", "LIVE_STACK", "LIVE_SMQ_ENDPOINT", "LIVE_IMPORT_BUCKET"):
        assert name in stderr
    assert stderr.splitlines()[-1].startswith("error: there is nothing to ask.")


def test_without_a_yes_it_only_says_what_it_would_do(aws_cloud, run_here, tmp_path: Path) -> None:
    calls = len(aws_cloud.image_search.calls)
    code, stdout, stderr = run_here(environ_of(aws_cloud, tmp_path))
    assert code == 0
    assert stderr == "Nothing was done. To do it, add LIVE_YES=1.\n"
    for text in ("IS-03", "AWS-13", "CONTRACT", "AddImage calls", "LIVE_STACK"):
        assert text in stdout
    assert max(map(len, stdout.splitlines())) <= 80
    assert len(aws_cloud.image_search.calls) == calls
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"LIVE_ONLY": "IS-99"}, "LIVE_ONLY: IS-99 is no ID of docs/not-verified.md."),
        ({"LIVE_ONLY": "AWS-12"}, "LIVE_ONLY: AWS-12 has no probe: needs months."),
        ({"LIVE_MOST_ENTRIES": "many"}, "LIVE_MOST_ENTRIES is many. Write a number, such as 1000."),
        ({"LIVE_STACK": "nobody"}, "there is no stack nobody in us-east-1."),
    ],
    ids=["unknown", "without a probe", "no number", "no stack"],
)
def test_a_wrong_value_is_one_line(
    aws_cloud, run_here, tmp_path: Path, variables: dict[str, str], message: str
) -> None:
    code, stdout, stderr = run_here(environ_of(aws_cloud, tmp_path, LIVE_YES="1", **variables))
    assert (code, stdout, len(stderr.splitlines())) == (2, "", 1)
    assert message in stderr


def test_the_answers_are_a_table_and_lines_of_json(aws_cloud, run_here, tmp_path: Path) -> None:
    file = tmp_path / "answers.jsonl"
    environ = environ_of(aws_cloud, tmp_path / "state", LIVE_YES="1", LIVE_ONLY=",".join(SHARED))
    code, stdout, _ = run_here(environ, file)
    about, *lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert code == 0
    assert about["asked"] == "instance demo (ap-southeast-1), AWS in us-east-1"
    assert {line["id"]: line["answer"] for line in lines} == {
        "IS-03": "holds",
        "AWS-13": "holds",
        "AWS-15": "holds",
        "AWS-17": "cannot tell",  # moto has no counts of Logs Insights
    }
    assert lines[0]["line"].startswith("`Head.DocsFound` is the number")
    assert lines[1]["not_asked"] == "keys of KMS, and buckets in other regions"
    assert max(map(len, stdout.splitlines())) <= 80
    *_, settled, _, in_part = stdout.splitlines()
    assert settled == "Settled, to delete from docs/not-verified.md: IS-03, AWS-15"
    assert in_part == "Settled in part, to shorten to what was not asked: AWS-13"
    assert remains(aws_cloud) == []
    assert list((tmp_path / "state/imagesearch-ingest").iterdir()) == []


def test_a_difference_ends_with_1(aws_cloud, run_here, tmp_path: Path) -> None:
    aws_cloud.image_search.faults.add({"leg": "add", "kind": "error", "code": "UnsupportedPicPixels", "status": 400})
    code, stdout, _ = run_here(environ_of(aws_cloud, tmp_path, LIVE_YES="1", LIVE_ONLY="IS-04"))
    aws_cloud.image_search.faults.clear()
    assert code == 1
    assert "Look at what does not hold: IS-04" in stdout


def test_a_full_instance_is_left_alone(aws_cloud, run_here, tmp_path: Path) -> None:
    environ = environ_of(aws_cloud, tmp_path, LIVE_YES="1", LIVE_ONLY="IS-03", LIVE_MOST_ENTRIES="0")
    aws_cloud.upload("shoes/1.jpg", jpeg())
    wait_until(aws_cloud.image_search.entries)
    code, stdout, stderr = run_here(environ)
    assert (code, stdout) == (2, "")
    assert "the instance demo holds 1 entries, more than 0. Use a throwaway instance" in stderr
    assert len(aws_cloud.image_search.entries()) == 1
    aws_cloud.remove("shoes/1.jpg")
    wait_until(lambda: not aws_cloud.image_search.entries())


def test_without_a_network_nothing_can_be_told(aws_cloud, run_here, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    environ = environ_of(
        aws_cloud,
        tmp_path,
        LIVE_YES="1",
        LIVE_ONLY="IS-03,IS-14,AWS-07,AWS-15",
        INGEST_HTTPS_PROXY="http://127.0.0.1:9",
    )
    code, stdout, stderr = run_here(environ)
    assert code == 0
    assert "0 holds, 0 does not hold, 4 cannot tell" in stdout
    assert "Traceback" not in stdout + stderr
    assert "fault of this probe" not in stdout


def journal_lines(state: Path) -> list[dict[str, object]]:
    return [json.loads(line) for path in state.rglob(JOURNAL) for line in path.read_text().splitlines()]


BOTH = "IS-03,AWS-13,AWS-06,AWS-07,AWS-15,CONTRACT"


def begin(cloud, tmp_path: Path, only: str = BOTH) -> subprocess.Popen[str]:
    """Start a run, and wait until it has made a queue."""
    process = start(environ_of(cloud, tmp_path, LIVE_YES="1", LIVE_ONLY=only))
    wait_until(lambda: any(line.get("made") == "queue" for line in journal_lines(tmp_path)), 60)
    assert remains(cloud)
    return process


@pytest.mark.parametrize(("number", "expected"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_leaves_nothing_behind(aws_cloud, tmp_path: Path, number: int, expected: int) -> None:
    process = begin(aws_cloud, tmp_path)
    process.send_signal(number)
    _, stderr = process.communicate(timeout=60)
    assert (process.returncode, stderr) == (expected, ASKING)
    assert remains(aws_cloud) == []


def test_the_next_run_removes_what_a_killed_one_left(aws_cloud, run_here, tmp_path: Path) -> None:
    process = begin(aws_cloud, tmp_path)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert remains(aws_cloud)
    elsewhere = environ_of(aws_cloud, tmp_path, LIVE_YES="1", LIVE_ONLY="IS-10", INGEST_INSTANCE_REGION="cn-shanghai")
    _, _, stderr = run_here(elsewhere)
    assert "another run left something" in stderr
    assert remains(aws_cloud), "it may be another account's, in which nothing seems to be left"
    code, _, stderr = run_here(environ_of(aws_cloud, tmp_path, LIVE_YES="1", LIVE_ONLY="IS-10"))
    assert (code, stderr) == (0, ASKING)
    assert remains(aws_cloud) == []


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_contract_suites_do_not_outlive_their_run(aws_cloud, tmp_path: Path, number: int) -> None:
    """Only `make live` itself gets the signal."""
    process = begin(aws_cloud, tmp_path, "CONTRACT")
    process.send_signal(number)
    process.communicate(timeout=60)
    wait_until(lambda: not remains(aws_cloud), 60)


def test_no_key_is_in_what_it_prints(aws_cloud, run_here, monkeypatch, tmp_path: Path) -> None:
    secret = "planted-secret-of-the-account"
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    client._session.cache_clear()  # noqa: SLF001 - it keeps the key of the test before
    file = tmp_path / "answers.jsonl"
    environ = environ_of(aws_cloud, tmp_path, LIVE_YES="1", LIVE_ONLY="IS-03,IS-13,AWS-15")
    environ |= {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": secret, "AWS_SECRET_ACCESS_KEY": secret}
    _, stdout, stderr = run_here(environ, file)
    assert "IS-03" in stdout
    assert secret not in stdout + stderr + file.read_text()
    assert all(secret not in path.read_text() for path in tmp_path.rglob("*") if path.is_file())
