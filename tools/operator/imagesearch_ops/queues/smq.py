"""A queue on SMQ, for an operator."""

import base64
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from mns.queue import Message as SdkMessage

from imagesearch_ingest.adapters.alibaba.smq import SmqQueue
from imagesearch_ingest.adapters.alibaba.smq_codes import NO_MESSAGE
from imagesearch_ingest.adapters.errors import UNREADABLE_RESPONSE
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ops.queues.port import Count, Message, retry, split

R = TypeVar("R")

THREADS = 8
_BATCH = 16  # the most messages of one request
_MAX_BATCH_BYTES = 47 * 1024  # of all bodies of one request, before base64 (BatchSendMessage: 64 KB)
_LOWEST_PRIORITY = 16  # SendMessage reference, "Priority": 1 is the highest
_SHORTEST_SECONDS = 1  # ChangeMessageVisibility reference
_GONE = {NO_MESSAGE, "ReceiptHandleError"}  # deleted, or received by another reader


class SmqOperatorQueue:
    """An ``OperatorQueue`` over the library's ``SmqQueue``. Safe to be used by several threads.

    The queue's own settings say how long a received message stays hidden.
    """

    cloud = "alibaba"
    batch = _BATCH
    senders = 4  # each may send a batch that is refused in ``THREADS`` threads
    keeps_hidden = False  # each message would need a request of its own

    def __init__(self, queue: SmqQueue, url: str) -> None:
        self.url = url
        self._queue = queue
        self._retention: timedelta | None = None

    def count(self) -> Count:
        with warnings.catch_warnings():  # the SDK says that the counts will go one day
            warnings.simplefilter("ignore", DeprecationWarning)
            return self._count()

    def _count(self) -> Count:
        found = retry(lambda: self._call(f"reading the attributes of {self.url}", lambda sdk: sdk.get_attributes()))
        if found.message_retention_period and int(found.message_retention_period) > 0:
            self._retention = timedelta(seconds=int(found.message_retention_period))
        # What the function hands back is sent again with a delay. SMQ counts that apart from what a reader holds.
        return Count(_number(found.active_messages), _number(found.inactive_messages) + _number(found.delay_messages))

    def receive(self, wait_seconds: int, hide_seconds: int) -> list[Message]:  # noqa: ARG002 - the queue decides
        try:
            found = retry(
                lambda: self._call(f"reading {self.url}", lambda sdk: sdk.batch_receive_message(_BATCH, wait_seconds))
            )
        except IngestError as error:
            if error.service_code == NO_MESSAGE:
                return []
            raise
        return [self._message(message) for message in found]

    def _message(self, message: SdkMessage) -> Message:
        sent_at = None
        if _number(message.enqueue_time):
            sent_at = datetime.fromtimestamp(_number(message.enqueue_time) / 1000, UTC)
        return Message(
            id=message.message_id,
            receipt=message.receipt_handle,
            body=_decode(message.message_body),
            sent_at=sent_at,
            expires_at=sent_at + self._retention if sent_at and self._retention else None,
        )

    def extend(self, receipts: Sequence[str], seconds: int) -> list[str]:
        return [after or before for before, after in zip(receipts, self._change(receipts, seconds), strict=True)]

    def release(self, receipts: Sequence[str]) -> None:
        self._change(receipts, _SHORTEST_SECONDS)

    def _change(self, receipts: Sequence[str], seconds: int) -> list[str | None]:
        def change(receipt: str) -> str | None:
            try:
                changed = self._call(
                    f"releasing a message of {self.url}",
                    lambda sdk: sdk.change_message_visibility(receipt, max(_SHORTEST_SECONDS, seconds)),
                )
            except IngestError as error:
                if error.service_code in _GONE:
                    return None
                raise
            return str(changed.receipt_handle)

        return _in_threads(change, receipts)

    def delete(self, receipts: Sequence[str]) -> None:
        def delete(receipt: str) -> None:
            try:
                self._call(f"deleting a message of {self.url}", lambda sdk: sdk.delete_message(receipt))
            except IngestError as error:
                if error.service_code not in _GONE:
                    raise

        _in_threads(delete, receipts)

    def send(self, bodies: Sequence[str]) -> list[IngestError | None]:
        results: list[IngestError | None] = []
        for numbers in split(bodies, _BATCH, _MAX_BATCH_BYTES):
            batch = [bodies[number] for number in numbers]
            results += [None] * len(batch) if self._send_batch(batch) else self._send_each(batch)
        return results

    def _send_batch(self, bodies: Sequence[str]) -> bool:
        """Send the bodies in one request. Return whether all were accepted.

        If only some were, or if the operation itself is not allowed, each is sent alone. Those that the queue has
        already come twice, which does no harm.
        """
        if len(bodies) == 1:
            return False
        try:
            messages = [_encode(body) for body in bodies]
            sent = self._call(f"sending to {self.url}", lambda sdk: sdk.batch_send_message(messages))
        except (
            IngestError,
            LookupError,
        ):  # the SDK insists on a header where a part was taken
            return False
        return len([one for one in sent if one.message_id]) == len(bodies)

    def _send_each(self, bodies: Sequence[str]) -> list[IngestError | None]:
        def send(body: str) -> IngestError | None:
            try:
                retry(partial(self._send, body))
            except IngestError as error:
                if error.is_systemic:
                    raise
                return error
            return None

        return _in_threads(send, bodies, repeated=False)

    def _send(self, body: str) -> None:
        action = f"sending to {self.url}"
        sent = self._call(action, lambda sdk: sdk.send_message(_encode(body)))
        if not sent.message_id:
            raise UNREADABLE_RESPONSE.error(action)

    def _call(self, action: str, call: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - the SDK is not typed
        with self._queue.call(action) as sdk:
            return call(sdk)


def _in_threads(call: Callable[[str], R], items: Sequence[str], *, repeated: bool = True) -> list[R]:
    def run(item: str) -> R:
        return retry(partial(call, item)) if repeated else call(item)

    if len(items) <= 1:
        return [run(item) for item in items]
    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(run, items))


def _number(value: object) -> int:
    """Return the number that the SDK may give as text, or 0 for none; it uses -1 for an attribute that is missing."""
    with suppress(TypeError, ValueError):
        return max(0, int(str(value)))
    return 0


def _encode(body: str) -> SdkMessage:
    return SdkMessage(base64.b64encode(body.encode()).decode(), priority=_LOWEST_PRIORITY)


def _decode(body: str) -> str:
    """Decode base64; return a body that is not base64 of UTF-8 as it is."""
    try:
        return base64.b64decode(body, validate=True).decode()
    except ValueError:
        return body
