"""The ``dlq`` commands as an operator runs them, on the local SQS."""

import json
from collections.abc import Iterator

import pytest

from imagesearch_ingest.dead_letters.letter import Source
from local_cloud.aws import AwsServer
from tests.support.fakes import a_letter


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsServer]:
    server = AwsServer()
    server.start()
    yield server
    server.close()


@pytest.fixture
def queues(aws: AwsServer, tmp_path) -> dict[str, str]:
    client = aws.client("sqs")
    letters, ingest = (
        client.create_queue(QueueName=f"{tmp_path.name[-40:]}-{name}"[-80:])["QueueUrl"]
        for name in ("letters", "ingest")
    )
    for number, code in enumerate(["timeout", "corrupt_image", "timeout"]):
        key = f"shoes/\x1b[31m{number}.jpg"
        letter = a_letter(record_id=key, code=code, source=Source(cloud="aws", bucket="shop", key=key))
        client.send_message(QueueUrl=letters, MessageBody=letter.to_json())
    return {
        **aws.environ(),
        "INGEST_DEAD_LETTER_QUEUE_URL": letters,
        "INGEST_QUEUE_URL": ingest,
        "XDG_STATE_HOME": str(tmp_path),
    }


def test_letters_are_listed_replayed_discarded_and_gone(run, queues: dict[str, str], tmp_path) -> None:
    listed = run("dlq", "list", "--by", "reason", **queues)
    assert (listed.code, listed.stderr) == (0, f"dead letters (us-east-1): {queues['INGEST_DEAD_LETTER_QUEUE_URL']}\n")
    assert "imagesearch-ingest dlq replay --where reason=timeout" in listed.stdout
    replayed = run("dlq", "replay", "--where", "reason=timeout", "--force", "--yes", "--json", **queues)
    assert replayed.code == 0, replayed.stderr
    summary = replayed.summary
    assert (summary["seen"], summary["sent"], summary["kept"]) == (3, 2, 1)
    journal = (tmp_path / "imagesearch-ingest" / summary["run"] / "journal.jsonl").read_text(encoding="utf-8")
    assert [json.loads(line)["action"] for line in journal.splitlines()] == ["send", "send"]
    discarded = run("dlq", "discard", "--all", "--yes", "--json", **queues)
    assert discarded.summary["discarded"] == 1
    assert run("dlq", "list", "--json", **queues).summary["records"] == 0


def test_errors_and_tables_hold_no_control_character(run, queues: dict[str, str]) -> None:
    hostile = "\x1b]0;x\x07\u202e"
    for arguments in (
        ["list"],
        ["show", "shoes/\x1b[31m0.jpg"],
        ["show", hostile],
        ["list", "--where", f"{hostile}=x"],
        ["list", "--from", f"/no/{hostile}"],
        ["list", "--queue-url", f"https://sqs.example/{hostile}"],
        ["list", "--env-file", f"/no/{hostile}"],
        ["replay"],
    ):
        done = run("dlq", *arguments, **queues)
        assert not set(done.stdout + done.stderr) & {"\x1b", "\x07", "\u202e"}, arguments
        assert "Traceback" not in done.stderr


def test_a_failure_ends_with_a_summary_and_its_exit_code(run, queues: dict[str, str]) -> None:
    done = run("dlq", "list", "--json", **queues | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"})
    assert done.code == 5
    assert done.summary["exit"] == 5
    assert done.summary["error"]["reason"] == "network"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["replay", "--rate", "501"], "--rate"),
        (["replay", "--rate", "0"], "--rate"),
        (["replay", "--yes", "--dry-run"], "--dry-run"),
        (["discard", "--yes"], "--all"),
        (["list", "--by", "colour"], "--by"),
        (["list", "--stack", "a", "--env-file", "b"], "--env-file"),
        (["export", "/no/such/folder/e.jsonl"], "/no/such/folder"),
        (["show"], "ID|KEY"),
    ],
)
def test_wrong_usage_exits_with_2_and_names_the_cause(run, queues: dict[str, str], arguments: list, named: str) -> None:
    done = run("dlq", *arguments, **queues)
    assert done.code == 2
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    error = run("dlq", *arguments, "--json", **queues).summary["error"]
    assert (error["code"], error["reason"]) == (2, "usage")
    assert named in error["message"]
