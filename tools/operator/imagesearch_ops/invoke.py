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
from imagesearch_ops import output
from imagesearch_ops.clouds import CloudName, local_cloud
from imagesearch_ops.errors import InputError
from imagesearch_ops.exit_codes import ExitCode, exit_code
from imagesearch_ops.results import ObjectResult, parse_log_line
from local_cloud.clouds.cloud import LocalCloud
from local_cloud.runtimes.function import FunctionError, LocalFunction

_BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")  # S3 user guide, Bucket naming rules


def run_invoke(path: Path, image: Path | None, environ: Mapping[str, str], *, live: bool) -> ExitCode:
    """Run the command with the handler of the cloud that sends such events.

    Raise ``SettingsError``, ``InputError`` and ``OSError``.
    """
    event = _read(path)
    name, records = _parse(path, event)
    cloud_class = local_cloud(name)
    if live:
        if image:
            raise InputError("--object uploads to the local bucket only; it cannot be combined with --live")
        return _invoke(event, environ, cloud_class)  # the handler reports all faults in the settings
    cloud_class.check_settings(environ)
    data = image.read_bytes() if image else None
    with cloud_class(environ, bucket=_bucket(records), with_function=False) as cloud:
        if data is not None:
            for key in {change.ref.key for record in records for change in record.changes}:
                cloud.upload(key, data)
        return _invoke(event, cloud.environ(), cloud_class)


def _invoke(event: Any, environ: Mapping[str, str], cloud: type[LocalCloud]) -> ExitCode:  # noqa: ANN401 - JSON
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
            return ExitCode.FAILED
    finally:
        function.close()
    for result in results:
        output.json_line(result.public())
        if result.detail:
            subject = f"{result.key}: " if result.key else ""
            output.message(f"{subject}{result.reason}: {result.detail}")
    return exit_code(results)


def _read(path: Path) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes())
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
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
