"""Moving the messages of a dead-letter queue, as an operator does with any SDK."""

import base64
import json
import threading
import time
import urllib.request
from typing import Any
from uuid import UUID

import pytest
from botocore.exceptions import ClientError

from local_cloud.aws import AwsServer
from local_cloud.triggers.event_source import EventSource
from tests.local_cloud.sqs.conftest import Queues, make_queues


def start(queues: Queues, to: str | None = None, rate: int | None = None) -> str:
    given: dict[str, Any] = {"DestinationArn": queues.arn(to)} if to else {}
    if rate is not None:
        given["MaxNumberOfMessagesPerSecond"] = rate
    handle = queues.client.start_message_move_task(SourceArn=queues.arn(queues.letters), **given)["TaskHandle"]
    return str(handle)


def tasks(queues: Queues, limit: int = 10) -> list[dict[str, Any]]:
    response = queues.client.list_message_move_tasks(SourceArn=queues.arn(queues.letters), MaxResults=limit)
    results: list[dict[str, Any]] = response["Results"]
    return results


def wait_for_end(queues: Queues) -> dict[str, Any]:
    deadline = time.monotonic() + 30
    while (task := tasks(queues)[0])["Status"] in {"RUNNING", "CANCELLING"}:
        assert time.monotonic() < deadline, f"the task has not ended within 30 s: {task}"
        time.sleep(0.02)
    return task


def refusal(call: Any, **given: Any) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as refused:
        call(**given)
    response = refused.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"], response["Error"]["Message"]


def test_500_letters_arrive_as_new_messages(queues: Queues) -> None:
    letters = [f'{{"record_id": "{number}"}}' for number in range(500)]
    colour = {"colour": {"DataType": "String", "StringValue": "red"}}
    queues.send(queues.letters, *letters, MessageAttributes=colour, MessageGroupId="shop")
    before = {message["Body"]: message for message in queues.receive_all(queues.letters)}
    for message in before.values():
        queues.client.change_message_visibility(
            QueueUrl=queues.letters, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
        )
    began = time.time()
    start(queues, to=queues.ingest, rate=500)
    task = wait_for_end(queues)
    took = time.time() - began
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"], task["ApproximateNumberOfMessagesToMove"]) == (
        "COMPLETED",
        500,
        500,
    )
    assert took > 0.9  # 500 at 500 a second
    moved = queues.receive_all(queues.ingest)
    assert sorted(message["Body"] for message in moved) == sorted(letters)
    for message in moved:
        old = before[message["Body"]]
        attributes = message["Attributes"]
        assert (attributes["ApproximateReceiveCount"], attributes["MessageGroupId"]) == ("1", "shop")
        assert message["MessageId"] != old["MessageId"]
        assert int(attributes["SentTimestamp"]) >= int(began * 1000)
        assert int(attributes["ApproximateFirstReceiveTimestamp"]) >= int(attributes["SentTimestamp"])
        assert message["MessageAttributes"] == colour
    assert queues.receive_all(queues.letters) == []


def test_a_letter_sent_directly_needs_a_destination(queues: Queues) -> None:
    """The function sends its letters itself. SQS cannot know where they belong, and must not drop them."""
    queues.send(queues.letters, "one", "two")
    start(queues)
    task = wait_for_end(queues)
    assert (task["Status"], task["FailureReason"]) == ("FAILED", "CouldNotDetermineMessageSource")
    assert task["ApproximateNumberOfMessagesMoved"] == 0
    assert "DestinationArn" not in task
    assert queues.bodies(queues.letters) == ["one", "two"]
    assert queues.bodies(queues.ingest) == []


