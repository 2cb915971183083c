"""What the calls of one worker have shown: which faults are an object's own, because the same leg works for others."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count

from imagesearch_ingest.model.errors import IngestError
from tests.support.intercepted import Operation

# The leg of each call: reading the bucket is one leg, whatever is read.
LEGS: Mapping[Operation, str] = {
    Operation.FETCH: "bucket",
    Operation.HEAD: "bucket",
    Operation.UPLOAD: "upload",
    Operation.ADD: "add",
    Operation.DELETE: "delete",
}


@dataclass(slots=True)
class Evidence:
    """The memory of one worker, written independently of the worker. A new worker begins with an empty one.

    ``met`` holds the reason of every fault.
    """

    met: set[str] = field(default_factory=set)
    _failed: dict[tuple[str, str], int] = field(default_factory=dict)
    _latest: dict[str, list[tuple[str, int, bool]]] = field(default_factory=dict)
    _numbers: count = field(default_factory=count)  # type: ignore[type-arg]

    def forget(self) -> None:
        """Begin anew, as a new worker does."""
        self.met.clear()
        self._failed.clear()
        self._latest.clear()

    def note_success(self, operation: Operation, key: str) -> None:
        self._note(LEGS[operation], key, works=True)

    def note_fault(self, operation: Operation, key: str, error: IngestError) -> bool:
        """Note a fault. Return whether it is certainly the object's own.

        That is so if the leg has worked for another object since the object first failed on it, and has not failed for
        another object after that.
        """
        self.met.add(error.reason.code)
        leg = LEGS.get(operation)
        if not leg:
            return False
        first = self._failed.setdefault((leg, key), next(self._numbers))
        other = next((one for one in self._latest.get(leg, ()) if one[0] != key), None)
        is_own = other is not None and other[2] and other[1] > first
        self._note(leg, key, works=False)
        return is_own

    def _note(self, leg: str, key: str, *, works: bool) -> None:
        """Keep the latest results of two objects."""
        others = [one for one in self._latest.get(leg, ()) if one[0] != key]
        self._latest[leg] = [(key, next(self._numbers), works), *others[:1]]
