"""Choose the engine of a backfill, and run it."""

from collections.abc import Mapping

from imagesearch_ops.backfill.wanted import Wanted
from imagesearch_ops.errors import InputError
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.report import reporting


def run_backfill(wanted: Wanted, environ: Mapping[str, str], *, as_json: bool) -> ExitCode:
    """Run the command. Raise ``InputError``, ``SettingsError``, ``IngestError`` and ``OSError``."""
    with reporting(as_json=as_json):
        raise InputError(f"backfill {wanted.url} in {len(environ)}: not built yet")
