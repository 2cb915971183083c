"""Keep what a person is shown of the differences: a bounded number of each class, and how often each reason came."""

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops.audit.difference import Symbol
from imagesearch_ops.dlq.letters import RETRIES_EXHAUSTED
from imagesearch_ops.report import MOST_ROWS

Line = Mapping[str, Any]  # as ``Difference.public`` returns it

_MOST_REASONS = 100  # different ones of a class
_OTHERS = "others"
_CODES = {*(reason.code for reason in Reason), RETRIES_EXHAUSTED, _OTHERS}
# If not all fit, the classes that need a person come first.
BY_NEED = (
    Symbol.MISSING,
    Symbol.ORPHANED,
    Symbol.UNDECIDED,
    Symbol.FOREIGN,
    Symbol.REJECTED,
    Symbol.NOT_OURS,
    Symbol.WAITING,
)


class Class(NamedTuple):
    """What a class is called, what it means, and which counts of the summary make it up."""

    symbol: Symbol
    name: str
    meaning: str
    counts: tuple[str, ...]

    def total(self, counts: Mapping[str, Any]) -> int | None:
        """Return how many there are, or ``None`` if nobody knows."""
        known = [counts.get(name, 0) for name in self.counts]
        return None if None in known else sum(known)


CLASSES = (
    Class(Symbol.SAME, "same", "in the bucket and in the index", ("same",)),
    Class(Symbol.MISSING, "missing", "in the bucket, not in the index, and no reason is known", ("missing",)),
    Class(Symbol.ORPHANED, "orphaned", "in the index, but its object is gone", ("orphaned",)),
    Class(Symbol.REJECTED, "known rejected", "in the bucket, and rejected as it is", ("known_rejected",)),
    Class(Symbol.WAITING, "waiting", "too young, or changed since the dump", ("waiting", "changed")),
    Class(Symbol.NOT_OURS, "not ours", "excluded, a folder marker, or refused by the key rule", ("not_ours",)),
    Class(Symbol.FOREIGN, "foreign", "in the index, but no key makes it under this rule", ("foreign",)),
    Class(Symbol.UNDECIDED, "undecided", "could not be decided", ("errors", "undecided")),
)


class Findings:
    """The first ``most`` differences of each class, and the reasons of all."""

    def __init__(self, most: int = MOST_ROWS) -> None:
        self._most, self._added = most, 0
        self._lines: dict[Symbol, deque[tuple[int, Line]]] = {one.symbol: deque() for one in CLASSES}
        self._reasons: dict[Symbol, Counter[str]] = {one.symbol: Counter() for one in CLASSES}
        self._seen: Counter[Symbol] = Counter()

    def add(self, line: Line) -> None:
        """Take the next difference, in the order of keys."""
        symbol = Symbol(line["class"])
        self._added += 1
        self._seen[symbol] += 1
        reasons, name = self._reasons[symbol], str(line["why"]).partition(":")[0]
        reasons[name if name in reasons or len(reasons) < _MOST_REASONS else _OTHERS] += 1
        if len(self._lines[symbol]) < self._most:
            self._lines[symbol].append((self._added, line))

    def lines_of(self, symbol: Symbol, most: int) -> list[Line]:
        """Return the first differences of a class."""
        return [line for _, line in list(self._lines[symbol])[:most]]

    def number_of(self, symbol: Symbol) -> int:
        """Return how many differences of a class were added."""
        return self._seen[symbol]

    def reasons_of(self, symbol: Symbol) -> list[tuple[str, int]]:
        """Return the codes of reasons of a class, the most frequent first. Of ``!``, return every reason."""
        found = self._reasons[symbol].most_common()
        return [one for one in found if symbol is Symbol.UNDECIDED or one[0] in _CODES]

    def first(self) -> Iterator[Line]:
        """Yield up to ``most`` differences in the order of keys, those that need a person before the others."""
        chosen = [pair for symbol in BY_NEED for pair in self._lines[symbol]][: self._most]
        yield from (line for _, line in sorted(chosen, key=lambda pair: pair[0]))

    def __len__(self) -> int:
        return self._added
