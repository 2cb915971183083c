"""What the calls of one worker have shown: which faults are an object's own, because the same leg works for others."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import FaultClass
from tests.support.intercepted import Operation

# The leg of each call: reading the bucket is one leg, whatever is read.
LEGS: Mapping[Operation, str] = {
    Operation.FETCH: "bucket",
    Operation.HEAD: "bucket",
    Operation.UPLOAD: "upload",
    Operation.ADD: "add",
    Operation.DELETE: "delete",
}


TRIES = 5  # of a call with a transient fault; fewer if the fault says so, and only one with a systemic fault


@dataclass(slots=True)
class Evidence:
    """The memory of one worker, written independently of the worker. A new worker begins with an empty one.

    ``met`` holds the reason of every fault.
    """

    met: set[str] = field(default_factory=set)
    _failed: dict[tuple[str, str], int] = field(default_factory=dict)
    _latest: dict[str, list[tuple[str, int, bool]]] = field(default_factory=dict)
    _tries: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    _numbers: "count[int]" = field(default_factory=count)

    def forget(self) -> None:
        """Begin anew, as a new worker does."""
        for memory in (self.met, self._failed, self._latest, self._tries):
            memory.clear()

    def note_success(self, operation: Operation, key: str) -> None:
        self._note(LEGS[operation], key, works=True)

    def note_fault(self, operation: Operation, request_id: str, key: str, error: IngestError) -> bool:
        """Note a fault. Return whether it is certainly the object's own.

        That is so if the leg has worked for another object since the object first failed on it, and no call for another
        object has failed for good after that. Throttling says nothing about a leg.
        """
        self.met.add(error.reason.code)
        leg, fault_class = LEGS.get(operation), error.reason.fault_class
        if not leg or fault_class not in {FaultClass.TRANSIENT, FaultClass.SYSTEMIC}:
            return False
        first = self._failed.setdefault((leg, key), next(self._numbers))
        other = next((one for one in self._latest.get(leg, ()) if one[0] != key), None)
        # A bound of its own counts only the same faults.
        counted = request_id, leg, key, error.reason.code if error.attempts else ""
        self._tries[counted] += 1
        tries = 1 if fault_class is FaultClass.SYSTEMIC else error.attempts or TRIES
        if self._tries[counted] >= tries:
            self._note(leg, key, works=False)
        return other is not None and other[2] and other[1] > first

    def _note(self, leg: str, key: str, *, works: bool) -> None:
        """Keep the latest results of two objects."""
        others = [one for one in self._latest.get(leg, ()) if one[0] != key]
        self._latest[leg] = [(key, next(self._numbers), works), *others[:1]]
