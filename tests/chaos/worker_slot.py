"""One of several places where a worker can be busy, and what becomes of the worker."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.chaos.calls import Calls

_POLL_SECONDS, _IDLE_POLL_SECONDS = 20.0, 900.0
_COLD_START_SECONDS = 1.0


@dataclass(slots=True)
class Lane:
    """``is_over`` says that nothing will ever come again, ``expects`` that people may still do something."""

    name: str
    calls: Calls
    is_over: Callable[[], bool]
    expects: Callable[[], bool]
    batch_size: int
    window_seconds: float
    invocation_seconds: float
    invocations: int = 0
    kills: int = 0

    def begin(self) -> str:
        self.invocations += 1
        request_id = f"{self.name}-{self.invocations}"
        self.calls.begin(request_id, self.invocation_seconds)
        return request_id

    def killed(self) -> None:
        self.kills += 1
        self.calls.timeline.sleep(_COLD_START_SECONDS)

    def rest(self, seconds: float) -> None:
        """A poll finds nothing while nobody does anything, and costs nothing but time to simulate."""
        longest = _POLL_SECONDS if self.expects() else _IDLE_POLL_SECONDS
        self.calls.timeline.sleep(min(longest, max(0.2, seconds)))
