"""The commands with a cloud that runs elsewhere: the emulator, ``--live`` and ``dlq``, and their errors without one."""

import os
import signal
from pathlib import Path

import boto3
import pytest

from tests.e2e.conftest import wait_until
from tests.e2e.emulator import Emulator
from tests.support.operator_queue import peek_sqs
from tests.support.pictures import jpeg

EVENTS = Path(__file__).parents[2] / "events"


@pytest.mark.slow
def test_failed_event_without_a_queue_gives_the_reason(run) -> None:
    unreachable = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    done = run("invoke", EVENTS / "aws-eventbridge-object-created.json", "--live", **LIVE | KEYS | unreachable)
    assert done.code == 5
    assert [line["reason"] for line in done.lines] == ["network"]
    assert "Traceback" not in done.stderr


LIVE = {
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "INGEST_INSTANCE_NAME": "demo",
    "INGEST_INSTANCE_REGION": "ap-southeast-1",
    "INGEST_QUEUE_URL": "http://127.0.0.1:9/queue",
    "INGEST_DEAD_LETTER_QUEUE_URL": "http://127.0.0.1:9/dead-letters",
}
KEYS = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}


def test_live_without_credentials_exits_with_7(run) -> None:
    done = run("invoke", EVENTS / "aws-sqs-object-created.json", "--live", **LIVE)
    assert done.code == 7
    assert [line["reason"] for line in done.lines] == ["credentials"]
    assert "no AWS credentials were found" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_live_without_a_network_exits_with_5(run) -> None:
    unreachable = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    done = run("invoke", EVENTS / "aws-sqs-object-created.json", "--live", **LIVE | KEYS | unreachable)
    assert done.code == 5
    assert [line["reason"] for line in done.lines] == ["network"]
    assert "Traceback" not in done.stderr


def test_live_without_region_exits_with_2(run) -> None:
    done = run("invoke", EVENTS / "aws-sqs-object-created.json", "--live", **LIVE | {"AWS_REGION": ""})
    assert done.code == 2
    assert done.stderr.splitlines()[1].startswith("AWS_REGION is not set")


def test_unreadable_dead_letter_queue_gets_one_line(run) -> None:
    queue = "http://127.0.0.1:9/queue"
    done = run("dlq", "list", "--queue-url", queue, AWS_REGION="us-east-1", AWS_EC2_METADATA_DISABLED="true")
    assert (done.code, done.stderr.splitlines()[0]) == (7, f"dead letters (us-east-1): {queue}")
    (error,) = done.stderr.splitlines()[1:]
    assert error.startswith(f"imagesearch-ingest: reading the attributes of {queue} failed: no AWS credentials were")
    unreachable = {"AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    done = run("dlq", "list", "--queue-url", queue, **KEYS, **unreachable)
    assert (done.code, done.stderr.count("\n")) == (5, 2)
    assert "the connection broke or could not be made" in done.stderr


class AwsEmulator(Emulator):
    """The emulator with AWS's SDK, which may use any keys."""

    def client(self, service: str):
        return boto3.client(
            service,
            endpoint_url=self.about["s3"],
            region_name="us-east-1",
            aws_access_key_id="any",
            aws_secret_access_key="any",
        )

    def put(self, key: str, data: bytes) -> None:
        self.client("s3").put_object(Bucket=self.about["bucket"], Key=key, Body=data)

    def holds_dead_letters(self) -> bool:
        return any(peek_sqs(self.client("sqs"), self.about["dead_letter_queue"]))


@pytest.mark.slow
def test_emulator_serves_other_processes_and_keeps_its_state(run, tmp_path: Path) -> None:
    emulator = AwsEmulator("--state", tmp_path)
    queues = ["queue", "dead_letter_queue", "rule_dead_letter_queue"]
    assert list(emulator.about) == ["proxy", "ca", "image_search", "s3", "sqs", *queues, "bucket", "instance"]
    emulator.put("p/1.jpg", jpeg())
    emulator.put("p/bad.jpg", b"text")
    wait_until(emulator.holds_dead_letters)
    listed = run("dlq", "list", "--json", **emulator.environ)
    assert [line["source"]["key"] for line in listed.lines] == ["p/bad.jpg"]
    live = run("invoke", EVENTS / "aws-sqs-object-removed.json", "--live", **emulator.environ)
    assert [(line["outcome"], line["key"]) for line in live.lines] == [("deleted", "shoes/2092061/front.jpg")]
    assert emulator.stop() == 0

    again = AwsEmulator("--state", tmp_path)
    assert again.about["ca"] == emulator.about["ca"]
    table = run("dlq", "list", **again.environ)
    assert "p/bad.jpg" in table.stdout
    assert "not_an_image" in table.stdout
    assert again.client("s3").get_object(Bucket=again.about["bucket"], Key="p/1.jpg")["Body"].read() == jpeg()
    assert again.stop() == 0


def test_emulator_names_its_files_for_shells_in_any_folder(tmp_path: Path) -> None:
    emulator = AwsEmulator("--state", os.path.relpath(tmp_path))
    try:
        assert Path(emulator.about["ca"]) == Path(emulator.environ["INGEST_CA_BUNDLE"])
        assert Path(emulator.about["ca"]).is_relative_to(tmp_path)
    finally:
        emulator.stop()


@pytest.mark.slow
def test_emulator_can_be_interrupted() -> None:
    emulator = AwsEmulator()
    emulator.process.send_signal(signal.SIGINT)
    _, stderr = emulator.process.communicate(timeout=30)
    assert emulator.process.returncode == 130
    assert "Traceback" not in stderr
