"""Announce the keys of entries whose objects are gone, each after one more look at the bucket."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ops.audit.difference import Difference
from imagesearch_ops.buckets.existence import Existence
from imagesearch_ops.buckets.looking import ObjectLooker
from imagesearch_ops.reconcile.outcomes import Action, Outcomes

_THREADS = 8
_AHEAD = 40  # objects that are looked at before they are announced
_MOST_FAULTS = 10  # in a row: then nothing can be read
_RESOLUTION_SECONDS = 1.0  # of Last-Modified
_HIDDEN = (
    "the bucket has an object that it did not list to the audit, so it may hide others. "
    "Check what your key may list and read, then audit again."
)

Answer = Existence | IngestError
Looked = tuple[Difference, "Future[Answer]"]


@dataclass(slots=True)
class Removals:
    """Let through what is gone.

    Nothing more is let through once the bucket shows an object that it did not list to the audit, which was made at
    ``taken_at`` (Unix seconds): other objects may be hidden as well. ``fault`` is set if the bucket cannot be read.
    """

    taken_at: float
    looker: ObjectLooker
    outcomes: Outcomes
    fault: IngestError | None = None
    _stopped_by: str | None = None
    _faults_in_a_row: int = 0
    _unclear: int = 0

    def confirm(self, found: Iterable[Difference]) -> Iterator[Difference]:
        """Yield those whose objects are gone. Count and show the others."""
        looked: deque[Looked] = deque()
        with ThreadPoolExecutor(_THREADS) as threads:
            try:
                for one in found:
                    looked.append((one, threads.submit(self._look, one)))
                    if len(looked) > _AHEAD:
                        yield from self._take(looked)
                while looked:
                    yield from self._take(looked)
            except BaseException:
                self.looker.close()  # or the threads would go on trying
                raise

    def conclude(self) -> None:
        """Say why deletions were withheld while they were looked at. Raise the fault that has ended the looking."""
        if self._stopped_by:
            self.outcomes.withhold("Deletions", self._stopped_by)
        elif self._unclear:
            told = f"the bucket does not say whether {self._unclear} of the objects exist. See the lines of these keys."
            self.outcomes.withhold("Some deletions", told)
        if self.fault:
            raise self.fault

    def _look(self, one: Difference) -> Answer:
        if self._stopped_by:
            return Existence(None)
        try:
            return self.looker(str(one.key))
        except IngestError as error:
            return error

    def _take(self, looked: deque[Looked]) -> Iterator[Difference]:
        one, future = looked.popleft()
        answer = future.result()
        if self._stopped_by:
            self.outcomes.add(Action.WITHHELD, one, "withheld with all others")
        elif isinstance(answer, IngestError):
            self._take_fault(one, answer)
        elif answer.is_there is None:
            self._withhold(one, answer.why)
        elif answer.is_there:
            self._take_object(one, answer)
        else:
            self._faults_in_a_row = 0
            yield one

    def _take_fault(self, one: Difference, error: IngestError) -> None:
        self._faults_in_a_row += 1
        self._withhold(one, error.detail)
        if error.is_systemic or self._faults_in_a_row >= _MOST_FAULTS:
            self.fault, self._stopped_by = error, f"the bucket cannot be read: {error.detail}."

    def _withhold(self, one: Difference, why: str) -> None:
        self._unclear += 1
        self.outcomes.add(Action.WITHHELD, one, why)

    def _take_object(self, one: Difference, there: Existence) -> None:
        self._faults_in_a_row = 0
        self.outcomes.add(Action.CHANGED, one, "the object exists now")
        if there.last_modified is not None and there.last_modified + _RESOLUTION_SECONDS < self.taken_at:
            self._stopped_by = _HIDDEN
