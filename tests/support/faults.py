"""Faults that a test scripts for a fake."""

from collections import defaultdict
from collections.abc import Callable

from imagesearch_ingest.model.errors import IngestError


class Faults:
    """The next steps of a fake's methods: an error to raise, or a function to call before the method acts."""

    def __init__(self) -> None:
        self._scripts: dict[str, list[IngestError | Callable[[], None]]] = defaultdict(list)

    def script(self, method: str, *steps: IngestError | Callable[[], None]) -> None:
        """Add steps, one for each of the next calls."""
        self._scripts[method] += steps

    def play(self, method: str) -> None:
        """Take the next step, if there is one."""
        steps = self._scripts[method]
        if not steps:
            return
        step = steps.pop(0)
        if isinstance(step, IngestError):
            raise step
        step()
