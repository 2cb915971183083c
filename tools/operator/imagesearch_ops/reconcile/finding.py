"""Take the audit that a person names, or make one."""

from collections.abc import Mapping

from imagesearch_ingest.settings import Settings
from imagesearch_ops import output
from imagesearch_ops.errors import InputError
from imagesearch_ops.reconcile.audit_run import AuditRun, open_audit
from imagesearch_ops.reconcile.wanted import Wanted
from imagesearch_ops.run_folder import find_run


def find_audit(wanted: Wanted, settings: Settings, environ: Mapping[str, str]) -> AuditRun:
    """Return the audit to act on, checked line by line. Raise ``InputError``, and what making one raises."""
    if not wanted.audit:
        raise InputError("no audit is named. Name the run of one.")
    audit = open_audit(find_run(wanted.audit, wanted.state, environ), settings)
    audit.check()
    output.message(f"audit {audit.name} of {audit.url}: {audit.path}")
    return audit
