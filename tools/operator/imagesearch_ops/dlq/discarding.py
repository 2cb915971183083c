"""``dlq discard``: delete dead letters, after they were written to a file that can be replayed."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from rich.table import Table

from imagesearch_ops import output
from imagesearch_ops.dlq.filters import Filter, read_filters
from imagesearch_ops.dlq.letters import Line, identity, key, name_record, read_message
from imagesearch_ops.dlq.listing import describe
from imagesearch_ops.dlq.reading import SHORTEST_HIDE_SECONDS, Reader
from imagesearch_ops.dlq.session import Session, Where, open_session
from imagesearch_ops.errors import InputError
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.queues import Message, OperatorQueue
from imagesearch_ops.report import MOST_ROWS, Report, reporting
from imagesearch_ops.run_folder import RunFolder, default_folder, open_run

FILE = "discarded.jsonl"


@dataclass(frozen=True, slots=True)
class DiscardOptions:
    """What is discarded, and where it is kept."""

    where: Sequence[str] = ()
    takes_all: bool = False
    does_it: bool = False
    state: Path | None = None


def run_discard(where: Where, options: DiscardOptions, environ: Mapping[str, str], *, as_json: bool) -> ExitCode:
    """Run the command. Without ``--yes`` nothing changes. Raise ``IngestError`` if a queue fails."""
    with reporting(as_json=as_json) as report, ExitStack() as stack:
        report.summary = {"seen": 0, "discarded": 0, "kept": 0, "dry_run": not options.does_it}
        if options.takes_all == bool(options.where):
            raise InputError("say what to discard: --where FIELD=VALUE, or --all for everything")
        discard = _Discard(report, read_filters(options.where))
        session = stack.enter_context(open_session(report, where, environ))
        if options.does_it:
            path = options.state or default_folder(report.run, environ)
            _run(discard, session, path, where, options)
        else:
            with session.fold() as folded:
                for line in folded:
                    if discard.wanted(line):
                        discard.add(line)
                    else:
                        discard.keep(line)
        discard.finish(is_dry_run=not options.does_it)
        return report.code


@dataclass(slots=True)
class _Discard:
    report: Report
    wanted: Filter
    _discarded: set[str] = field(default_factory=set)
    _kept: set[str] = field(default_factory=set)
    _table: Table = field(default_factory=lambda: output.new_table("decision", "key", "details"))

    def add(self, line: Line) -> None:
        self._kept.discard(identity(line))
        if identity(line) in self._discarded:
            return
        self._discarded.add(identity(line))
        self.report.line({**name_record(line), "decision": "discarded", "why": str(line["code"])})
        if not self.report.as_json and self._table.row_count < MOST_ROWS:
            self._table.add_row("discarded", output.short_key(key(line)), describe(line))

    def keep(self, line: Line) -> None:
        if identity(line) not in self._discarded:
            self._kept.add(identity(line))

    def count(self) -> None:
        discarded, kept = len(self._discarded), len(self._kept)
        self.report.summary |= {"seen": discarded + kept, "discarded": discarded, "kept": kept}

    def finish(self, *, is_dry_run: bool) -> None:
        self.count()
        if self.report.as_json:
            return
        counts = self.report.summary
        self.report.say_if_cut(len(self._discarded))
        what = "would be discarded" if is_dry_run else "discarded"
        output.print_table(self._table, f"{counts['seen']} seen, {counts['discarded']} {what}, {counts['kept']} kept")
        if is_dry_run:
            output.message("This was a dry run: nothing was deleted. Add --yes to discard.")


def _run(discard: _Discard, session: Session, path: Path, where: Where, options: DiscardOptions) -> None:
    undo = replace(where, file=path / FILE)
    for name, queue in session.queues.items():
        if session.warn_of_move(name, queue):
            return
    about = {"command": "dlq discard", "run": session.report.run, "where": list(options.where)}
    with open_run(path, {**about, "deployment": session.deployment.describe()}) as folder:
        output.message(f"undo: imagesearch-ingest dlq replay {' '.join(undo.words())}")
        try:
            for name, queue in session.queues.items():
                _discard_queue(discard, session, name, queue, folder)
            folder.about["complete"] = not session.is_incomplete and discard.report.error is None
        finally:
            discard.count()
            session.report.summary["file"] = str(path / FILE)
            folder.about["counts"] = discard.report.summary


def _discard_queue(discard: _Discard, session: Session, name: str, queue: OperatorQueue, folder: RunFolder) -> None:
    reader = Reader(queue, hide_seconds=SHORTEST_HIDE_SECONDS)
    with closing(reader.batches()) as batches:
        for batch in batches:
            lines: list[Line] = []
            messages: list[Message] = []
            for message in batch:
                line = read_message(message, name, queue.cloud)
                if discard.wanted(line):
                    lines.append(line)
                    messages.append(message)
                else:
                    discard.keep(line)
            if not messages:
                continue
            folder.append(FILE, *lines, sync=True)
            folder.journal(*({"action": "delete", "message_id": message.id} for message in messages))
            reader.done_all(messages)
            for line in lines:
                discard.add(line)
    session.check_complete(name, reader)
