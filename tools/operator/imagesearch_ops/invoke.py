"""``invoke``: one event through the real handler, on the local cloud or, with the environment's own keys, for real."""

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


def run_invoke(path: Path, picture: Path | None, environ: Mapping[str, str], *, live: bool) -> ExitCode:
    """The event tells which cloud's function it is for. Raises ``SettingsError``, ``InputError``, ``OSError``."""
    event = _read(path)
    name, records = _records(path, event)
    chosen = local_cloud(name)
    if live:
        if picture:
            raise InputError("--object puts a file into the local bucket; with --live the bucket is a real one")
        return _invoke(event, environ, chosen)  # which tells all that is wrong with the settings
    chosen.check_settings(environ)
    data = picture.read_bytes() if picture else None
    with chosen(environ, bucket=_bucket(records), with_function=False) as cloud:
        if data is not None:
            for key in {change.ref.key for record in records for change in record.changes}:
                cloud.upload(key, data)
        return _invoke(event, cloud.environ(), chosen)


def _invoke(event: Any, environ: Mapping[str, str], cloud: type[LocalCloud]) -> ExitCode:  # noqa: ANN401 - JSON
    results: list[ObjectResult] = []

    def on_log(line: str) -> None:
        if result := parse_log_line(line):
            results.append(result)

    own = {"PATH": os.environ.get("PATH", ""), **environ}
    function = LocalFunction(cloud.FUNCTION_ROOT, own, runtime=cloud.RUNTIME, on_log=on_log)
    try:
        function.invoke(event)
    except FunctionError as error:
        if error.kind == SettingsError.__name__:
            raise SettingsError(str(error)) from None
        if error.kind != NotDoneError.__name__:  # which the outcome lines explain
            output.people.print(f"the function failed: {error}\n{error.trace}".strip(), markup=False, soft_wrap=True)
            return ExitCode.FAILED
    finally:
        function.close()
    for result in results:
        output.json_line(result.public())
        if result.detail:
            what = f"{result.key}: " if result.key else ""
            output.people.print(f"{what}{result.reason}: {result.detail}", markup=False, soft_wrap=True)
    return exit_code(results)


def _read(path: Path) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.load(sys.stdin) if str(path) == "-" else json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such file") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not a JSON file: {error}") from None


def _records(path: Path, event: Any) -> tuple[CloudName, list[EventRecord]]:  # noqa: ANN401 - JSON
    try:
        with suppress(ValueError):
            return CloudName.ALIBABA, parse_fc_event(json.dumps(event).encode())
        return CloudName.AWS, parse_lambda_event(event)
    except ValueError as error:
        raise InputError(f"{path}: {error}. Samples are in events/.") from None
    except (KeyError, TypeError) as error:
        raise InputError(f"{path}: a message is not shaped as Lambda sends it: {error}. See events/.") from None


def _bucket(records: list[EventRecord]) -> str:
    """The local bucket takes the name that the event speaks of."""
    names = {change.ref.bucket for record in records for change in record.changes}
    if len(names) > 1:
        raise InputError(f"the event speaks of several buckets ({', '.join(sorted(names))}); send one at a time")
    name = names.pop() if names else "pictures"
    if not _BUCKET_NAME.fullmatch(name):
        raise InputError(f"{name!r} is no bucket's name")
    return name
