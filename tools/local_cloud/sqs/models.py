"""moto's SQS backend with standard queues and move tasks of our own. FIFO queues are moto's."""

import string
from copy import copy
from threading import RLock
from typing import Any
from uuid import uuid4

from moto.sqs.exceptions import InvalidParameterValue
from moto.sqs.models import MAXIMUM_MESSAGE_DELAY, Message, Queue, SQSBackend, _filter_message_attributes

from local_cloud.sqs.message import StandardMessage
from local_cloud.sqs.move_tasks import MoveTasks
from local_cloud.sqs.queue import StandardQueue

_GROUP_CHARACTERS = set(string.ascii_letters + string.digits + string.punctuation)
_MAX_GROUP_LENGTH = 128


class LocalSqsBackend(SQSBackend):
    """The queues of one account in one region."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self._lock = RLock()
        self.move_tasks = MoveTasks(self._find_by_arn, self._is_dead_letter_queue, self._lock)

    def reset(self) -> None:
        self.move_tasks.close()
        super().reset()

    def create_queue(self, name: str, tags: dict[str, str] | None = None, **attributes: Any) -> Queue:  # noqa: ANN401 - moto's
        if name in self.queues or name.endswith(".fifo"):
            return super().create_queue(name, tags, **attributes)
        attributes.pop("region", None)
        queue = StandardQueue(name, self.region_name, self.account_id, lock=self._lock, **attributes)
        queue.tags = tags or {}
        self.queues[name] = queue
        return queue

    def send_message(  # noqa: PLR0917 - moto's
        self,
        queue_name: str,
        message_body: str,
        message_attributes: dict[str, Any] | None = None,
        delay_seconds: int | None = None,
        deduplication_id: str | None = None,
        group_id: str | None = None,
        system_attributes: dict[str, Any] | None = None,
        validate_group_id: bool = True,  # noqa: FBT001, FBT002 - moto's
    ) -> Message:
        queue = self.get_queue(queue_name)
        if not isinstance(queue, StandardQueue):
            return super().send_message(
                queue_name,
                message_body,
                message_attributes,
                delay_seconds,
                deduplication_id,
                group_id,
                system_attributes,
                validate_group_id,
            )
        delay = int(queue.delay_seconds if delay_seconds is None else delay_seconds)
        self._validate_message(queue, message_body, delay)
        _validate(delay, deduplication_id, group_id)
        message = StandardMessage(str(uuid4()), message_body, system_attributes)
        message.group_id, message.message_attributes = group_id, message_attributes or {}
        message.mark_sent(delay)
        queue.add_message(message)
        return message

    def receive_message(
        self,
        queue_name: str,
        count: int,
        wait_seconds_timeout: int,
        visibility_timeout: int,
        message_attribute_names: list[str] | None = None,
    ) -> list[Message]:
        queue = self.get_queue(queue_name)
        if not isinstance(queue, StandardQueue):
            return super().receive_message(
                queue_name, count, wait_seconds_timeout, visibility_timeout, message_attribute_names
            )
        received: list[Message] = [
            copy(message) for message in queue.receive(count, wait_seconds_timeout, visibility_timeout)
        ]
        for message in received:
            _filter_message_attributes(message, message_attribute_names or [])
        return received

    def change_message_visibility(self, queue_name: str, receipt_handle: str, visibility_timeout: int) -> None:
        queue = self.get_queue(queue_name)
        if isinstance(queue, StandardQueue):
            queue.change_visibility(receipt_handle, visibility_timeout)
        else:
            super().change_message_visibility(queue_name, receipt_handle, visibility_timeout)

    def purge_queue(self, queue_name: str) -> None:
        super().purge_queue(queue_name)
        queue = self.get_queue(queue_name)
        if isinstance(queue, StandardQueue):
            queue.purge()

    def _find_by_arn(self, arn: str) -> Queue | None:
        return next((queue for queue in list(self.queues.values()) if queue.queue_arn == arn), None)

    def _is_dead_letter_queue(self, queue: Queue) -> bool:
        return any(source.dead_letter_queue is queue for source in list(self.queues.values()))


def _validate(delay: int, deduplication_id: str | None, group_id: str | None) -> None:
    """Raise ``InvalidParameterValue`` as the SendMessage reference says."""
    if not 0 <= delay <= MAXIMUM_MESSAGE_DELAY:
        raise InvalidParameterValue(
            f"Value {delay} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900."
        )
    if deduplication_id is not None:
        raise InvalidParameterValue(
            f"Value {deduplication_id} for parameter MessageDeduplicationId is invalid. "
            "Reason: The request include parameter that is not valid for this queue type."
        )
    if group_id is not None and not (0 < len(group_id) <= _MAX_GROUP_LENGTH and set(group_id) <= _GROUP_CHARACTERS):
        raise InvalidParameterValue(
            f"Value {group_id} for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include "
            "alphanumeric and punctuation characters. 1 to 128 in length."
        )
