"""The SDK's client, which tells how long each of the three requests of an add took, and can wait before the last.

The upload may end in a bucket far away, whatever the instance's region; only its own time shows that. And only the last
request is counted by the instance's quota.
"""

import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from imagesearch_ingest.adapters.image_search.sdk import Client, RuntimeOptions, models

LEGS = ("authorize", "upload", "wait", "add")


@dataclass(slots=True)
class _Add:
    """One call of ``add_image_advance``: when each of its legs ended, and what it waits for before the last."""

    before_the_last: Callable[[], None]
    ends: list[float]

    def leg_ends(self) -> None:
        self.ends.append(time.perf_counter())


_current: ContextVar[_Add | None] = ContextVar("current", default=None)


class TimedClient(Client):  # type: ignore[misc]  # published without types
    """Stands between ``add_image_advance`` and the second and third request that it makes. Safe for several threads."""

    def timed_add(
        self, request: models.AddImageAdvanceRequest, runtime: RuntimeOptions, before_the_last: Callable[[], None]
    ) -> tuple[Any, dict[str, int]]:
        """The SDK's answer, and each leg's milliseconds; ``wait`` is how long ``before_the_last`` took."""
        current = _Add(before_the_last, [time.perf_counter()])
        token = _current.set(current)
        try:
            answer = self.add_image_advance(request, runtime)
        finally:
            _current.reset(token)
        current.leg_ends()
        pairs = pairwise(current.ends)
        return answer, dict(zip(LEGS, (round((end - begin) * 1000) for begin, end in pairs), strict=True))

    def _post_ossobject(self, *arguments: Any) -> Any:  # noqa: ANN401 - the SDK has no types
        if current := _current.get():
            current.leg_ends()
        return super()._post_ossobject(*arguments)

    def add_image_with_options(self, *arguments: Any) -> Any:  # noqa: ANN401 - the SDK has no types
        if current := _current.get():
            current.leg_ends()
            current.before_the_last()
            current.leg_ends()
        return super().add_image_with_options(*arguments)
