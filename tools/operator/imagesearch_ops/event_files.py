"""Read an event from a file, as the platform would pass it to the function."""

import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from imagesearch_ingest.events import EventRecord, parse_fc_event, parse_lambda_event
from imagesearch_ops.clouds import CloudName
from imagesearch_ops.errors import InputError


def read_event(path: Path) -> Any:  # noqa: ANN401 - JSON
    """Return the JSON of a file, or of standard input for ``-``. Raise ``InputError``."""
    try:
        return json.loads(sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes())
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except RecursionError:
        raise InputError(f"{path}: the JSON is nested too deeply") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not a JSON file: {error}") from None


def parse_event(path: Path, event: Any) -> tuple[CloudName, list[EventRecord]]:  # noqa: ANN401 - JSON
    """Return the cloud that sends such an event, and its records. Raise ``InputError``.

    An announcement could be of either cloud: AWS is assumed.
    """
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
