"""A queue that refuses, fails or is slow, and a backfill that is killed: nothing is lost, and every count adds up."""

import io
import json
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from imagesearch_ops.queues import port
from local_cloud.aws import AwsServer
from tests.e2e.conftest import COMMAND, Finished, clean_environ, wait_until
from tests.operator.backfill.conftest import AlibabaShop, AwsShop, Shop

KEYS = [f"shoes/{n:04}.jpg" for n in range(120)]
REFUSED = ["shoes/Thumbs.db", "x" * 300]
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class FaultySqs:
    """The local SQS. ``fault`` is called with the entries of each SendMessageBatch, and returns those to refuse.

    It may also return the code of an error of the whole request. ``pause`` is the time that a request takes, one after
    the other, in seconds.
    """

    def __init__(self, application: Application) -> None:
        self.application = application
        self.fault: Callable[[list[dict[str, Any]]], list[dict[str, Any]] | str] = lambda _: []
        self.pause = 0.0
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("HTTP_X_AMZ_TARGET") != "AmazonSQS.SendMessageBatch":
            return self.application(environ, start)
        with self._lock:
            time.sleep(self.pause)
            content = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
            refused = self.fault(content["Entries"])
        if isinstance(refused, str):
            return self._fail(refused, start)
        answer: dict[str, Any] = {"Successful": []}
        content["Entries"] = [entry for entry in content["Entries"] if entry not in refused]
        if content["Entries"]:
            answer = self._forward(environ, content)
        answer["Failed"] = [{"Id": one["Id"], "SenderFault": False, "Code": "InternalError"} for one in refused]
        return self._answer("200 OK", answer, start)

    def _forward(self, environ: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
        data = json.dumps(content).encode()
        changed = {"wsgi.input": io.BytesIO(data), "CONTENT_LENGTH": str(len(data))}
        answer: dict[str, Any] = json.loads(b"".join(self.application({**environ, **changed}, lambda *_: None)))
        return answer

    def _fail(self, code: str, start: Callable[..., Any]) -> Iterable[bytes]:
        status = "403 Forbidden" if code == "AccessDenied" else "503 Service Unavailable"
        return self._answer(status, {"__type": code, "message": "no"}, start)

    def _answer(self, status: str, content: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        data = json.dumps(content).encode()
        start(status, [("Content-Type", "application/x-amz-json-1.0"), ("Content-Length", str(len(data)))])
        return [data]


@pytest.fixture
def sqs(aws: AwsServer) -> Iterator[FaultySqs]:
    server = aws._server  # noqa: SLF001 - it has no faults of its own
    faulty = FaultySqs(server.app)
    server.app = faulty
    yield faulty
    server.app = faulty.application


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(port, "_WAITS_SECONDS", (0.01, 0.01, 0.01))


def count(summary: dict[str, Any]) -> list[int]:
    return [summary[name] for name in ("listed", "sent", "skipped")]


def test_entries_that_a_batch_refuses_are_sent_again(on_aws: AwsShop, sqs: FaultySqs, backfill) -> None:
    on_aws.put(*KEYS)
    known: set[str] = set()

    def refuse_three(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Refuse three of ten, the first time."""
        fresh = [entry for entry in entries if entry["MessageBody"] not in known]
        known.update(entry["MessageBody"] for entry in fresh)
        return fresh[2:5]

    sqs.fault = refuse_three
    done = backfill(on_aws)
    assert (done.summary["exit"], done.summary["sent"]) == (0, 120)
    assert on_aws.announced() == Counter(KEYS)
    assert len(known) == 120


@pytest.mark.parametrize(("code", "exit_code"), [("AccessDenied", 7), ("ServiceUnavailable", 5)])
def test_a_queue_that_fails_half_way_stops_it_and_it_goes_on(
    on_aws: AwsShop, sqs: FaultySqs, backfill, code: str, exit_code: int
) -> None:
    on_aws.put(*KEYS, *REFUSED)
    calls: list[int] = []

    def fail_from_the_fifth(entries: list[dict[str, Any]]) -> list[dict[str, Any]] | str:
        calls.append(len(entries))
        return code if len(calls) > 5 else []

    sqs.fault = fail_from_the_fifth
    first = backfill(on_aws)
    assert first.summary["exit"] == exit_code
    assert len(calls) <= 5 + 4 * 16  # every request on its way is tried four times
    assert first.summary["sent"] + first.summary["skipped"] == first.summary["listed"] <= 50
    about = on_aws.about()
    assert about["counts"]["sent"] == first.summary["sent"]
    assert {key for key in KEYS if key <= about["last_key"]} <= set(on_aws.announced())
    sqs.fault = lambda _: []
    second = backfill(on_aws, resume=str(on_aws.state))
    assert (second.summary["exit"], count(second.summary)) == (0, [122, 120, 2])
    assert set(on_aws.announced()) == set(KEYS)


def test_an_entry_that_stays_refused_is_never_dropped(on_aws: AwsShop, sqs: FaultySqs, backfill) -> None:
    on_aws.put(*KEYS)
    sqs.fault = lambda entries: [entry for entry in entries if "0033.jpg" in entry["MessageBody"]]
    done = backfill(on_aws)
    assert (done.summary["exit"], done.summary["sent"], done.summary["last_key"]) == (5, 30, "shoes/0029.jpg")
    sqs.fault = lambda _: []
    backfill(on_aws, resume=str(on_aws.state))
    assert set(on_aws.announced()) == set(KEYS)


def command(shop: Shop, *arguments: str) -> list[str]:
    return [COMMAND, "backfill", shop.url, "--yes", "--json", *arguments]


@contextmanager
def running(shop: Shop, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(  # noqa: S603 - our own command
        command(shop, *arguments),
        env=clean_environ(**shop.environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=30)


def finish(process: subprocess.Popen[str]) -> Finished:
    stdout, stderr = process.communicate(timeout=60)
    return Finished(process.returncode, stdout, stderr)


def journal_lines(state: Path) -> int:
    journal = state / "journal.jsonl"
    return journal.read_bytes().count(b"\n") if journal.exists() else 0


def check_state(shop: Shop) -> None:
    """Check what a run that was killed has recorded."""
    about = shop.about()
    counts = about.get("counts")
    if counts:
        assert counts["sent"] + counts["skipped"] == counts["listed"] == about["count"]
        assert {key for key in KEYS if key <= about["last_key"]} <= set(shop.announced())


def kill_and_resume(shop: AwsShop, sqs: FaultySqs, seed: int) -> None:
    rng = random.Random(seed)
    shop.put(*KEYS, *REFUSED)
    sqs.pause = 0.15  # a second brings a record of about six batches
    with running(shop, "--state", str(shop.state)) as process:
        wanted = rng.randint(1, 12)
        wait_until(lambda: journal_lines(shop.state) >= wanted or process.poll() is not None)
        time.sleep(rng.uniform(0, 1.8))
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=30)
        assert process.returncode in (-signal.SIGKILL, 0)
    check_state(shop)
    sqs.pause = 0.0
    with running(shop, "--resume", str(shop.state)) as process:
        second = finish(process)
    assert second.code == 0, second.stderr
    assert count(second.summary) == [122, 120, 2]
    assert set(shop.announced()) == set(KEYS)
    assert sorted(line["key"] for line in shop.read("objects.jsonl")) == sorted(REFUSED)


def test_a_run_that_is_killed_goes_on(on_aws: AwsShop, sqs: FaultySqs) -> None:
    kill_and_resume(on_aws, sqs, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 8))
def test_a_run_that_is_killed_at_any_moment_goes_on(on_aws: AwsShop, sqs: FaultySqs, seed: int) -> None:
    kill_and_resume(on_aws, sqs, seed)


def test_an_interrupted_run_goes_on(on_aws: AwsShop, sqs: FaultySqs) -> None:
    on_aws.put(*KEYS, *REFUSED)
    sqs.pause = 0.15
    with running(on_aws, "--state", str(on_aws.state)) as process:
        wait_until(lambda: journal_lines(on_aws.state) >= 3)
        process.send_signal(signal.SIGINT)
        first = finish(process)
    assert first.code == 130
    assert first.summary["sent"] + first.summary["skipped"] == first.summary["listed"] == on_aws.about()["count"]
    check_state(on_aws)
    with running(on_aws, "--resume", str(on_aws.state)) as process:
        second = finish(process)
    assert (second.code, count(second.summary)) == (0, [122, 120, 2])
    assert set(on_aws.announced()) == set(KEYS)


def stop_and_resume(on_alibaba: AlibabaShop, how: signal.Signals) -> None:
    on_alibaba.put(*KEYS, *REFUSED)
    with running(on_alibaba, "--state", str(on_alibaba.state), "--max-wait", "8s") as process:  # 40 messages
        wait_until(lambda: on_alibaba.about().get("count") == 40 if journal_lines(on_alibaba.state) else False)
        with running(on_alibaba, "--resume", str(on_alibaba.state)) as other:
            refused = finish(other)
        process.send_signal(how)
        first = finish(process)
    assert (refused.code, "is in use by another command" in refused.stderr) == (2, True)
    assert first.code == {signal.SIGKILL: -9, signal.SIGINT: 130, signal.SIGTERM: 143}[how]
    if how != signal.SIGKILL:
        assert count(first.summary) == [40, 40, 0]
    check_state(on_alibaba)
    with running(on_alibaba, "--resume", str(on_alibaba.state)) as process:
        second = finish(process)
    assert second.code == 0, second.stderr
    assert count(second.summary) == [122, 120, 2]
    assert on_alibaba.announced() == Counter(KEYS)


def test_a_run_that_waits_for_room_can_be_killed_and_goes_on(on_alibaba: AlibabaShop) -> None:
    stop_and_resume(on_alibaba, signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_waits_for_room_can_be_stopped_and_goes_on(on_alibaba: AlibabaShop, how: signal.Signals) -> None:
    stop_and_resume(on_alibaba, how)


def test_without_a_network_it_says_so(on_aws: AwsShop, backfill, monkeypatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    done = backfill(on_aws, environ={"INGEST_QUEUE_URL": "http://127.0.0.1:9/1/q"})
    assert (done.summary["exit"], done.summary["listed"]) == (5, 0)
    assert not (on_aws.state / "run.json").exists()


def test_a_full_disk_is_named_and_nothing_is_lost(on_aws: AwsShop, backfill, monkeypatch) -> None:
    on_aws.put(*KEYS)
    with monkeypatch.context() as patch:
        patch.setattr("imagesearch_ops.run_folder.RunFolder.journal", _full(on_aws.state / "journal.jsonl"))
        done = backfill(on_aws)
    assert (done.summary["exit"], done.summary["error"]["reason"]) == (1, "system")
    assert "journal.jsonl: No space left on device" in done.summary["error"]["message"]
    second = backfill(on_aws, resume=str(on_aws.state)) if on_aws.state.exists() else backfill(on_aws)
    assert second.summary["sent"] == 120
    assert set(on_aws.announced()) == set(KEYS)


def _full(path: Path) -> Callable[..., None]:
    def journal(*_: object) -> None:
        raise OSError(28, "No space left on device", str(path))

    return journal
