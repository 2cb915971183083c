"""A record of every step of a run, for the ledger and for people."""

import hashlib
from collections import Counter, defaultdict

from imagesearch_ingest.model.errors import IngestError
from tests.chaos.evidence import LEGS, Evidence
from tests.chaos.faults import INDEX_CHANGES, Fault
from tests.chaos.timeline import Timeline
from tests.support.intercepted import Operation


class Journal:
    """``lines`` are kept only on request. ``quiet`` omits even their digest, which costs too much in long runs.

    ``faults`` maps an invocation and a key to the reasons that it met. ``own_faults`` are those among them that are
    certainly the object's own. ``reached`` holds an invocation and a key if
    the index has or may have carried out a request for it.
    """

    def __init__(self, timeline: Timeline, *, keep: bool = False, quiet: bool = False) -> None:
        self.lines: list[str] = []
        self.faults: dict[tuple[str, str], set[str]] = defaultdict(set)
        self.own_faults: dict[tuple[str, str], set[str]] = defaultdict(set)
        self.reached: set[tuple[str, str]] = set()
        self.evidence: dict[str, Evidence] = defaultdict(Evidence)  # of each worker
        self.counts: Counter[str] = Counter()
        self._timeline = timeline
        self._keep = keep
        self._quiet = quiet
        self._digest = hashlib.sha256()

    @property
    def digest(self) -> str:
        return self._digest.hexdigest()

    def note(self, what: str, *about: object) -> None:
        """Write one line."""
        if self._quiet:
            return
        line = f"{self._timeline.now:.6f} {what} {' '.join(map(str, about))}"
        self._digest.update(line.encode(errors="backslashreplace") + b"\n")
        if self._keep:
            self.lines.append(line)

    def note_fault(
        self,
        operation: Operation,
        request_id: str,
        key: str,
        fault: Fault,
        error: IngestError | None,
    ) -> None:
        """Write that a call met a fault."""
        self.counts[fault.name] += 1
        if error:
            self.faults[request_id, key].add(error.reason.code)
            if self.evidence[_worker(request_id)].note_fault(operation, request_id, key, error):
                self.own_faults[request_id, key].add(error.reason.code)
        if operation in INDEX_CHANGES and (fault.acts or (error and error.reason.may_have_acted)):
            self.reached.add((request_id, key))
        self.note(f"{operation} failed:", request_id, key, fault.name)

    def met_by_worker(self, request_id: str) -> set[str]:
        """Return the reasons of all faults that the worker of this invocation has met."""
        return self.evidence[_worker(request_id)].met

    def note_refusal(self, request_id: str, key: str, error: IngestError) -> None:
        """Remember that the service itself refused the call: it is full, for instance."""
        self.faults[request_id, key].add(error.reason.code)

    def note_success(self, operation: Operation, request_id: str, key: str) -> None:
        """Remember that the call acted, even if the worker never hears of it."""
        if operation in LEGS:
            self.evidence[_worker(request_id)].note_success(operation, key)
        if operation in INDEX_CHANGES:
            self.reached.add((request_id, key))


def _worker(request_id: str) -> str:
    return request_id.rpartition("-")[0]
