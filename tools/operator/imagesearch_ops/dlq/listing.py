"""``dlq list``: show each record that could not be added, once, or count the records of each group."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from imagesearch_ops import output
from imagesearch_ops.dlq.choices import By
from imagesearch_ops.dlq.filters import Filter, read_filters
from imagesearch_ops.dlq.folding import Folded
from imagesearch_ops.dlq.groups import Group, group
from imagesearch_ops.dlq.letters import Line, failed_at, key
from imagesearch_ops.dlq.page import write_page
from imagesearch_ops.dlq.session import Session, Where, open_session
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.report import MOST_ROWS, Report, reporting
from imagesearch_ops.run_folder import check_replaceable
from imagesearch_ops.shell import quote
from imagesearch_ops.terminal_text import printable

_TO_MINUTES = len("2026-01-02T03:04")
_MAX_MESSAGE_CHARACTERS = 200


def run_list(
    where: Where,
    expressions: Sequence[str],
    environ: Mapping[str, str],
    *,
    by: By | None = None,
    page: Path | None = None,
    as_json: bool,
) -> ExitCode:
    """Run the command; every message stays in the queue. Raise ``IngestError`` if a queue cannot be read."""
    with reporting(as_json=as_json) as report:
        wanted = read_filters(expressions)
        report.summary = {"letters": 0, "records": 0, "by": {}, "oldest": None, "expires_first": None}
        report.summary["incomplete"] = True
        if page:
            check_replaceable(page)
        with open_session(report, where, environ) as session, session.fold() as folded:
            words = [word for one in expressions for word in ("--where", quote(one))] + where.words()
            _list(session, folded, wanted, by=by, page=page, words=words)
        return report.code


def _list(
    session: Session, folded: Folded, wanted: Filter, *, by: By | None, page: Path | None, words: Sequence[str]
) -> None:
    report = session.report
    groups = group(_select(folded, wanted), by or By.REASON, words)
    summarize(report, _select(folded, wanted), groups)
    report.summary["incomplete"] = session.is_incomplete
    if page:
        write_page(page, groups, lambda: _select(folded, wanted), session, by or By.REASON)
        output.message(f"written: {page}")
    if not report.summary["records"] and len(folded):
        output.message(f"None of the {number_of(len(folded))} matches --where.")
    if report.as_json and by is None:
        for line in _select(folded, wanted):
            report.line(line)
    elif report.as_json:
        for one in groups:
            report.line({str(by): one.name, "records": one.records, "hint": one.hint, "command": one.command})
    elif by:
        _print_groups(groups, by, report.summary)
    else:
        _print_records(_select(folded, wanted), report.summary)


def summarize(report: Report, lines: Iterator[Line], groups: Sequence[Group]) -> None:
    """Fill the summary with the counts and with the times that matter."""
    letters = records = 0
    oldest: str | None = None
    expires: str | None = None
    for line in lines:
        records += 1
        letters += int(line.get("copies", 1))
        at, end = failed_at(line), line.get("expires_at")
        oldest = min(filter(None, (oldest, at)), default=None)
        expires = min(filter(None, (expires, end)), default=None)
    report.summary |= {"letters": letters, "records": records, "by": {one.name: one.records for one in groups}}
    report.summary |= {"oldest": oldest, "expires_first": expires}


def _select(folded: Folded, wanted: Filter) -> Iterator[Line]:
    return (line for line in folded if wanted(line))


def describe(line: Line) -> str:
    """Return reason and message, not too long for a table."""
    message = str(line["message"])
    shortened = message if len(message) <= _MAX_MESSAGE_CHARACTERS else f"{message[:_MAX_MESSAGE_CHARACTERS]}..."
    return printable(f"{line['code']}: {shortened}")


def to_minutes(time: str) -> str:
    """Return a time as a table shows it."""
    return printable(time[:_TO_MINUTES].replace("T", " "))


def _print_records(lines: Iterator[Line], summary: Mapping[str, Any]) -> None:
    table = output.new_table("failed at (UTC)", "key", "details", "index holds")
    for number, line in enumerate(lines):
        if number == MOST_ROWS:
            output.message(f"Only the first {MOST_ROWS} are shown. Narrow them with --where, or use --json or --by.")
            break
        table.add_row(
            to_minutes(failed_at(line)),
            output.short_key(key(line)),
            describe(line),
            printable(str(line.get("index_holds") or "")),
        )
    output.print_table(table, _count(summary))


def _count(summary: Mapping[str, Any]) -> str:
    """Return the counts, and when the first message expires."""
    records, letters = summary["records"], summary["letters"]
    more = f"{letters} messages. " if letters > records else ""
    if summary["expires_first"]:
        more += f"The first expires at {printable(summary['expires_first'])}."
    return f"{more}\n{number_of(records)}" if more else number_of(records)


def number_of(records: int) -> str:
    """Return how many dead letters there are, in words."""
    return f"{records} dead letter{'' if records == 1 else 's'}"


def _print_groups(groups: Sequence[Group], by: By, summary: Mapping[str, Any]) -> None:
    details = ["details"] if any(one.hint for one in groups) else []
    table = output.new_table(str(by), "records", *details, numbers={"records"})
    for one in groups:
        hints = [printable(one.hint)] if details else []
        table.add_row(output.short_key(one.name or "(none)"), str(one.records), *hints)
    commands = [one.command for one in groups if one.command]
    output.print_table(table, _count(summary))
    if commands:
        output.plain("\nTo replay one of them (a dry run; add --yes):")
    for command in commands:
        output.plain(f"  {command}")
