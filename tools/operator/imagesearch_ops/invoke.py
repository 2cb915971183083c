"""``invoke``: send one event through the real handler, on the local cloud or on the real one."""

import json
import os
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from imagesearch_ingest.events import EventRecord, parse_fc_event, parse_lambda_event
from imagesearch_ingest.model.errors import NotDoneError, SettingsError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops import output
from imagesearch_ops.clouds import CloudName, local_cloud
from imagesearch_ops.errors import InputError
from imagesearch_ops.exit_codes import ExitCode, exit_code
from imagesearch_ops.report import Report, reporting
from imagesearch_ops.results import ObjectResult, count_outcomes, parse_log_line
from local_cloud.clouds.cloud import LocalCloud
from local_cloud.runtimes.function import FunctionError, LocalFunction

_BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")  # S3 user guide, Bucket naming rules


def run_invoke(path: Path, image: Path | None, environ: Mapping[str, str], *, live: bool) -> ExitCode:
    """Run the command with the handler of the cloud that sends such events.

    Raise ``SettingsError``, ``InputError`` and ``OSError``.
    """
    with reporting(as_json=True) as report:
        event = _read(path)
        name, records = _parse(path, event)
        cloud_class = local_cloud(name)
        if live:
            if image:
                raise InputError("--object uploads to the local bucket only; it cannot be combined with --live")
            return _invoke(report, event, environ, cloud_class)  # the handler reports all faults in the settings
        cloud_class.check_settings(environ)
        data = image.read_bytes() if image else None
        with cloud_class(environ, bucket=_bucket(records), with_function=False) as cloud:
            if data is not None:
                for key in {change.ref.key for record in records for change in record.changes}:
                    _upload(cloud, key, data)
            return _invoke(report, event, cloud.environ(), cloud_class, is_bucket_empty=data is None)


def _invoke(
    report: Report,
    event: Any,  # noqa: ANN401 - JSON
    environ: Mapping[str, str],
    cloud: type[LocalCloud],
    *,
    is_bucket_empty: bool = False,
) -> ExitCode:
    results: list[ObjectResult] = []

    def on_log(line: str) -> None:
        if result := parse_log_line(line):
            results.append(result)

    function_environ = {"PATH": os.environ.get("PATH", ""), **environ}
    function = LocalFunction(cloud.FUNCTION_ROOT, function_environ, runtime=cloud.RUNTIME, on_log=on_log)
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


def _read(path: Path) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes())
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except RecursionError:
        raise InputError(f"{path}: the JSON is nested too deeply") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not a JSON file: {error}") from None


def _parse(path: Path, event: Any) -> tuple[CloudName, list[EventRecord]]:  # noqa: ANN401 - JSON
    """Return the cloud that sends such an event. An announcement could be of either: AWS is assumed."""
    try:
        if _names_alibaba(event):
            return CloudName.ALIBABA, parse_fc_event(json.dumps(event).encode())
        try:
            return CloudName.AWS, parse_lambda_event(event)
        except ValueError:
            with suppress(ValueError):
                return CloudName.ALIBABA, parse_fc_event(json.dumps(event).encode())
            raise
    except ValueError as error:
        raise InputError(f"{path}: {error}. See the samples in events/.") from None
    except (KeyError, TypeError) as error:
        raise InputError(
            f"{path}: not a message as Lambda sends it ({type(error).__name__}: {error}). See the samples in events/."
        ) from None


def _names_alibaba(event: object) -> bool:
    """Return whether the event is a dead letter from Alibaba Cloud."""
    source = event.get("source") if isinstance(event, Mapping) else None
    return isinstance(source, Mapping) and source.get("cloud") == "alibaba"


def _bucket(records: list[EventRecord]) -> str:
    """Return the bucket that the event names, for the local bucket to have the same name."""
    names = {change.ref.bucket for record in records for change in record.changes}
    if len(names) > 1:
        raise InputError(f"the event names several buckets ({', '.join(sorted(names))}); send one event per bucket")
    name = names.pop() if names else "pictures"
    if not _BUCKET_NAME.fullmatch(name):
        raise InputError(f"the event names the bucket {name!r}, which is not a valid bucket name")
    return name


def _upload(cloud: LocalCloud, key: str, data: bytes) -> None:
    """Upload one object. Raise ``InputError`` for a key that the local bucket does not take."""
    try:
        cloud.upload(key, data)
    except Exception as error:  # noqa: BLE001 - each cloud's SDK has its own
        raise InputError(f"the local bucket does not take the key {key!r}: {error}") from None
