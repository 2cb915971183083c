"""Let a watch look once, on any cloud, and write what it found."""

from collections.abc import Callable, Mapping
from typing import Any

from imagesearch_ingest.adapters.telemetry import LineForm
from imagesearch_ingest.adapters.watch_reporter import PowertoolsWatchReporter
from imagesearch_ingest.model.errors import SettingsError
from imagesearch_ingest.redaction import Redactor
from imagesearch_ingest.settings import Settings, given_settings, variable
from imagesearch_ingest.watch.findings import Finding, Kind
from imagesearch_ingest.watch.look import Look
from imagesearch_ingest.watch.watcher import Watcher

_SPARE_SECONDS = 10.0  # of the function's time, in which what was found is written


def look_and_report(
    environ: Mapping[str, str],
    build: Callable[[Mapping[str, str], Redactor], Watcher],
    seconds_left: float,
    *,
    form: LineForm,
    to_do: str,
) -> dict[str, Any]:
    """Look at the deployment, and write what was found. Return the fields of the line.

    Invalid settings are a look that has failed, so that an alarm tells of them. ``to_do`` says how to correct them, and
    ``form`` is how the log service of the cloud reads metrics.
    """
    redactor = Redactor.from_environment(environ)
    stack = given_settings(environ).get("stack_name") or str(Settings.model_fields["stack_name"].default)
    try:
        look = build(environ, redactor).look(seconds_left - _SPARE_SECONDS)
    except SettingsError as error:
        look = Look(findings=(Finding(Kind.UNSEEN, str(error), to_do),))
    return PowertoolsWatchReporter(redactor, stack=stack, form=form).looked(look)


def find_missing(environ: Mapping[str, str], *names: str) -> list[str]:
    """Return one line for each variable without which nothing can be watched: ``names``, the bucket and the queue."""
    given = given_settings(environ)
    missing = [name for name in names if not environ.get(name)]
    missing += [variable(field) for field in ("bucket", "queue_url") if field not in given]
    return [f"{name} is not set, so the announcements cannot be watched." for name in missing]