def test_a_message_that_sqs_moved_returns_to_its_source(queues: Queues) -> None:
    queues.send(queues.ingest, "one")
    (first,) = queues.receive(queues.ingest, seconds=0)
    assert queues.receive(queues.ingest) == []  # the second receive moves it
    (letter,) = queues.receive(queues.letters, seconds=0)
    assert letter["Attributes"]["SentTimestamp"] == first["Attributes"]["SentTimestamp"]
    assert letter["Attributes"]["DeadLetterQueueSourceArn"] == queues.arn(queues.ingest)
    start(queues)
    assert wait_for_end(queues)["Status"] == "COMPLETED"
    (returned,) = queues.receive(queues.ingest)
    assert (returned["Body"], returned["Attributes"]["ApproximateReceiveCount"]) == ("one", "1")
    assert "DeadLetterQueueSourceArn" not in returned["Attributes"]
    assert returned["MessageId"] != letter["MessageId"]
    assert queues.bodies(queues.letters) == []


def test_a_hidden_message_stays(queues: Queues) -> None:
    queues.send(queues.letters, "hidden", "visible")
    (hidden,) = queues.receive(queues.letters, limit=1)
    start(queues, to=queues.other)
    task = wait_for_end(queues)
    assert (task["Status"], task["ApproximateNumberOfMessagesToMove"]) == ("COMPLETED", 1)
    assert queues.bodies(queues.other) == ["visible"]
    queues.client.change_message_visibility(
        QueueUrl=queues.letters, ReceiptHandle=hidden["ReceiptHandle"], VisibilityTimeout=0
    )
    assert queues.bodies(queues.letters) == ["hidden"]


def test_a_letter_received_while_the_task_runs_is_not_moved(queues: Queues) -> None:
    queues.send(queues.letters, *"abc")
    start(queues, to=queues.other, rate=4)
    received = queues.bodies(queues.letters)
    task = wait_for_end(queues)
    assert task["Status"] == "COMPLETED"
    moved = queues.bodies(queues.other)
    assert sorted(received + moved) == ["a", "b", "c"]
    assert received


def test_a_letter_that_returns_is_not_moved_again(queues: Queues) -> None:
    queues.send(queues.letters, *"abcd")
    start(queues, to=queues.other, rate=10)
    deadline = time.monotonic() + 30
    while not (moved := queues.receive(queues.other)):
        assert time.monotonic() < deadline, "no message arrived within 30 s"
    queues.send(queues.letters, moved[0]["Body"])
    task = wait_for_end(queues)
    assert (task["ApproximateNumberOfMessagesMoved"], queues.bodies(queues.letters)) == (4, ["a"])


def test_letters_that_come_back_at_once_are_moved_once(queues: Queues) -> None:
    """The function polls while the task runs, and writes a letter again for each one that it gets."""
    letters = [str(number) for number in range(300)]
    queues.send(queues.letters, *letters)
    counts: list[str] = []

    def invoke(event: Any) -> dict[str, Any]:
        counts.extend(record["attributes"]["ApproximateReceiveCount"] for record in event["Records"])
        queues.send(queues.letters, *[record["body"] for record in event["Records"]])
        return {"batchItemFailures": []}

    source = EventSource(queues.client, queues.other, queues.arn(queues.other), invoke, concurrency=2)
    source.start()
    start(queues, to=queues.other, rate=500)
    task = wait_for_end(queues)
    deadline = time.monotonic() + 30
    while len(counts) < 300:
        assert time.monotonic() < deadline, f"the function got {len(counts)} letters within 30 s"
        time.sleep(0.05)
    source.stop()
    source.join()
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 300)
    assert counts == ["1"] * 300
    assert sorted(queues.bodies(queues.letters), key=int) == letters
    assert queues.bodies(queues.other) == []


def test_a_queue_has_one_active_task(queues: Queues) -> None:
    queues.send(queues.letters, *"abcd")
    start(queues, to=queues.other, rate=1)
    source, destination = queues.arn(queues.letters), queues.arn(queues.ingest)
    assert refusal(queues.client.start_message_move_task, SourceArn=source, DestinationArn=destination) == (
        400,
        "InvalidParameterValue",
        "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
    )


