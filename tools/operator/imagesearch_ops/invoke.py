"""``invoke``: send one event through the real handler, on the local cloud or on the real one."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imagesearch_ingest.events import EventRecord
from imagesearch_ingest.model.errors import NotDoneError, SettingsError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops import output
from imagesearch_ops.clouds import CloudName, local_cloud
from imagesearch_ops.errors import InputError
from imagesearch_ops.event_files import parse_event, read_event
from imagesearch_ops.exit_codes import ExitCode, exit_code
from imagesearch_ops.extras import Extra, needing
from imagesearch_ops.report import Report, reporting
from imagesearch_ops.results import ObjectResult, count_outcomes, parse_log_line
from local_cloud.runtimes.function import FunctionError, LocalFunction
from local_cloud.runtimes.handlers import find_handler

if TYPE_CHECKING:
    from local_cloud.clouds.cloud import LocalCloud

_BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")  # S3 user guide, Bucket naming rules


def run_invoke(path: Path, image: Path | None, environ: Mapping[str, str], *, live: bool) -> ExitCode:
    """Run the command with the handler of the cloud that sends such events.

    Raise ``SettingsError``, ``InputError`` and ``OSError``.
    """
    with reporting(as_json=True) as report:
        event = read_event(path)
        name, records = parse_event(path, event)
        if live:
            if image:
                raise InputError("--object uploads to the local bucket only; it cannot be combined with --live")
            if name is CloudName.ALIBABA:
                with needing(Extra.ALIBABA):  # the function imports it, too, in a process of its own
                    import imagesearch_ingest.bootstrap.alibaba  # noqa: F401, PLC0415 - optional
            return _invoke(report, event, environ, name)  # the handler reports all faults in the settings
        cloud_class = local_cloud(name)
        cloud_class.check_settings(environ)
        data = image.read_bytes() if image else None
        with cloud_class(environ, bucket=_bucket(records), with_function=False) as cloud:
            if data is not None:
                for key in {change.ref.key for record in records for change in record.changes}:
                    _upload(cloud, key, data)
            return _invoke(report, event, cloud.environ(), name, is_bucket_empty=data is None)


def _invoke(
    report: Report,
    event: Any,  # noqa: ANN401 - JSON
    environ: Mapping[str, str],
    cloud: CloudName,
    *,
    is_bucket_empty: bool = False,
) -> ExitCode:
    results: list[ObjectResult] = []

    def on_log(line: str) -> None:
        if result := parse_log_line(line):
            results.append(result)

    function_environ = {"PATH": os.environ.get("PATH", ""), **environ}
    root, runtime = find_handler(cloud)
    function = LocalFunction(root, function_environ, runtime=runtime, on_log=on_log)
    try:
        function.invoke(event)
    except FunctionError as error:
        if error.kind == SettingsError.__name__:
            raise SettingsError(str(error)) from None
        if error.kind != NotDoneError.__name__:  # the outcome lines explain that one
            for line in f"the function failed: {error}\n{error.trace}".strip().splitlines():
                output.message(line)
            report.code = ExitCode.FAILED
            return report.code
    finally:
        function.close()
    for result in results:
        report.line(result.public())
        if result.detail:
            subject = f"{result.key}: " if result.key else ""
            output.message(f"{subject}{result.reason}: {result.detail}")
    if is_bucket_empty and any(result.reason == Reason.GONE_BEFORE_INGEST.code for result in results):
        output.message("The local bucket is empty, so the object counts as gone. Upload one with --object FILE.")
    report.summary |= count_outcomes(results)
    report.code = exit_code(results)
    return report.code


def _bucket(records: list[EventRecord]) -> str:
    """Return the bucket that the event names, for the local bucket to have the same name."""
    names = {change.ref.bucket for record in records for change in record.changes}
    if len(names) > 1:
        raise InputError(f"the event names several buckets ({', '.join(sorted(names))}); send one event per bucket")
    name = names.pop() if names else "pictures"
    if not _BUCKET_NAME.fullmatch(name):
        raise InputError(f"the event names the bucket {name!r}, which is not a valid bucket name")
    return name


def _upload(cloud: "LocalCloud", key: str, data: bytes) -> None:
    """Upload one object. Raise ``InputError`` for a key that the local bucket does not take."""
    try:
        cloud.upload(key, data)
    except Exception as error:  # noqa: BLE001 - each cloud's SDK has its own
        raise InputError(f"the local bucket does not take the key {key!r}: {error}") from None
