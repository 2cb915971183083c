"""Define what a batch needs from outside. Adapters implement these ports; tests have fakes that keep state.

Every method of a queue makes one attempt and raises ``IngestError``. The caller repeats ``requeue``. It ignores a
failed ``ack`` or ``defer``, because the platform then settles the record.
"""

from collections.abc import Callable
from concurrent.futures import Future
from typing import ParamSpec, Protocol, TypeVar

from imagesearch_ingest.events import EventRecord
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.outcomes import Outcome

P = ParamSpec("P")
R = TypeVar("R")


class EventQueue(Protocol):
    """The queue that events come from. It settles single records before the platform settles the batch."""

    def ack(self, receipt: str) -> None:
        """Delete a settled record."""
        ...

    def defer(self, receipt: str, seconds: int) -> None:
        """Hand a record back: the queue hides it for ``seconds`` seconds."""
        ...


class RetryQueue(Protocol):
    """The queue that events come from, on a platform that cannot defer a record: the record is sent again instead."""

    def requeue(self, body: str, seconds: int) -> None:
        """Send a new message, which the queue hides for ``seconds`` seconds."""
        ...


class Reporter(Protocol):
    """Logs and metrics."""

    def object_done(
        self,
        outcome: Outcome,
        record: EventRecord,
        *,
        request_id: str,
        dead_lettered: bool,
        fault: IngestError | None,
    ) -> None:
        """Report one object. ``request_id`` is the invocation's. ``fault`` says why its dead letter was not written."""
        ...

    def batch_done(self) -> None:
        """Report the end of a batch."""
        ...


class Executor(Protocol):
    """The part of ``concurrent.futures.Executor`` that a batch uses."""

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Run ``fn`` in another thread and return its future."""
        ...
