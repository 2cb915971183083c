"""Count and show what a reconcile does with each object and entry."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from rich.table import Table

from imagesearch_ops import output
from imagesearch_ops.audit.difference import Difference, Symbol
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.report import MOST_ROWS, Report
from imagesearch_ops.terminal_text import printable


class Action(StrEnum):
    """What is done."""

    ANNOUNCE_ADD = "announce_add"
    ANNOUNCE_DELETE = "announce_delete"
    DELETE_ENTRY = "delete_entry"
    WITHHELD = "withheld"  # left alone, and still to do
    CHANGED = "changed"  # left alone, because it is no longer as the audit saw it


@dataclass(slots=True)
class Outcomes:
    """The counts of one reconcile, and why deletions were withheld."""

    report: Report
    does_it: bool
    reasons: list[str] = field(default_factory=list)
    _counts: Counter[str] = field(default_factory=Counter)
    _table: Table = field(default_factory=lambda: output.new_table("action", "key", "details"))

    def add(self, action: Action, one: Difference, why: str = "") -> None:
        """Count and show one object or entry."""
        self._counts["rejected_retried" if one.symbol is Symbol.REJECTED else action] += 1
        ids = {"product_id": one.product_id, "pic_name": one.pic_name}
        self.report.line({"action": str(action), "key": one.key, **ids, "why": why or one.why})
        if not self.report.as_json and self._table.row_count < MOST_ROWS:
            name = one.key if one.key is not None else f"{one.product_id} {one.pic_name}"
            self._table.add_row(action.replace("_", " "), output.short_key(name), printable(why or one.why))

    def number(self, action: Action) -> int:
        """Return how many objects or entries met this action."""
        return self._counts[action]

    @property
    def additions(self) -> int:
        """Return how many objects were announced to be added."""
        return self._counts[Action.ANNOUNCE_ADD] + self._counts["rejected_retried"]

    def withhold(self, what: str, why: str) -> None:
        """Tell in one line why deletions are withheld. That decides the exit code, unless nothing would be done."""
        self.reasons.append(why)
        if self.does_it:
            self.report.fail(ExitCode.LIMIT, "deletions_withheld", f"{what} withheld: {why}")
        else:
            output.message(f"{what} would be withheld: {why}")

    def count(self) -> None:
        """Write the counts into the summary."""
        self.report.summary |= {
            "announced_adds": self._counts[Action.ANNOUNCE_ADD],
            "announced_deletes": self._counts[Action.ANNOUNCE_DELETE],
            "rejected_retried": self._counts["rejected_retried"],
            "deleted_entries": self._counts[Action.DELETE_ENTRY],
            "changed": self._counts[Action.CHANGED],
            "withheld": self._counts[Action.WITHHELD],
            "withheld_because": " ".join(dict.fromkeys(self.reasons)) or None,
        }

    def show(self) -> None:
        """Print the table and the counts for a person."""
        if self.report.as_json:
            return
        self.report.say_if_cut(sum(self._counts.values()))
        output.print_table(self._table, self._describe())

    def _describe(self) -> str:
        would = "" if self.does_it else "would be "
        names = {
            Action.ANNOUNCE_ADD: f"{would}announced to be added",
            "rejected_retried": f"rejected {would}announced again",
            Action.ANNOUNCE_DELETE: f"{would}announced to be deleted",
            Action.DELETE_ENTRY: f"{would}deleted",
            Action.CHANGED: "changed since the audit",
            Action.WITHHELD: f"{would}withheld",
        }
        told = [f"{self._counts[name]} {words}" for name, words in names.items() if self._counts[name]]
        return ", ".join(told) or "nothing to reconcile"
