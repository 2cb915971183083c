"""Open the folder of a new run, or of one that goes on, and say what must be the same for that."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from imagesearch_ingest.settings import Settings
from imagesearch_ops.buckets.opening import Place
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.report import Report
from imagesearch_ops.run_folder import RunFolder, default_folder, find_run, open_new_run, read_run, resume_run


def describe_same(command: str, place: Place, settings: Settings, *, has_instance: bool) -> dict[str, Any]:
    """Return what must be the same when a run goes on: place, key rule, preparation and instance."""
    return {
        "command": command,
        "url": str(place),
        "rule": settings.key_template or settings.key_regex or "default",
        "prefix": settings.key_prefix,
        "include": list(settings.include),
        "exclude": list(settings.exclude),
        "rule_fingerprint": settings.rule_fingerprint(),
        "preparation": settings.preparation_fingerprint(),
        "instance": settings.instance_name if has_instance else None,
    }


@contextmanager
def open_folder(
    state: Path | None, resume: str | None, same: Mapping[str, Any], report: Report, environ: Mapping[str, str]
) -> Iterator[RunFolder]:
    """Yield the folder of a new run, or that of the run to resume. Raise ``InputError``."""
    if resume:
        with resume_run(find_run(resume, state, environ), same) as folder:
            report.run = str(folder.about.get("run") or report.run)
            yield folder
        return
    path = state or default_folder(report.run, environ)
    with open_new_run(path, {"v": 1, "run": report.run, **same}) as folder:
        yield folder


@contextmanager
def open_scratch(
    state: Path | None, resume: str | None, same: Mapping[str, Any], report: Report, environ: Mapping[str, str]
) -> Iterator[RunFolder]:
    """Yield a folder for a dry run, which is gone at its end. It knows what the run to resume knows."""
    about = {"v": 1, "run": report.run, **same}
    if resume:
        about = read_run(find_run(resume, state, environ), same)
        report.run = str(about.get("run") or report.run)
    with TemporaryDirectory() as path:
        folder = RunFolder(Path(path), about)
        try:
            yield folder
        finally:
            folder.close()


def fail_if_nothing(report: Report, place: object, *, listed: int, eligible: int) -> None:
    """Report that there was nothing to do: that is hardly what was wanted."""
    if not listed:
        report.fail(ExitCode.INCOMPLETE, "empty", f"{place} holds no objects: there is nothing to add.")
    elif not eligible:
        message = f"The rule takes none of the {listed} objects in {place}. Check the settings."
        report.fail(ExitCode.INCOMPLETE, "nothing_eligible", message)
