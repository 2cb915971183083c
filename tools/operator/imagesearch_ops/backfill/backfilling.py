"""Choose the engine of a backfill, and run it."""

from collections.abc import Mapping
from typing import Any

from imagesearch_ingest.settings import Settings
from imagesearch_ops import output
from imagesearch_ops.backfill import queue_engine
from imagesearch_ops.backfill.engine_name import EngineName
from imagesearch_ops.backfill.job import Job
from imagesearch_ops.backfill.wanted import Wanted
from imagesearch_ops.buckets.opening import Place, check_bucket, open_bucket
from imagesearch_ops.deployment import Deployment
from imagesearch_ops.errors import InputError
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.key_sources.opening import open_keys
from imagesearch_ops.key_sources.port import KeySource
from imagesearch_ops.report import Report, reporting
from imagesearch_ops.run_folder import find_run, read_run
from imagesearch_ops.runs import describe_same, open_folder, open_scratch

# ruff: noqa: PLC0415 - the engines import SDKs and libraries that another engine does not need


def run_backfill(wanted: Wanted, environ: Mapping[str, str], *, as_json: bool) -> ExitCode:
    """Run the command. Raise ``InputError``, ``SettingsError``, ``IngestError`` and ``OSError``."""
    with reporting(as_json=as_json) as report:
        wanted.check()
        wanted = wanted.at_one_time()
        deployment = wanted.deployment.find(environ)
        output.message(deployment.describe())
        settings = _read_settings(deployment)
        place = _open_place(wanted, deployment, settings)
        engine, why = choose_engine(wanted, deployment)
        wanted.check_engine(engine)
        output.message(f"engine {engine}: {why}")
        source = open_keys(wanted.keys_from, wanted.since, place, deployment)
        same = _describe_same(place, settings, source, engine)
        if not _is_complete(wanted, same, report, environ):
            opener = open_folder if wanted.yes else open_scratch
            with opener(wanted.state, wanted.resume, same, report, environ) as folder:
                if wanted.yes:
                    output.message(f"run {report.run}: {folder.path}")
                _run(Job(wanted, environ, deployment, settings, place, source, folder, report, engine))
        return report.code


def choose_engine(wanted: Wanted, deployment: Deployment) -> tuple[EngineName, str]:
    """Return the engine, and why it is this one."""
    if wanted.engine is not EngineName.AUTO:
        return wanted.engine, "as --engine says"
    if deployment.queue_url:
        return EngineName.QUEUE, f"the deployed function does the work, told by {deployment.queue_url}"
    return EngineName.DIRECT, "this process does the work, since no queue of a deployed function is known"


def _read_settings(deployment: Deployment) -> Settings:
    if deployment.settings is None:
        raise InputError(f"the function's settings are unknown: {deployment.fault} Set INGEST_* or name a --stack.")
    return deployment.settings


def _open_place(wanted: Wanted, deployment: Deployment, settings: Settings) -> Place:
    place = open_bucket(wanted.url, deployment)
    if place.url is None:
        raise InputError(f"{place}: name s3://bucket or oss://bucket. `demo` ingests a folder on the local cloud.")
    check_bucket(place, settings)
    return place


def _describe_same(place: Place, settings: Settings, source: KeySource, engine: EngineName) -> dict[str, Any]:
    same = describe_same("backfill", place, settings, has_instance=True)
    return same | {"source": source.name, "engine": str(engine)}


def _is_complete(wanted: Wanted, same: Mapping[str, Any], report: Report, environ: Mapping[str, str]) -> bool:
    """Say so if the run to resume has come to its end. It stays as it is."""
    if not wanted.resume:
        return False
    path = find_run(wanted.resume, wanted.state, environ)
    about = read_run(path, same)
    if not about.get("complete"):
        return False
    report.run = str(about.get("run") or report.run)
    report.summary |= {"url": about["url"], "engine": about["engine"], **about.get("counts", {})}
    report.ending = lambda: f"The run {report.run} is complete: nothing is left to do. Run: {path}"
    return True


def _run(job: Job) -> None:
    if job.engine is EngineName.DIRECT:
        from imagesearch_ops.backfill import direct_engine

        direct_engine.run(job)
    elif job.engine is EngineName.BULK:
        from imagesearch_ops.backfill.bulk import engine

        engine.run(job)
    else:
        queue_engine.run(job)
