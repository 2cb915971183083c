"""The SDK's client, which tells how long each of the three requests of an add took.

The upload may end in a bucket far away, whatever the instance's region; only its own time shows that.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import pairwise
from typing import Any

from alibabacloud_imagesearch20201214.client import Client

LEGS = ("authorize", "upload", "add")
_laps: ContextVar[list[float] | None] = ContextVar("laps", default=None)


class TimedClient(Client):  # type: ignore[misc]  # published without types
    """Stands between ``add_image_advance`` and the second and third request that it makes. Safe for several threads."""

    @contextmanager
    def timed(self) -> Iterator[dict[str, int]]:
        """Milliseconds by leg, once the block has come to its end; those of the last add made within it."""
        times: dict[str, int] = {}
        laps = [time.perf_counter()]
        token = _laps.set(laps)
        try:
            yield times
        finally:
            _laps.reset(token)
        laps.append(time.perf_counter())
        if len(laps) == len(LEGS) + 1:
            pairs = pairwise(laps)
            times.update(zip(LEGS, (round((end - begin) * 1000) for begin, end in pairs), strict=True))

    def _post_ossobject(self, *arguments: Any) -> Any:  # noqa: ANN401 - the SDK has no types
        _lap()
        return super()._post_ossobject(*arguments)

    def add_image_with_options(self, *arguments: Any) -> Any:  # noqa: ANN401 - the SDK has no types
        _lap()
        return super().add_image_with_options(*arguments)


def _lap() -> None:
    laps = _laps.get()
    if laps is not None:
        laps.append(time.perf_counter())
