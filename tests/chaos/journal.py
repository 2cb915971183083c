"""All that was done, in its order, as the ledger needs it and as a person reads it."""

import hashlib
from collections import Counter, defaultdict

from imagesearch_ingest.model.errors import IngestError
from tests.chaos.faults import CHANGES_OF_INDEX, Fault, Port
from tests.chaos.timeline import Timeline


class Journal:
    """``lines`` are kept on request alone; their digest always, unless even that would cost too much."""

    def __init__(self, timeline: Timeline, *, keep: bool = False, quiet: bool = False) -> None:
        self.lines: list[str] = []
        self.faults: dict[tuple[str, str], set[str]] = defaultdict(set)
        self.reached: set[tuple[str, str]] = set()
        self.counts: Counter[str] = Counter()
        self._timeline = timeline
        self._keep = keep
        self._quiet = quiet
        self._digest = hashlib.sha256()

    @property
    def digest(self) -> str:
        return self._digest.hexdigest()

    def note(self, what: str, *about: object) -> None:
        if self._quiet:
            return
        line = f"{self._timeline.now:.6f} {what} {' '.join(map(str, about))}"
        self._digest.update(line.encode(errors="backslashreplace") + b"\n")
        if self._keep:
            self.lines.append(line)

    def failed(self, port: Port, request_id: str, key: str, fault: Fault, error: IngestError | None) -> None:
        self.counts[fault.name] += 1
        if error:
            self.faults[request_id, key].add(error.reason.code)
        if port in CHANGES_OF_INDEX and (fault.acts or (error and error.reason.may_have_acted)):
            self.reached.add((request_id, key))
        self.note(f"{port} failed:", request_id, key, fault.name)

    def changed(self, request_id: str, key: str) -> None:
        """The index has acted on it, whatever its answer."""
        self.reached.add((request_id, key))
