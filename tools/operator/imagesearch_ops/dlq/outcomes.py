"""Count and show what a replay decides for each record."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from rich.table import Table

from imagesearch_ops import output
from imagesearch_ops.dlq.decisions import Answer, Decision
from imagesearch_ops.dlq.letters import Line, identity, key, name_record
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.report import MOST_ROWS, Report
from imagesearch_ops.terminal_text import printable


@dataclass(slots=True)
class Outcomes:
    """The counts of one replay. Each record counts once, with its first decision."""

    report: Report
    _counts: Counter[str] = field(default_factory=Counter)
    _kept: set[str] = field(default_factory=set)
    _table: Table = field(default_factory=lambda: output.new_table("decision", "key", "details"))

    def add(self, line: Line, decision: Decision) -> None:
        """Count and show one decision."""
        self._kept.discard(identity(line))
        self._counts[decision.answer] += 1
        self.report.line({**name_record(line), "decision": decision.text, "why": decision.why})
        if not self.report.as_json and self._table.row_count < MOST_ROWS:
            details = f"{line['code']}: {decision.why}"
            self._table.add_row(str(decision.answer), output.short_key(key(line)), printable(details))

    def keep(self, names: Iterable[str]) -> None:
        """Count records that the filter leaves in the queue."""
        self._kept.update(names)

    def moved(self, records: int) -> None:
        """Count records that SQS itself moves."""
        self._counts[Answer.SENT] += records

    def count(self) -> None:
        """Write the counts into the summary. ``seen`` is their sum."""
        sent = self._counts[Answer.SENT] + self._counts[Answer.GONE]
        unchanged, cannot, kept = self._counts[Answer.UNCHANGED], self._counts[Answer.CANNOT], len(self._kept)
        self.report.summary |= {"seen": sent + unchanged + cannot + kept, "sent": sent, "unchanged": unchanged}
        self.report.summary |= {"cannot": cannot, "kept": kept}

    def finish(self, *, is_dry_run: bool) -> None:
        """Show the table and the counts, and choose the exit code."""
        self.count()
        counts = self.report.summary
        if not is_dry_run and (counts["unchanged"] or counts["cannot"]) and self.report.code == ExitCode.OK:
            self.report.code = ExitCode.INCOMPLETE
        if self.report.as_json:
            return
        names = ("seen", "sent", "unchanged", "cannot", "kept")
        words = {"sent": "would be sent"} if is_dry_run else {}
        text = ", ".join(f"{counts[name]} {words.get(name, name)}" for name in names)
        if self._table.row_count == MOST_ROWS:  # not if SQS has moved all of them
            self.report.say_if_cut(sum(self._counts.values()))
        output.print_table(self._table, text)
        if counts["unchanged"]:
            output.message("Unchanged records would end the same way. Send them with --force, or --try them here.")
        if is_dry_run:
            output.message("This was a dry run: nothing was sent. Add --yes to send.")
