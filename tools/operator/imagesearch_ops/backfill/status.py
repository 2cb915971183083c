"""``backfill status``: show how far a run is."""

import shutil
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ops import output
from imagesearch_ops.backfill.funnel import Funnel, Looker, read_run
from imagesearch_ops.backfill.known_run import KnownRun, check_deployment, find_backfill, find_latest_backfill
from imagesearch_ops.deployment import Deployment
from imagesearch_ops.deployment_options import DeploymentOptions
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.faults import explain
from imagesearch_ops.report import Report, reporting
from imagesearch_ops.terminal_text import printable

_NAME_COLUMNS = 9
_STATES = {
    "running": "its command still runs",
    "stopped": "its command was stopped before the end: go on with --resume",
    "complete": "all is sent",
}


def run_status(
    run: str | None,
    state: Path | None,
    place: DeploymentOptions,
    environ: Mapping[str, str],
    *,
    logs: bool,
    as_json: bool,
) -> ExitCode:
    """Run the command. Raise ``InputError`` and ``SettingsError``. What a service refuses to say becomes a note."""
    with reporting(as_json=as_json) as report:
        known = find_backfill(run, state, environ) if run else find_latest_backfill(state, environ)
        report.run = known.name
        funnel = read_run(known)
        if known.waits_in_queue:
            _look(known, funnel, report, place, environ, logs=logs)
        report.summary |= {"state": funnel.state, "sent": funnel.sent, "waiting_about": funnel.waiting_about}
        report.ending = lambda: _end(funnel)
        if as_json:
            report.line(funnel.public())
        else:
            _show(funnel)
        return report.code


def _look(
    known: KnownRun, funnel: Funnel, report: Report, place: DeploymentOptions, environ: Mapping[str, str], *, logs: bool
) -> None:
    deployment = _find(funnel, report, place, environ)
    if deployment is None:
        return
    check_deployment(known, deployment)
    output.message(deployment.describe())
    looker = Looker(funnel, deployment, report)
    looker.look()
    if logs:
        looker.count_log(place.stack)


def _find(funnel: Funnel, report: Report, place: DeploymentOptions, environ: Mapping[str, str]) -> Deployment | None:
    """Return the deployment, or ``None`` if the cloud does not tell it now: the folder is shown all the same."""
    try:
        return place.find(environ)
    except IngestError as error:
        text, code = explain(error)
        report.fail(code, error.reason.code, text)
        funnel.notes.append("The deployment cannot be read, so nothing is known of its queues.")
        return None


def _show(funnel: Funnel) -> None:
    """Print a row for each fact: wrapped on a terminal, uncut in a pipe."""
    width, indent = shutil.get_terminal_size().columns, " " * _NAME_COLUMNS
    for name, text in _rows(funnel):
        row = f"{name:<{_NAME_COLUMNS}}{text}"
        lines = textwrap.wrap(row, width, subsequent_indent=indent) if output.is_data_shown() else [row]
        for line in lines:
            output.plain(line)
    output.plain("")


def _end(funnel: Funnel) -> str:
    sent = "an unknown number" if funnel.sent is None else f"{funnel.sent:,}"
    letters = "" if funnel.letters is None else f", {sum(funnel.letters.values()):,} in dead letters"
    return printable(f"{funnel.run}: {sent} sent{letters}")


def _rows(funnel: Funnel) -> Iterator[tuple[str, str]]:
    engine = f"{funnel.engine} engine, " if funnel.engine else ""
    yield "run", printable(f"{funnel.run}: {engine}{_STATES.get(str(funnel.state), 'its state is not known here')}")
    yield "sent", _sent(funnel)
    if funnel.engine in (None, "queue"):
        yield from _queue_rows(funnel)
    for note in funnel.notes:
        yield "note", printable(note)


def _sent(funnel: Funnel) -> str:
    if funnel.sent is None:
        text = output.describe_counts({**(funnel.counts or {})}) or "not known"
    else:
        text = f"{funnel.sent:,}"
        text += f" of {funnel.listed:,} listed" if funnel.listed is not None else ""
        text += f", {funnel.skipped:,} skipped" if funnel.skipped is not None else ""
    text += f", {funnel.cancelled:,} cancelled" if funnel.cancelled else ""
    return printable(text)


def _queue_rows(funnel: Funnel) -> Iterator[tuple[str, str]]:
    if funnel.waiting_about is None:
        yield "queue", "not known"
    else:
        yield (
            "queue",
            f"about {funnel.waiting_about:,} wait, {funnel.in_flight_about:,} in flight; uploads included",
        )
    if funnel.rate_per_minute is not None:
        yield "rate", f"{funnel.rate_per_minute:,.0f} a minute ({funnel.rate_basis})"
    if funnel.done_by:
        yield "done by", f"{funnel.done_by}, if it goes on so"
    yield "letters", _letters(funnel)
    seconds = funnel.oldest_live_upload_seconds
    yield "uploads", "not known" if seconds is None else f"the oldest live upload has waited for {seconds:,.0f} s"
    if funnel.log is not None:
        yield "log", f"{output.describe_counts(funnel.log) or 'no line of this run'} (a line for each try)"


def _letters(funnel: Funnel) -> str:
    if funnel.letters is None:
        return "not known"
    total = sum(funnel.letters.values())
    return printable(f"{total:,}: {output.describe_counts(funnel.letters)}" if total else "none of this run")
