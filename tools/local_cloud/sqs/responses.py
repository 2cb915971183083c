"""moto's SQS actions, and the three for move tasks."""

from typing import Any

from moto.core.responses import ActionResult
from moto.sqs.responses import SQSResponse

from local_cloud.sqs.models import LocalSqsBackend
from local_cloud.sqs.move_tasks import MoveTasks, ResourceNotFound
from local_cloud.sqs.queue import StandardQueue


class LocalSqsResponse(SQSResponse):
    """Each method is an action, named as the API names it. moto parses the request and renders the result."""

    @property
    def _tasks(self) -> MoveTasks:
        backend = self.sqs_backend
        assert isinstance(backend, LocalSqsBackend)  # noqa: S101 - install() replaces moto's
        return backend.move_tasks

    def receive_message(self) -> ActionResult:
        """Add the attribute that moto leaves out: the queue that SQS moved the message from."""
        received = super().receive_message()
        queue = self.sqs_backend.get_queue(self._get_queue_name())
        wanted = {*self._get_param("AttributeNames", []), *self._get_param("MessageSystemAttributeNames", [])}
        if isinstance(queue, StandardQueue) and wanted & {"All", "DeadLetterQueueSourceArn"}:
            result: Any = received.result
            for message in result.get("Messages", []):
                if source := queue.find_source(message["MessageId"]):
                    message.setdefault("Attributes", {})["DeadLetterQueueSourceArn"] = source
        return received

    def start_message_move_task(self) -> ActionResult:
        task = self._tasks.start(
            self._get_param("SourceArn"),
            self._get_param("DestinationArn"),
            self._get_param("MaxNumberOfMessagesPerSecond"),
        )
        return ActionResult({"TaskHandle": task.handle})

    def list_message_move_tasks(self) -> ActionResult:
        tasks = self._tasks.list(self._get_param("SourceArn"), self._get_param("MaxResults"))
        return ActionResult({"Results": [task.describe() for task in tasks]})

    def cancel_message_move_task(self) -> ActionResult:
        task = self._tasks.cancel(self._get_param("TaskHandle"))
        return ActionResult({"ApproximateNumberOfMessagesMoved": task.moved})

    def serialized(self, action_result: ActionResult) -> Any:  # noqa: ANN401 - moto's
        status, headers, body = super().serialized(action_result)
        return 404 if isinstance(action_result.result, ResourceNotFound) else status, headers, body
