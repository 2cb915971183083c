"""Take the audit that a person names, or make one."""

from collections.abc import Mapping

from imagesearch_ops import output
from imagesearch_ops.audit.auditing import describe_run, open_place
from imagesearch_ops.audit.engine import audit, find_settings
from imagesearch_ops.audit.wanted import Wanted as AuditWanted
from imagesearch_ops.deployment import Deployment
from imagesearch_ops.reconcile.audit_run import AuditRun, open_audit
from imagesearch_ops.reconcile.wanted import Wanted
from imagesearch_ops.report import Report
from imagesearch_ops.run_folder import default_folder, find_run, open_new_run


def find_audit(wanted: Wanted, deployment: Deployment, report: Report, environ: Mapping[str, str]) -> AuditRun:
    """Return the audit to act on, checked line by line. Raise ``InputError``, and what making one raises.

    ``--allow-deletes`` is a ceiling for what is found now, so an audit of before is not enough: another is made of the
    same URL.
    """
    found = None
    if wanted.audit:
        found = open_audit(find_run(wanted.audit, wanted.state, environ), find_settings(deployment))
        if wanted.allow_deletes is not None and not wanted.adds_only:
            output.message("--allow-deletes compares anew: the audit that you named may be out of date.")
    if found is None or (wanted.allow_deletes is not None and not wanted.adds_only):
        found = _make_audit(str(found.url) if found else None, wanted, deployment, report, environ)
    found.check()
    output.message(f"audit {found.name} of {found.url}: {found.path}")
    return found


def _make_audit(
    url: str | None, wanted: Wanted, deployment: Deployment, report: Report, environ: Mapping[str, str]
) -> AuditRun:
    """Audit in a run of its own, so that a person can look at it, and name it the next time."""
    settings = find_settings(deployment)
    place = open_place(url, deployment, settings)
    options = AuditWanted(url, known=wanted.known, grace=wanted.grace, deployment=wanted.deployment)
    own = Report(as_json=False)
    path = wanted.state / f"audit-{own.run}" if wanted.state else default_folder(own.run, environ)
    with open_new_run(path, {"v": 1, "run": own.run, **describe_run(options, settings, place)}) as folder:
        audit(options, deployment, place, own, folder)
    if own.error:  # it was told when it came
        report.code, report.error = own.code, own.error
    return open_audit(path, settings)
