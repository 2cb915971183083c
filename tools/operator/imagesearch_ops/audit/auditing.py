"""``audit``: compare the bucket with the index, and say of each difference why it is one. Nothing is changed."""

from collections.abc import Mapping
from typing import Any

from imagesearch_ingest.settings import Settings
from imagesearch_ops import output
from imagesearch_ops.audit.counts import Counts
from imagesearch_ops.audit.engine import Audited, audit, find_settings
from imagesearch_ops.audit.page import write_page
from imagesearch_ops.audit.results import DIFFERENCES
from imagesearch_ops.audit.steps import Commands, list_steps
from imagesearch_ops.audit.text import describe_end, print_audit
from imagesearch_ops.audit.wanted import Wanted
from imagesearch_ops.bucket_urls import is_bucket_url
from imagesearch_ops.buckets.opening import Place, open_bucket
from imagesearch_ops.deployment import Deployment, is_alibaba
from imagesearch_ops.errors import InputError
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.picture_page import check_page
from imagesearch_ops.report import Report, reporting
from imagesearch_ops.run_folder import RunFolder, check_replaceable, default_folder, open_new_run
from imagesearch_ops.terminal_text import printable
from imagesearch_ops.times import read_duration

_STANDARD_OUTPUT = "-"


def run_audit(wanted: Wanted, environ: Mapping[str, str], *, as_json: bool) -> ExitCode:
    """Run the command. Raise ``InputError``, ``SettingsError``, ``IngestError`` and ``OSError``."""
    with reporting(as_json=as_json) as report:
        report.ending = lambda: "Stopped: nothing was compared."
        check_options(wanted)
        deployment = wanted.deployment.find(environ)
        settings = find_settings(deployment)
        place = open_place(wanted.url, deployment, settings)
        output.message(deployment.describe())
        about = {"v": 1, "run": report.run, **describe_run(settings, place)}
        with open_new_run(wanted.state or default_folder(report.run, environ), about) as folder:
            output.message(f"run {report.run}: {folder.path}")
            found = audit(wanted, deployment, place, report, folder)
            conclude(found.counts, report)
            _show(found, wanted, place, report, folder)
        return report.code


def check_options(wanted: Wanted) -> None:
    """Raise ``InputError`` for options that cannot be obeyed."""
    read_duration("--grace", wanted.grace)
    if wanted.sample and wanted.dump:
        raise InputError("--sample and --dump contradict each other: a sample asks the index. Use one of them.")
    if wanted.sample and wanted.combined:
        raise InputError("--sample and --combined contradict each other: a sample has no line for every entry.")
    if wanted.combined:
        if str(wanted.combined) == _STANDARD_OUTPUT:
            raise InputError("--combined -: name a file.")
        check_replaceable(wanted.combined)
    if wanted.html:
        check_page(wanted.html)


def open_place(url: str | None, deployment: Deployment, settings: Settings) -> Place:
    """Return the bucket: by default, the deployment's, with its prefix. Raise ``InputError`` for another one."""
    if url is None:
        if not settings.bucket:
            raise InputError("INGEST_BUCKET is not set. Name the bucket: s3://bucket or oss://bucket.")
        url = f"{'oss' if is_alibaba(deployment) else 's3'}://{settings.bucket}/{settings.key_prefix}"
    if not is_bucket_url(url):
        raise InputError(f"{printable(url) or '(nothing)'}: name a bucket, s3://bucket or oss://bucket.")
    place = open_bucket(url, deployment)
    assert place.url  # noqa: S101 - it is a bucket
    if settings.bucket and settings.bucket != place.url.bucket:
        raise InputError(
            f"INGEST_BUCKET is {settings.bucket}: the function skips every object of {printable(place.url.bucket)}. "
            f"Name {settings.bucket}, or leave the URL out."
        )
    return place


def describe_run(settings: Settings, place: Place) -> dict[str, Any]:
    """Return what ``run.json`` says of an audit. ``reconcile`` acts only on one of the same deployment."""
    return {
        "command": "audit",
        "url": str(place.url),
        "instance": settings.instance_name,
        "rule_fingerprint": settings.rule_fingerprint(),
        "preparation": settings.preparation_fingerprint(),
    }


def conclude(counts: Counts, report: Report) -> None:
    """Choose the exit code."""
    if counts.errors or counts.undecided:
        number = counts.errors + counts.undecided
        report.fail(ExitCode.FAILED, "undecided", f"{number} could not be decided: see the lines with !.")
    if counts.is_drift:
        text = f"{counts.missing} missing, {counts.orphaned} orphaned: index and bucket differ."
        report.fail(ExitCode.DRIFT, "drift", text)


def _show(found: Audited, wanted: Wanted, place: Place, report: Report, folder: RunFolder) -> None:
    """Print every difference as JSON, or the first ones for people, and write the page."""
    counts = found.counts.public()
    name = str(folder.path) if wanted.state else report.run
    steps = list(list_steps(counts, found.findings, Commands(name, place.name, wanted.deployment)))
    if report.as_json:
        for line in folder.read(DIFFERENCES):
            report.line(line)
    else:
        print_audit(counts, found.findings, steps)
    report.ending = lambda: describe_end(counts, str(folder.path))
    if wanted.html:
        notes = [report.error["message"]] if report.error else []
        write_page(wanted.html, str(place), counts, found.findings, steps, notes=notes, taken_at=found.taken_at)