def test_two_tasks_started_at_once(queues: Queues) -> None:
    queues.send(queues.letters, *map(str, range(20)))
    source, destination = queues.arn(queues.letters), queues.arn(queues.other)
    outcomes: list[str] = []

    def begin() -> None:
        try:
            queues.client.start_message_move_task(
                SourceArn=source, DestinationArn=destination, MaxNumberOfMessagesPerSecond=10
            )
            outcomes.append("started")
        except ClientError as error:
            outcomes.append(error.response["Error"]["Code"])

    threads = [threading.Thread(target=begin) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["InvalidParameterValue"] * 3 + ["started"]
    assert wait_for_end(queues)["ApproximateNumberOfMessagesMoved"] == 20
    assert len(queues.bodies(queues.other)) == 20


def test_a_cancelled_task_leaves_the_rest(queues: Queues) -> None:
    queues.send(queues.letters, *map(str, range(50)))
    handle = start(queues, to=queues.other, rate=20)
    (running,) = tasks(queues)
    assert (running["Status"], running["TaskHandle"], running["MaxNumberOfMessagesPerSecond"]) == (
        "RUNNING",
        handle,
        20,
    )
    time.sleep(0.3)
    cancelled = queues.client.cancel_message_move_task(TaskHandle=handle)
    task = wait_for_end(queues)
    assert task["Status"] == "CANCELLED"
    assert "TaskHandle" not in task
    moved = task["ApproximateNumberOfMessagesMoved"]
    assert 0 < cancelled["ApproximateNumberOfMessagesMoved"] <= moved < 50
    # What is left moves with the next task.
    start(queues, to=queues.other)
    assert wait_for_end(queues)["ApproximateNumberOfMessagesMoved"] == 50 - moved
    assert len(queues.bodies(queues.other)) == 50


def test_the_rate_is_kept(queues: Queues) -> None:
    queues.send(queues.letters, *"abcd")
    began = time.monotonic()
    start(queues, to=queues.other, rate=4)
    wait_for_end(queues)
    assert time.monotonic() - began > 0.7  # the first goes at once, the others a quarter of a second apart


def test_a_task_fails_when_its_destination_is_deleted(queues: Queues) -> None:
    queues.send(queues.letters, *map(str, range(20)))
    start(queues, to=queues.other, rate=20)
    queues.client.delete_queue(QueueUrl=queues.other)
    task = wait_for_end(queues)
    assert (task["Status"], task["FailureReason"]) == ("FAILED", "AWS.SimpleQueueService.NonExistentQueue")
    assert len(queues.bodies(queues.letters)) == 20 - task["ApproximateNumberOfMessagesMoved"]


def test_tasks_are_listed_newest_first(queues: Queues) -> None:
    assert tasks(queues) == []
    for rate in range(1, 13):
        start(queues, to=queues.other, rate=rate)
        wait_for_end(queues)
    assert [task["MaxNumberOfMessagesPerSecond"] for task in tasks(queues)] == list(range(12, 2, -1))
    (newest,) = queues.client.list_message_move_tasks(SourceArn=queues.arn(queues.letters))["Results"]
    assert (newest["MaxNumberOfMessagesPerSecond"], newest["DestinationArn"]) == (12, queues.arn(queues.other))
    assert abs(newest["StartedTimestamp"] / 1000 - time.time()) < 60


def test_a_handle_names_the_task_and_its_source(queues: Queues) -> None:
    decoded = json.loads(base64.b64decode(start(queues, to=queues.other)))
    assert sorted(decoded) == ["sourceArn", "taskId"]
    assert (UUID(decoded["taskId"]).version, decoded["sourceArn"]) == (4, queues.arn(queues.letters))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"SourceArn": "letters"}, (400, "InvalidParameterValue", "You must use this format to specify the SourceArn")),
        ({"SourceArn": "LETTERS-x"}, (404, "ResourceNotFoundException", "for the SourceArn parameter doesn't exist.")),
        ({"SourceArn": "OTHER"}, (400, "InvalidParameterValue", "must be configured as a Dead Letter Queue.")),
        ({"DestinationArn": "x"}, (400, "InvalidParameterValue", "format to specify the DestinationArn")),
        ({"DestinationArn": "OTHER-x"}, (404, "ResourceNotFoundException", "for the DestinationArn parameter")),
        ({"DestinationArn": "LETTERS"}, (400, "InvalidParameterValue", "cannot be the same")),
        ({"MaxNumberOfMessagesPerSecond": 0}, (400, "InvalidParameterValue", "between 1 and 500")),
        ({"MaxNumberOfMessagesPerSecond": 501}, (400, "InvalidParameterValue", "between 1 and 500")),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_a_wrong_task_is_refused(queues: Queues, given: dict[str, Any], expected: tuple[int, str, str]) -> None:
    arns = {"LETTERS": queues.arn(queues.letters), "OTHER": queues.arn(queues.other)}
    for name, arn in arns.items():
        given = {key: value.replace(name, arn) if isinstance(value, str) else value for key, value in given.items()}
    status, code, message = refusal(
        queues.client.start_message_move_task, **{"SourceArn": arns["LETTERS"], "DestinationArn": arns["OTHER"]} | given
    )
    assert (status, code) == expected[:2]
    assert expected[2] in message
    assert tasks(queues) == []


