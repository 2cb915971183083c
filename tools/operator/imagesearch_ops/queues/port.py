"""Define what a command needs of a queue. Every method raises ``IngestError``."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

R = TypeVar("R")

_WAITS_SECONDS = (0.3, 1.0, 2.0)


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it was received. ``attributes`` are those that its sender set."""

    id: str
    receipt: str
    body: str
    sent_at: datetime | None = None
    expires_at: datetime | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Count:
    """About how many messages the queue holds. ``hidden`` are those that a reader holds now, or that are delayed."""

    visible: int
    hidden: int

    @property
    def total(self) -> int:
        return self.visible + self.hidden


class OperatorQueue(Protocol):
    """A queue. Receipts and bodies may be many: an implementation splits them as its service demands."""

    url: str
    cloud: str
    batch: int  # the most messages that one ``receive`` returns
    senders: int  # how many ``send`` may run at once
    keeps_hidden: bool  # whether ``extend`` is cheap enough to keep everything hidden while a queue is read

    def count(self) -> Count: ...

    def receive(self, wait_seconds: int, hide_seconds: int) -> list[Message]:
        """Return visible messages, and hide them. Wait if there are none. A queue may ignore ``hide_seconds``."""
        ...

    def extend(self, receipts: Sequence[str], seconds: int) -> list[str]:
        """Hide messages for ``seconds`` from now. Return the receipts that are valid from now on, in order."""
        ...

    def release(self, receipts: Sequence[str]) -> None:
        """Make messages visible. Ignore those that are visible or gone."""
        ...

    def delete(self, receipts: Sequence[str]) -> None:
        """Delete messages. Ignore those that came back in the meantime: they are received again."""
        ...

    def send(self, bodies: Sequence[str]) -> list[IngestError | None]:
        """Send messages that give way to live uploads. Return for each ``None``, or why it was not accepted."""
        ...


def retry(call: Callable[[], R]) -> R:
    """Return what ``call`` returns. Repeat it three times if it fails for a reason that may pass."""
    for seconds in _WAITS_SECONDS:
        try:
            return call()
        except IngestError as error:
            is_refusal = error.reason is Reason.ACCESS_DENIED
            if is_refusal or not error.reason.fault_class.may_pass or error.attempts is not None:
                raise
            time.sleep(seconds)
    return call()


def split(bodies: Sequence[str], most: int, most_bytes: int) -> Iterator[list[int]]:
    """Yield the numbers of the bodies in groups that one request may hold."""
    group: list[int] = []
    size = 0
    for number, body in enumerate(bodies):
        length = len(body.encode())
        if group and (len(group) == most or size + length > most_bytes):
            yield group
            group, size = [], 0
        group.append(number)
        size += length
    if group:
        yield group
