"""What a batch needs from outside. Adapters implement these; tests have fakes that keep state.

Every method of a queue makes one attempt and raises ``IngestError``. The caller repeats it (``pacing/retry.py``).
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
    """The queue the events come from, for settling single records before the platform settles the batch."""

    def ack(self, receipt: str) -> None: ...

    def defer(self, receipt: str, seconds: int) -> None:
        """Hands a record back: nobody receives it for so long."""
        ...


class RetryQueue(Protocol):
    """The queue the events come from, on a platform that hides no record: what is to come back is sent once more."""

    def requeue(self, body: str, seconds: int) -> None:
        """A new message, which nobody receives for so long."""
        ...


class Reporter(Protocol):
    """Is told of every object and of every batch, for logs and metrics."""

    def object_done(
        self,
        outcome: Outcome,
        record: EventRecord,
        *,
        request_id: str,
        dead_lettered: bool,
        fault: IngestError | None,
    ) -> None:
        """``request_id`` is the invocation's. ``fault`` says why a dead letter that was due could not be written."""
        ...

    def batch_done(self) -> None: ...


class Executor(Protocol):
    """The part of ``concurrent.futures.Executor`` that a batch uses."""

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]: ...