@pytest.mark.parametrize("limit", [0, 11])
def test_a_list_has_at_most_ten(queues: Queues, limit: int) -> None:
    status, code, _ = refusal(
        queues.client.list_message_move_tasks, SourceArn=queues.arn(queues.letters), MaxResults=limit
    )
    assert (status, code) == (400, "InvalidParameterValue")


def test_only_a_running_task_can_be_cancelled(queues: Queues) -> None:
    handle = start(queues, to=queues.other)
    wait_for_end(queues)
    cancel = queues.client.cancel_message_move_task
    assert refusal(cancel, TaskHandle=handle) == (404, "ResourceNotFoundException", "Task does not exist.")
    for nonsense in ("x", base64.b64encode(b"[]").decode(), base64.b64encode(b'{"taskId": 1}').decode()):
        assert refusal(cancel, TaskHandle=nonsense) == (
            400,
            "InvalidParameterValue",
            "Value for parameter TaskHandle is invalid.",
        )


def test_botocore_knows_the_error_classes(queues: Queues) -> None:
    with pytest.raises(queues.client.exceptions.ResourceNotFoundException):
        queues.client.start_message_move_task(SourceArn=queues.arn(queues.letters) + "-x")


def test_older_sdks_ask_in_the_query_protocol(server: AwsServer, queues: Queues) -> None:
    queues.send(queues.letters, "one")
    form = f"Action=StartMessageMoveTask&Version=2012-11-05&SourceArn={queues.arn(queues.letters)}"
    form += f"&DestinationArn={queues.arn(queues.other)}"
    scope = "20260101/us-east-1/sqs/aws4_request"
    request = urllib.request.Request(  # noqa: S310 - the local server
        f"{server.url}/",
        data=form.encode(),
        headers={
            "Authorization": f"AWS4-HMAC-SHA256 Credential=local-access-key/{scope}, SignedHeaders=host, Signature=0",
            "Content-Type": "application/x-www-form-urlencoded",
        },
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as response:
        answer = response.read().decode()
    assert "<TaskHandle>" in answer
    assert wait_for_end(queues)["ApproximateNumberOfMessagesMoved"] == 1


def test_closing_the_server_ends_a_running_task() -> None:
    server = AwsServer()
    server.start()
    queues = make_queues(server)
    queues.send(queues.letters, *"abc")
    start(queues, to=queues.other, rate=1)
    assert [thread for thread in threading.enumerate() if thread.name.startswith("move-task")]
    server.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("move-task")]
