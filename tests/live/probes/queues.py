"""Probes of SQS: fair queues and move tasks. They make queues of their own."""

import json
from typing import Any

from imagesearch_ingest.adapters.aws.sqs import SqsEventQueue
from tests.live.account import Account
from tests.live.probe import AWS, Finding, cannot_tell, fails, judge, probe

_NOISY = 200
_TASK_SECONDS = 120.0


def receive(sqs: Any, url: str, most: int = 10, wait: int = 1) -> list[dict[str, Any]]:
    return sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=most, WaitTimeSeconds=wait, MessageSystemAttributeNames=["All"]
    ).get("Messages", [])


@probe(
    "AWS-07",
    AWS,
    "1 queue, 200 messages of one group and 5 without, about 80 requests",
    leaves="whether Lambda's pollers heed it",
)
def ask_fair(account: Account) -> Finding:
    """Fill the queue with a noisy group, hold some of it in flight, and see when the quiet messages come."""
    sqs, url = account.aws("sqs"), account.new_queue(VisibilityTimeout="600")
    for first in range(0, _NOISY, 10):
        entries = [
            {"Id": str(number), "MessageBody": f"noisy {number}", "MessageGroupId": "backfill"}
            for number in range(first, first + 10)
        ]
        sqs.send_message_batch(QueueUrl=url, Entries=entries)
    for _ in range(6):  # SQS looks at what is in flight
        receive(sqs, url)
    for number in range(5):
        sqs.send_message(QueueUrl=url, MessageBody=f"quiet {number}")
    positions = []
    for place in range(10):
        positions += [place for message in receive(sqs, url) if message["Body"].startswith("quiet")]
        if len(positions) == 5:
            break
    if not positions:
        return fails(f"100 of {_NOISY} noisy messages came before any of 5 quiet ones")
    seen = (
        f"5 quiet messages behind {_NOISY} noisy ones: {len(positions)} came, the last in receive {max(positions) + 1}"
    )
    return judge(len(positions) == 5 and max(positions) <= 2, seen)


def move_once(account: Account) -> dict[str, Any]:
    """Move a letter while a second one returns to the dead-letter queue. Return what was seen."""

    def make() -> dict[str, Any]:
        sqs = account.aws("sqs")
        letters = account.new_queue()
        arn = sqs.get_queue_attributes(QueueUrl=letters, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1000})
        queue = account.new_queue(RedrivePolicy=policy)
        target = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sent = {sqs.send_message(QueueUrl=letters, MessageBody=f"letter {n}")["MessageId"] for n in range(3)}
        sqs.start_message_move_task(SourceArn=arn, DestinationArn=target)
        moved: list[dict[str, Any]] = []

        def is_over() -> bool:
            for message in receive(sqs, queue):
                moved.append(message)
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
                sqs.send_message(QueueUrl=letters, MessageBody="returned")
            found = sqs.list_message_move_tasks(SourceArn=arn)["Results"]
            is_failed = found[0]["Status"] == "FAILED"
            return is_failed or (len(moved) >= 3 and found[0]["Status"] == "COMPLETED")

        seconds = account.wait_until(is_over, _TASK_SECONDS)
        task = sqs.list_message_move_tasks(SourceArn=arn)["Results"][0]
        return {"task": task, "moved": moved, "sent": sent, "seconds": seconds}

    return account.once("move", make)


@probe("AWS-09", AWS, "2 queues, 6 messages, 1 move task")
def ask_move_ends(account: Account) -> Finding:
    found = move_once(account)
    moved = found["moved"]
    receives = sorted(int(one["Attributes"]["ApproximateReceiveCount"]) for one in moved)
    are_new = not {one["MessageId"] for one in moved} & found["sent"]
    seen = (
        f"{found['task']['Status']}; {len(moved)} arrived for 3 letters, with {'new' if are_new else 'their old'} IDs "
        f"and receives {receives}"
    )
    return judge(found["task"]["Status"] == "COMPLETED" and len(moved) <= 6 and set(receives) == {1} and are_new, seen)


@probe("AWS-15", AWS, "2 queues, 6 messages, 1 move task")
def ask_move_source(account: Account) -> Finding:
    found = move_once(account)
    seen = f"a task from the dead-letter queue of a queue: {found['task']['Status']}, {len(found['moved'])} moved"
    return judge(found["task"]["Status"] == "COMPLETED" and len(found["moved"]) >= 3, seen)


@probe(
    "AWS-03",
    AWS,
    "1 queue, 2 messages, which are deleted and hidden by the function's own adapter",
    leaves="Lambda's own part, which DOCTOR shows on a deployed stack",
)
def ask_settling(account: Account) -> Finding:
    """Delete and hide by the receipts of a batch, and delete all of them once more, as Lambda does after a success."""
    sqs, url = account.aws("sqs"), account.new_queue(VisibilityTimeout="60")
    for body in ("deleted", "hidden"):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    receipts: dict[str, str] = {}
    account.wait_until(lambda: receipts.update(_by_body(sqs, url)) or len(receipts) == 2, 20)
    if len(receipts) < 2:
        return cannot_tell(f"only {len(receipts)} of 2 messages were received")
    queue = SqsEventQueue(sqs, url)
    queue.ack(receipts["deleted"])
    queue.defer(receipts["hidden"], 0)
    again: dict[str, str] = {}
    account.wait_until(lambda: again.update(_by_body(sqs, url)) or "hidden" in again, 20)
    repeated = sqs.delete_message_batch(
        QueueUrl=url, Entries=[{"Id": name, "ReceiptHandle": receipt} for name, receipt in receipts.items()]
    )
    refused = [one["Code"] for one in repeated.get("Failed", []) if one["Id"] == "deleted"]
    seen = f"received again: {sorted(again)}; deleting a deleted message again: {refused or 'accepted'}"
    return judge(sorted(again) == ["hidden"] and not refused, seen)


def _by_body(sqs: Any, url: str) -> dict[str, str]:
    return {message["Body"]: message["ReceiptHandle"] for message in receive(sqs, url)}
