"""A replay that is killed loses no record: each is in the queue or announced. A second replay finishes the work."""

import json
import random
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from moto.sqs.models import sqs_backends

from local_cloud.aws import REGION
from tests.e2e.conftest import COMMAND, clean_environ
from tests.operator.dlq.conftest import SqsPair, letter_about

LETTERS = 200


class Stored:
    """All messages of the dead-letter queue, also those that a killed reader still holds."""

    def __init__(self, sqs: SqsPair) -> None:
        *_, account, name = sqs.letters.split("/")
        self.queue = sqs_backends[account][REGION].queues[name]  # moto runs in this process
        self.ids: dict[str, str] = {}  # message by key
        for start in range(0, LETTERS, 10):
            keys = [f"{number}.jpg" for number in range(start, start + 10)]
            entries = [{"Id": str(n), "MessageBody": letter_about(key).to_json()} for n, key in enumerate(keys)]
            answer = sqs.client.send_message_batch(QueueUrl=sqs.letters, Entries=entries)
            self.ids |= {keys[int(sent["Id"])]: sent["MessageId"] for sent in answer["Successful"]}

    @property
    def messages(self) -> dict[str, Any]:
        return self.queue._held  # noqa: SLF001 - the public list has the visible ones only

    def keys(self) -> set[str]:
        return {key for key, name in self.ids.items() if name in self.messages}

    def show_all(self) -> None:
        """End the time for which the killed reader hid messages."""
        for message in list(self.messages.values()):
            if message.receipt_handle:
                self.queue.change_visibility(message.receipt_handle, 0)


def start(sqs: SqsPair, state: Path) -> subprocess.Popen:
    arguments = ["--queue-url", sqs.letters, "--to-queue-url", sqs.ingest, "--state", str(state)]
    chosen = ["--where", "class=permanent", "--force", "--rate", "500", "--yes"]
    return subprocess.Popen(  # noqa: S603 - our own command
        [COMMAND, "dlq", "replay", *arguments, *chosen],
        env=clean_environ(**sqs.environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def announced_keys(sqs: SqsPair) -> list[str]:
    return [json.loads(body)["imagesearch_ingest"]["look_at"]["key"] for body in sqs.bodies(sqs.ingest)]


def kill_at_random(sqs: SqsPair, seed: int) -> None:
    rng, stored = random.Random(seed), Stored(sqs)
    everything = {f"{number}.jpg" for number in range(LETTERS)}
    assert stored.keys() == everything
    wanted = rng.randrange(0, LETTERS)  # how many are sent when it is killed, about
    process = start(sqs, sqs.state / "first")
    journal = sqs.state / "first" / "journal.jsonl"
    while process.poll() is None and not (journal.exists() and journal.read_bytes().count(b"\n") > wanted):
        time.sleep(0.002)
    time.sleep(rng.uniform(0, 0.02))
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)
    assert process.returncode in (-signal.SIGKILL, 0)
    assert stored.keys() | set(announced_keys(sqs)) == everything
    stored.show_all()
    again = start(sqs, sqs.state / "second")
    _, stderr = again.communicate(timeout=60)
    assert again.returncode == 0, stderr
    assert set(announced_keys(sqs)) == everything
    assert stored.keys() == set()


@pytest.mark.parametrize("seed", [1, 2])
def test_no_record_is_lost_when_it_is_killed(sqs: SqsPair, seed: int) -> None:
    kill_at_random(sqs, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3, 23))
def test_no_record_is_lost_at_twenty_moments(sqs: SqsPair, seed: int) -> None:
    kill_at_random(sqs, seed)


def test_an_interrupted_replay_releases_what_it_holds(sqs: SqsPair) -> None:
    stored = Stored(sqs)
    process = start(sqs, sqs.state)
    journal = sqs.state / "journal.jsonl"
    while process.poll() is None and not (journal.exists() and journal.stat().st_size):
        time.sleep(0.002)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode in (143, 0)
    count = sqs.client.get_queue_attributes(QueueUrl=sqs.letters, AttributeNames=["All"])["Attributes"]
    assert count["ApproximateNumberOfMessagesNotVisible"] == "0"
    assert len(stored.keys()) == int(count["ApproximateNumberOfMessages"])
    assert stored.keys() | set(announced_keys(sqs)) == {f"{number}.jpg" for number in range(LETTERS)}
