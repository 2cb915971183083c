"""Hold what every engine of ``backfill`` gets."""

from collections.abc import Mapping
from dataclasses import dataclass

from imagesearch_ingest.settings import Settings
from imagesearch_ops.backfill.engine_name import EngineName
from imagesearch_ops.backfill.wanted import Wanted
from imagesearch_ops.buckets.opening import Place
from imagesearch_ops.deployment import Deployment
from imagesearch_ops.key_sources.port import KeySource
from imagesearch_ops.report import Report
from imagesearch_ops.run_folder import RunFolder


@dataclass(frozen=True, slots=True)
class Job:
    """One backfill. ``folder`` holds its state: ``run.json`` has ``last_key`` and ``counts``.

    A dry run (``wanted.yes`` is false) has a folder that is gone at its end. ``engine`` is never ``AUTO``.
    """

    wanted: Wanted
    environ: Mapping[str, str]
    deployment: Deployment
    settings: Settings
    place: Place
    source: KeySource
    folder: RunFolder
    report: Report
    engine: EngineName
