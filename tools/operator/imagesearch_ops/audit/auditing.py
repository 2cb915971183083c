"""``audit``: compare the bucket with the index, and say of each difference why it is one. Nothing is changed."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from imagesearch_ingest.settings import Settings
from imagesearch_ops import output
from imagesearch_ops.audit.difference import Difference
from imagesearch_ops.audit.engine import Audited, audit, find_settings
from imagesearch_ops.audit.findings import Findings
from imagesearch_ops.audit.page import write_page
from imagesearch_ops.audit.results import DIFFERENCES
from imagesearch_ops.audit.sample_counts import describe_sample
from imagesearch_ops.audit.sampling import SampleJob, audit_sample, check_size
from imagesearch_ops.audit.steps import Commands, Step, list_steps
from imagesearch_ops.audit.text import describe_end, print_audit
from imagesearch_ops.audit.wanted import Wanted
from imagesearch_ops.bucket_urls import BucketUrl, is_bucket_url
from imagesearch_ops.buckets.opening import Place, open_bucket
from imagesearch_ops.deployment import Deployment, is_alibaba
from imagesearch_ops.errors import InputError
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.key_sources.opening import open_keys
from imagesearch_ops.picture_page import check_page
from imagesearch_ops.report import Report, reporting
from imagesearch_ops.run_folder import RunFolder, check_replaceable, default_folder, open_new_run
from imagesearch_ops.sharing import why_not_ours
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
        about = {"v": 1, "run": report.run, **describe_run(wanted, settings, place)}
        with open_new_run(wanted.state or default_folder(report.run, environ), about) as folder:
            output.message(f"run {report.run}: {folder.path}")
            if wanted.sample:
                counts, findings, taken_at = _sample(wanted, deployment, place, report, folder)
            else:
                found = audit(wanted, deployment, place, report, folder)
                conclude(found, report)
                if found.counts.orphaned and (why := why_not_ours(settings, place.prefix)):
                    output.message(f"What is orphaned is no drift: {why}")
                counts, findings, taken_at = found.counts.public(), found.findings, found.taken_at
            steps = list(list_steps(counts, findings, _commands(wanted, place, report, folder)))
            _print(counts, findings, steps, report, folder)
            if wanted.html:
                notes = [report.error["message"]] if report.error else []
                write_page(wanted.html, str(place), counts, findings, steps, notes=notes, taken_at=taken_at)
        return report.code


def check_options(wanted: Wanted) -> None:
    """Raise ``InputError`` for options that cannot be obeyed."""
    read_duration("--grace", wanted.grace)
    if wanted.sample:
        check_size(wanted.sample)
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
            raise InputError(
                "INGEST_BUCKET is not set. Set it, or audit by URL: audit s3://bucket, or audit oss://bucket."
            )
        url = f"{'oss' if is_alibaba(deployment) else 's3'}://{settings.bucket}/{_choose_prefix(deployment, settings)}"
    if not is_bucket_url(url):
        raise InputError(f"{printable(url) or '(nothing)'}: name a bucket, s3://bucket or oss://bucket.")
    named = BucketUrl.parse(url)
    if is_alibaba(deployment) != (named.cloud == "alibaba"):
        where = "Alibaba Cloud. Write oss://bucket" if is_alibaba(deployment) else "AWS. Write s3://bucket"
        raise InputError(f"{printable(url)}: {deployment.name} is on {where}, or leave the URL out.")
    if settings.bucket and settings.bucket != named.bucket:
        raise InputError(
            f"INGEST_BUCKET is {settings.bucket}: the function skips every object of {printable(named.bucket)}. "
            f"Name {settings.bucket}, or leave the URL out."
        )
    return open_bucket(url, deployment)


def _choose_prefix(deployment: Deployment, settings: Settings) -> str:
    """Return what the keys begin with that the function learns of. Raise ``InputError`` if there are several."""
    own = settings.key_prefix
    if not deployment.prefixes or any(own.startswith(one) for one in deployment.prefixes):
        return own
    if len(deployment.prefixes) > 1:
        urls = " or ".join(f"'{printable(f's3://{settings.bucket}/{one}')}'" for one in deployment.prefixes)
        raise InputError(f"the stack announces only keys below several prefixes. Name one: audit {urls}.")
    return deployment.prefixes[0]


def describe_run(wanted: Wanted, settings: Settings, place: Place) -> dict[str, Any]:
    """Return what ``run.json`` says of an audit. ``reconcile`` acts on no sample, and only on the same deployment."""
    return {
        "command": "audit --sample" if wanted.sample else "audit",
        "url": str(place.url),
        "instance": settings.instance_name,
        "rule_fingerprint": settings.rule_fingerprint(),
        "preparation": settings.preparation_fingerprint(),
    }


def conclude(found: Audited, report: Report) -> None:
    """Tell what makes an audit weaker than another one, and choose the exit code."""
    counts = found.counts
    for number, what in ((counts.repeated_keys, "keys"), (counts.repeated_entries, "entries")):
        if number:
            output.message(f"{number:,} {what} came more than once; each counts once.")
    if not found.is_whole:
        output.message("The file may name only some of the keys, so the entries of others are no drift.")
    if counts.errors or counts.undecided:
        number = counts.errors + counts.undecided
        report.fail(ExitCode.FAILED, "undecided", f"{number} could not be decided: see the lines with !.")
    if counts.is_drift:
        output.message("Index and bucket differ.")
        if report.code is ExitCode.OK:
            report.code = ExitCode.DRIFT


def _sample(
    wanted: Wanted, deployment: Deployment, place: Place, report: Report, folder: RunFolder
) -> tuple[dict[str, Any], Findings, float]:
    """Ask about a sample of the keys, and keep what differs as an audit does."""
    taken_at, findings, settings = time.time(), Findings(), find_settings(deployment)
    source = open_keys(wanted.keys_from, None, place, deployment)

    def take(difference: Difference) -> None:
        line = difference.public()
        findings.add(line)
        folder.append(DIFFERENCES, line)

    assert wanted.sample and place.url  # noqa: S101, PT018 - both are checked
    job = SampleJob(
        *(wanted.sample, place.url, source, deployment, settings, wanted.known),
        read_duration("--grace", wanted.grace),
        report,
        take,
    )
    counts = audit_sample(job)
    folder.save(counts=counts.public(), taken_at=taken_at, complete=True)
    for sentence in describe_sample(counts):
        output.message(sentence)
    return counts.public(), findings, taken_at


def _commands(wanted: Wanted, place: Place, report: Report, folder: RunFolder) -> Commands:
    return Commands(str(folder.path) if wanted.state else report.run, place.name, wanted.deployment)


def _print(
    counts: dict[str, Any], findings: Findings, steps: Sequence[Step], report: Report, folder: RunFolder
) -> None:
    """Print every difference as JSON, or the first ones for people."""
    if report.as_json:
        for line in folder.read(DIFFERENCES):
            report.line(line)
    else:
        print_audit(counts, findings, steps)
    report.ending = lambda: describe_end(counts, str(folder.path))
