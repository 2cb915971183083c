"""A queue in memory that implements ``OperatorQueue``, with its own clock, and readers of real queues."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from imagesearch_ingest.adapters.alibaba.smq import SmqQueue
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ops.dlq.reading import Reader
from imagesearch_ops.queues import Count, Message, OperatorQueue
from imagesearch_ops.queues.smq import SmqOperatorQueue
from imagesearch_ops.queues.sqs import SqsQueue


@dataclass
class FakeOperatorQueue:
    """``longest_hide`` bounds how long a message stays hidden, whatever a reader asks for.

    ``hidden`` messages are held by somebody else. Every request takes ``request_seconds``.
    """

    url: str = "https://sqs.eu-west-1.amazonaws.com/123456789012/letters"
    cloud: str = "aws"
    batch: int = 10
    senders: int = 4
    keeps_hidden: bool = True
    longest_hide: float = 1e9
    request_seconds: float = 0.01
    hidden: int = 0
    now: float = 0.0
    bodies: dict[str, str] = field(default_factory=dict)
    visible_at: dict[str, float] = field(default_factory=dict)
    most_held: int = 0
    asked_to_hide: list[int] = field(default_factory=list)
    extended: list[int] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    false_polls: int = 0  # how many polls bring nothing although there are messages

    def __post_init__(self) -> None:
        self._numbers = count(1)
        self._holders: dict[str, str] = {}

    def put(self, *bodies: str) -> None:
        for body in bodies:
            name = f"m{next(self._numbers)}"
            self.bodies[name], self.visible_at[name] = body, 0.0

    def clock(self) -> float:
        return self.now

    def visible(self) -> list[str]:
        return [name for name in self.bodies if self.visible_at[name] <= self.now]

    def count(self) -> Count:
        self.now += self.request_seconds
        visible = len(self.visible())
        return Count(visible, len(self.bodies) - visible + self.hidden)

    def receive(self, wait_seconds: int, hide_seconds: int) -> list[Message]:
        self.now += self.request_seconds
        self.asked_to_hide.append(hide_seconds)
        if self.false_polls:
            self.false_polls -= 1
            return []
        visible = self.visible()
        names = heapq.nsmallest(self.batch, visible, key=self.visible_at.__getitem__)
        self.most_held = max(self.most_held, len(self.bodies) - len(visible) + len(names))
        if not names:
            self.now += wait_seconds
        return [self._hand_out(name, min(hide_seconds, self.longest_hide)) for name in names]

    def _hand_out(self, name: str, seconds: float) -> Message:
        receipt = f"{name}/{next(self._numbers)}"
        self._holders[receipt] = name
        self.visible_at[name] = self.now + seconds
        return Message(name, receipt, self.bodies[name])

    def extend(self, receipts: Sequence[str], seconds: int) -> list[str]:
        self.extended.append(len(receipts))
        self._hide(receipts, min(seconds, self.longest_hide))
        return list(receipts)

    def release(self, receipts: Sequence[str]) -> None:
        self._hide(receipts, 0)

    def _hide(self, receipts: Sequence[str], seconds: float) -> None:
        for name in map(self._holders.__getitem__, receipts):
            if name in self.bodies:
                self.visible_at[name] = self.now + seconds

    def delete(self, receipts: Sequence[str]) -> None:
        for receipt in receipts:
            self.bodies.pop(self._holders[receipt], None)

    def send(self, bodies: Sequence[str]) -> list[IngestError | None]:
        self.sent += bodies
        return [None] * len(bodies)


def peek_sqs(client: Any, url: str) -> list[Message]:
    """Return every message of a queue on SQS, and leave all of them there."""
    return _peek(SqsQueue(client, url))


def peek_smq(queue: SmqQueue) -> list[Message]:
    """Return every message of a queue on SMQ, and leave all of them there."""
    return _peek(SmqOperatorQueue(queue, "https://1.mns.cn-shanghai.aliyuncs.com/queues/q"))


def _peek(queue: OperatorQueue) -> list[Message]:
    return [message for batch in Reader(queue).batches() for message in batch]
