"""Tasks that move the messages of a dead-letter queue (SQS API reference, StartMessageMoveTask).

A task moves the messages that are visible when it starts, the oldest first. One that is received or deleted in the
meantime is left out, and so is one that arrives later. A moved message is a new one: with a new ID and time, and no
receives (developer guide, "Configuring a dead-letter queue redrive").
"""

import base64
import json
import re
import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from moto.sqs.exceptions import InvalidParameterValue, SQSException
from moto.sqs.models import Queue

from local_cloud.sqs.queue import StandardQueue

MAX_RATE = 500  # messages a second (API reference). A task without a rate runs at this one
ACTIVE = ("RUNNING", "CANCELLING")
_MAX_RESULTS = 10
_ARN = re.compile(r"arn:[^:]+:sqs:[^:]+:[^:]+:[^:]+")
FindQueue = Callable[[str], Queue | None]  # by its ARN


class MoveTask:
    """One task, which runs in a thread. ``destination_arn`` is ``None`` to move each message back to its source."""

    def __init__(
        self,
        find: FindQueue,
        source: StandardQueue,
        *,
        lock: threading.RLock,
        destination_arn: str | None,
        rate: int | None,
    ) -> None:
        self.id = str(uuid4())
        self.status = "RUNNING"
        self.moved = 0
        self.failure: str | None = None
        self.source_arn: str = source.queue_arn
        self._find = find
        self._lock = lock
        self._source = source
        self._destination_arn = destination_arn
        self._rate = rate
        self._ids = [message.id for message in source.messages]
        self._started_at = time.time()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"move-task-{self.id}", daemon=True)

    @property
    def handle(self) -> str:
        return base64.b64encode(json.dumps({"taskId": self.id, "sourceArn": self.source_arn}).encode()).decode()

    def start(self) -> None:
        self._thread.start()

    def cancel(self) -> None:
        with self._lock:
            self.status = "CANCELLING"
        self._stopping.set()

    def close(self) -> None:
        self._stopping.set()
        self._thread.join()

    def describe(self) -> dict[str, Any]:
        """Return it as an entry of ListMessageMoveTasks. Only a running task shows its handle."""
        with self._lock:
            given = {
                "TaskHandle": self.handle if self.status == "RUNNING" else None,
                "Status": self.status,
                "SourceArn": self.source_arn,
                "DestinationArn": self._destination_arn,
                "MaxNumberOfMessagesPerSecond": self._rate,
                "ApproximateNumberOfMessagesMoved": self.moved,
                "ApproximateNumberOfMessagesToMove": len(self._ids),
                "FailureReason": self.failure,
                "StartedTimestamp": int(self._started_at * 1000),
            }
        return {name: value for name, value in given.items() if value is not None}

    def _run(self) -> None:
        began = time.monotonic()
        for message_id in self._ids:
            due = began + self.moved / (self._rate or MAX_RATE)
            if self._stopping.wait(max(0.0, due - time.monotonic())):
                return self._end("CANCELLED")
            with self._lock:
                if failure := self._move(message_id):
                    self.failure = failure
                    return self._end("FAILED")
        return self._end("CANCELLED" if self._stopping.is_set() else "COMPLETED")

    def _end(self, status: str) -> None:
        with self._lock:
            self.status = status

    def _move(self, message_id: str) -> str | None:
        """Move one message if it is still visible. Return why the task fails (developer guide, "troubleshooting")."""
        if self._find(self.source_arn) is not self._source:
            return "AWS.SimpleQueueService.NonExistentQueue"
        message = self._source.find(message_id)
        if message is None:
            return None
        to = self._destination_arn or message.source_arn
        if to is None:
            return "CouldNotDetermineMessageSource"
        destination = self._find(to)
        if destination is None:
            return "AWS.SimpleQueueService.NonExistentQueue"
        self._source.remove(message)
        destination.add_message(message.renew(str(uuid4())))
        self.moved += 1
        return None


class MoveTasks:
    """The tasks of a backend. ``find`` returns a queue by its ARN, and ``is_dead_letter_queue`` tells the sources."""

    def __init__(
        self, find: FindQueue, is_dead_letter_queue: Callable[[StandardQueue], bool], lock: threading.RLock
    ) -> None:
        self._find = find
        self._is_dead_letter_queue = is_dead_letter_queue
        self._lock = lock
        self._tasks: list[MoveTask] = []  # the oldest first

    def start(self, source_arn: str, destination_arn: str | None, rate: int | None) -> MoveTask:
        if rate is not None and not 1 <= rate <= MAX_RATE:
            raise InvalidParameterValue(
                "Value for parameter MaxNumberOfMessagesPerSecond is invalid. "
                f"Reason: You must enter a number that's between 1 and {MAX_RATE}."
            )
        with self._lock:
            source = self._get_queue("SourceArn", source_arn)
            if not self._is_dead_letter_queue(source):
                raise InvalidParameterValue("Source queue must be configured as a Dead Letter Queue.")
            if destination_arn is not None:
                self._get_queue("DestinationArn", destination_arn)
            if destination_arn == source_arn:
                raise InvalidParameterValue("Source queue arn and destination queue arn cannot be the same.")
            if any(task.source_arn == source_arn and task.status in ACTIVE for task in self._tasks):
                raise InvalidParameterValue(
                    "There is already a task running. Only one active task is allowed for a source queue arn at a "
                    "given time."
                )
            task = MoveTask(self._find, source, lock=self._lock, destination_arn=destination_arn, rate=rate)
            self._tasks.append(task)
        task.start()
        return task

    def list(self, source_arn: str, limit: int | None) -> list[MoveTask]:
        """Return the newest tasks first, one unless ``limit`` is given."""
        if limit is not None and not 1 <= limit <= _MAX_RESULTS:
            raise InvalidParameterValue(
                f"Value {limit} for parameter MaxResults is invalid. "
                f"Reason: Must be between 1 and {_MAX_RESULTS}, if provided."
            )
        self._get_queue("SourceArn", source_arn)
        tasks = [task for task in reversed(self._tasks) if task.source_arn == source_arn]
        return tasks[: limit or 1]

    def cancel(self, handle: str) -> MoveTask:
        task_id, source_arn = _parse_handle(handle)
        with self._lock:
            self._get_queue("SourceArn", source_arn)
            for task in self._tasks:
                if (task.id, task.source_arn, task.status) == (task_id, source_arn, "RUNNING"):
                    task.cancel()
                    return task
        raise ResourceNotFound("Task does not exist.")

    def close(self) -> None:
        for task in self._tasks:
            task.close()

    def _get_queue(self, parameter: str, arn: str) -> StandardQueue:
        if not _ARN.fullmatch(arn):
            raise InvalidParameterValue(
                f"You must use this format to specify the {parameter}: "
                "arn:<partition>:<service>:<region>:<account-id>:<resource-id>"
            )
        queue = self._find(arn)
        if queue is None:
            raise ResourceNotFound(f"The resource that you specified for the {parameter} parameter doesn't exist.")
        if not isinstance(queue, StandardQueue):
            raise SQSException("UnsupportedOperation", "The local SQS moves messages of standard queues only.")
        return queue


class ResourceNotFound(SQSException):
    """A queue or a task that does not exist."""

    code = "ResourceNotFoundException"


def _parse_handle(handle: str) -> tuple[str, str]:
    try:
        decoded = json.loads(base64.b64decode(handle, validate=True))
        return decoded["taskId"], decoded["sourceArn"]
    except (ValueError, TypeError, KeyError):
        raise InvalidParameterValue("Value for parameter TaskHandle is invalid.") from None
