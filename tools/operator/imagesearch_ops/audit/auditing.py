"""Compare the bucket with the index."""

from collections.abc import Mapping

from imagesearch_ops.audit.wanted import Wanted
from imagesearch_ops.errors import InputError
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.report import reporting


def run_audit(wanted: Wanted, environ: Mapping[str, str], *, as_json: bool) -> ExitCode:
    """Run the command. Raise ``InputError``, ``SettingsError``, ``IngestError`` and ``OSError``."""
    with reporting(as_json=as_json):
        raise InputError(f"audit {wanted.url} in {len(environ)}: not built yet")
