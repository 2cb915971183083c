"""``audit --sample N``: run it, and show what it says."""

from imagesearch_ops import output
from imagesearch_ops.audit.difference import Difference
from imagesearch_ops.audit.engine import find_settings
from imagesearch_ops.audit.findings import Findings
from imagesearch_ops.audit.page import write_page
from imagesearch_ops.audit.results import DIFFERENCES
from imagesearch_ops.audit.sample_counts import describe_sample, describe_sample_end
from imagesearch_ops.audit.sampling import SampleJob, audit_sample
from imagesearch_ops.audit.steps import Commands, list_steps
from imagesearch_ops.audit.text import print_audit
from imagesearch_ops.audit.wanted import Wanted
from imagesearch_ops.buckets.opening import Place
from imagesearch_ops.deployment import Deployment
from imagesearch_ops.key_sources.opening import open_keys
from imagesearch_ops.report import Report
from imagesearch_ops.run_folder import RunFolder
from imagesearch_ops.times import read_duration


def run_sample(wanted: Wanted, deployment: Deployment, place: Place, report: Report, folder: RunFolder) -> None:
    """Audit a sample, and print what was found. Raise as ``audit_sample``.

    ``run.json`` names another command than that of an audit, so that ``reconcile`` does not take it for one.
    """
    assert place.url and wanted.sample  # noqa: PT018, S101 - folders are refused
    findings = Findings()

    def take(one: Difference) -> None:
        findings.add(one.public())
        folder.append(DIFFERENCES, one.public())
        report.line(one.public())

    folder.save(command="audit --sample")
    settings = find_settings(deployment)
    source = open_keys(wanted.keys_from, None, place, deployment)
    grace = read_duration("--grace", wanted.grace)
    job = SampleJob(wanted.sample, place.url, source, deployment, settings, wanted.known, grace, report, take)
    counts = audit_sample(job)
    folder.save(counts=counts.public(), complete=True)
    steps = list(list_steps(counts.public(), findings, Commands(None, place.name, wanted.deployment)))
    if not report.as_json:
        print_audit(counts.public(), findings, steps)
        for sentence in describe_sample(counts):
            output.plain(sentence)
    report.ending = lambda: describe_sample_end(counts, folder.path)
    if wanted.html:
        notes = [*describe_sample(counts), *([report.error["message"]] if report.error else [])]
        write_page(wanted.html, str(place), counts.public(), findings, steps, notes=notes)
