"""Let SQS itself move messages to another queue (StartMessageMoveTask), and see whether it does so now."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from imagesearch_ingest.adapters.aws.codes import SQS
from imagesearch_ingest.adapters.aws.errors import translate_errors
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ops.queues import OperatorQueue
from imagesearch_ops.queues.port import retry
from imagesearch_ops.queues.sqs import SqsQueue

FASTEST = 500  # messages a second (StartMessageMoveTask reference)
_ARN = "QueueArn"
_ACTIVE = {"RUNNING", "CANCELLING"}
_POLL_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class MoveTask:
    """The latest task of a queue. ``moved`` and ``to_move`` are approximate."""

    status: str
    moved: int
    to_move: int | None
    failure: str | None
    started_at: int | None = None  # milliseconds since 1970

    @property
    def is_active(self) -> bool:
        return self.status in _ACTIVE


def find_task(queue: OperatorQueue) -> MoveTask | None:
    """Return the latest task that moves or has moved messages out of the queue, or ``None`` if none is known.

    Somebody who may read the queue need not be allowed to list its tasks. Then nothing is known.
    """
    if not isinstance(queue, SqsQueue):
        return None
    try:
        return latest_task(queue)
    except IngestError:
        return None


def latest_task(queue: SqsQueue) -> MoveTask | None:
    """Return the latest task of the queue, running or ended."""
    arn = _find_arn(queue)
    with translate_errors(f"listing the move tasks of {queue.url}", SQS):
        answer = queue.client.list_message_move_tasks(SourceArn=arn, MaxResults=1)
    results: list[dict[str, Any]] = answer.get("Results", [])
    if not results:
        return None
    return MoveTask(
        status=str(results[0].get("Status")),
        moved=int(results[0].get("ApproximateNumberOfMessagesMoved") or 0),
        to_move=results[0].get("ApproximateNumberOfMessagesToMove"),
        failure=results[0].get("FailureReason"),
        started_at=results[0].get("StartedTimestamp"),
    )


def start_move(queue: SqsQueue, destination: SqsQueue, rate: int) -> str:
    """Start to move every message of the queue, and return the task's handle.

    The destination is named, because the letters were sent to the queue and have no source to go back to.
    """
    source, target = _find_arn(queue), _find_arn(destination)
    with translate_errors(f"moving the messages of {queue.url}", SQS):
        answer = queue.client.start_message_move_task(
            SourceArn=source, DestinationArn=target, MaxNumberOfMessagesPerSecond=min(rate, FASTEST)
        )
    return str(answer.get("TaskHandle", ""))


def wait_for_move(
    queue: SqsQueue, tell: Callable[[MoveTask], None], sleep: Callable[[float], None] = time.sleep
) -> MoveTask | None:
    """Return the task when it has ended. ``tell`` gets its progress."""
    while True:
        task = retry(lambda: latest_task(queue))
        if task is None or not task.is_active:
            return task
        tell(task)
        sleep(_POLL_SECONDS)


def _find_arn(queue: SqsQueue) -> str:
    return retry(lambda: queue.attributes([_ARN])).get(_ARN, "")
