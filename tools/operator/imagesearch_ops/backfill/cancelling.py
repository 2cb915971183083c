"""``backfill cancel``: take announcements of a run out of the queue."""

from collections.abc import Mapping
from pathlib import Path

from imagesearch_ops.deployment_options import DeploymentOptions
from imagesearch_ops.errors import InputError
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.report import reporting


def run_cancel(
    run: str,
    state: Path | None,
    place: DeploymentOptions,
    environ: Mapping[str, str],
    *,
    yes: bool,
    as_json: bool,
) -> ExitCode:
    """Run the command. Raise ``InputError``, ``SettingsError`` and ``IngestError``."""
    with reporting(as_json=as_json):
        raise InputError(f"cancelling {run}: not built yet {state, place, len(environ), yes}")
