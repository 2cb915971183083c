"""``explain``: say of one object whether its picture is in the index as it should be, and if not, why."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from imagesearch_ops import output
from imagesearch_ops.deployment import read_local_settings
from imagesearch_ops.deployment_options import SHELL, DeploymentOptions
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.explain.document import write_document
from imagesearch_ops.explain.facts import Facts, now
from imagesearch_ops.explain.gathering import Asking, gather
from imagesearch_ops.explain.helping import write_command
from imagesearch_ops.explain.screen import describe
from imagesearch_ops.explain.target import read_target, url_of
from imagesearch_ops.explain.verdicts import Verdict, choose_exit_code, decide
from imagesearch_ops.report import Report, reporting
from imagesearch_ops.terminal_text import printable


def run_explain(
    url: str | None,
    event: Path | None,
    environ: Mapping[str, str],
    *,
    index: bool | None = None,
    options: DeploymentOptions = SHELL,
    as_json: bool,
    at: datetime | None = None,
) -> ExitCode:
    """Run the command. ``index`` is ``None`` to ask for the entry alone. ``at`` is the time, by default now.

    Raise ``InputError`` and ``SettingsError``. What a service does not answer is a part of the verdict.
    """
    with reporting(as_json=as_json) as report:
        report.summary = {"url": url, "verdict": None, "reason": None}
        report.ending = lambda: _end(report)
        target = read_target(url, event)
        report.summary["url"] = url_of(target.ref)
        deployment = options.find(environ)
        settings = deployment.settings or read_local_settings(deployment.environ)
        output.message(deployment.describe())
        facts = Facts(target, settings, at or now())
        gather(facts, deployment, Asking.of(index))
        verdict = decide(facts)
        command = write_command(facts, verdict, deployment, options)
        _report(report, facts, verdict, command)
        return report.code


def _end(report: Report) -> str:
    verdict = report.summary["verdict"]
    return (
        f"{printable(report.summary['url'] or 'no object')}: {verdict or 'not explained'}, exit code {int(report.code)}"
    )


def _report(report: Report, facts: Facts, verdict: Verdict, command: str | None) -> None:
    report.summary |= {"url": url_of(facts.ref), "verdict": verdict.kind.code, "reason": verdict.reason}
    code = choose_exit_code(verdict, facts.index_fault)
    if fault := verdict.fault or (facts.index_fault if code is not verdict.kind.exit_code else None):
        report.fail(code, fault.reason.code, fault.detail)
    report.code = code
    if report.as_json:
        report.line(write_document(facts, verdict, command))
        return
    for row in describe(facts, verdict, command):
        output.plain(row)
