"""Count what an audit finds: the summary of ``--json``, and ``counts`` in the run's ``run.json``."""

from dataclasses import dataclass
from typing import Any

from imagesearch_ops.audit.difference import Difference, Symbol

_OBJECT_NAMES = {
    Symbol.MISSING: "missing",
    Symbol.REJECTED: "known_rejected",
    Symbol.WAITING: "waiting",
    Symbol.NOT_OURS: "not_ours",
    Symbol.UNDECIDED: "errors",
}
_ENTRY_NAMES = {
    Symbol.ORPHANED: "orphaned",
    Symbol.FOREIGN: "foreign",
    Symbol.WAITING: "changed",
    Symbol.UNDECIDED: "undecided",
}
_OF_ENTRIES = {Symbol.ORPHANED, Symbol.FOREIGN}


@dataclass(slots=True)
class Counts:
    """Objects and entries by class. ``listed`` is the sum of the classes of objects.

    ``indexed`` are the entries within the prefix; ``elsewhere`` are the others, and ``entries`` are both. ``changed``
    are entries that came or went since the dump, and ``undecided`` those that could not be looked at. ``shared`` says
    that other deployments add to the index, and ``ours`` that no orphaned entry can be theirs.
    """

    listed: int = 0
    indexed: int = 0
    entries: int = 0
    elsewhere: int = 0
    same: int = 0
    missing: int = 0
    orphaned: int = 0
    known_rejected: int = 0
    waiting: int = 0
    not_ours: int = 0
    foreign: int = 0
    errors: int = 0
    changed: int = 0
    undecided: int = 0
    repeated_keys: int = 0
    repeated_entries: int = 0
    listing_complete: bool = False
    dump_complete: bool = False
    index_total: int | None = None
    shared: bool = False
    ours: bool = True

    def add(self, found: Difference, earlier: Symbol) -> None:
        """Count a difference. ``earlier`` is its class before the second look, which tells entries from objects."""
        name = (_ENTRY_NAMES if earlier in _OF_ENTRIES else _OBJECT_NAMES)[found.symbol]
        setattr(self, name, getattr(self, name) + 1)

    @property
    def is_drift(self) -> bool:
        return bool(self.drifted)

    @property
    def drifted(self) -> int:
        """Return how many objects and entries have drifted."""
        return self.missing + (self.orphaned if self.ours else 0)

    @property
    def eligible(self) -> int:
        """Return the objects that the key rule takes."""
        return self.listed - self.not_ours

    def public(self) -> dict[str, Any]:
        """Return the fields of the summary."""
        names = ("listed", "indexed", "same", "missing", "orphaned", "known_rejected", "waiting", "not_ours", "foreign")
        more = ("errors", "changed", "undecided", "listing_complete", "dump_complete", "index_total")
        return {
            **{name: getattr(self, name) for name in (*names, *more)},
            "repeated": self.repeated_keys + self.repeated_entries,
            "drifted": self.drifted,
            "drift": self.is_drift,
            "shared": self.shared,
        }

    def of_nothing(self) -> dict[str, Any]:
        """Return the fields of the summary of an audit that has concluded nothing: each number is unknown."""
        known = ("listing_complete", "dump_complete", "index_total", "shared")
        return {name: value if name in known else None for name, value in self.public().items()}
