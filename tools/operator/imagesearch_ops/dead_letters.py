"""``dlq list``: show each object that could not be added, once, with the reason."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from imagesearch_ingest.adapters.alibaba.smq import SmqQueue
from imagesearch_ingest.adapters.aws.client import aws_client
from imagesearch_ingest.adapters.aws.codes import SQS
from imagesearch_ingest.adapters.aws.errors import translate_errors
from imagesearch_ingest.credentials import EnvironmentCredentials
from imagesearch_ingest.dead_letters import DeadLetter
from imagesearch_ops import output
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.queue_readers import peek_smq, peek_sqs
from imagesearch_ops.terminal_text import printable

CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS = 3, 10
_TO_MINUTES = len("2026-01-02T03:04")
_MAX_MESSAGE_CHARACTERS = 200  # a message that is not a dead letter can have any length


def run_list(queue_url: str, environ: Mapping[str, str], *, as_json: bool) -> ExitCode:
    """Run the command; every message stays in the queue. Raise ``IngestError`` if the queue cannot be read."""
    read = read_smq if is_smq(queue_url) else read_sqs
    letters = list(latest_letters(read(queue_url, environ)))
    if as_json:
        for letter in letters:
            output.json_line(letter)
    else:
        _print_table(letters)
    return ExitCode.OK


def is_smq(queue_url: str) -> bool:
    """Return whether the URL is a queue of SMQ: by its host or, on the local cloud, by its path."""
    parts = urlsplit(queue_url)
    return ".mns." in parts.netloc or parts.path.startswith("/queues/")


def read_sqs(queue_url: str, environ: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the messages of an SQS queue. Raise ``IngestError``."""
    with translate_errors(f"reading {queue_url}", SQS):
        return list(peek_sqs(aws_client("sqs", environ), queue_url))


def read_smq(queue_url: str, environ: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the messages of an SMQ queue, trusting ``INGEST_CA_BUNDLE`` as the function does.

    Raise ``IngestError``, and ``SettingsError`` if the URL is not a queue's.
    """
    ca_bundle = environ.get("INGEST_CA_BUNDLE")
    queue = SmqQueue(
        queue_url,
        EnvironmentCredentials(environ),
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=READ_TIMEOUT_SECONDS,
        ca_bundle=Path(ca_bundle) if ca_bundle else None,
    )
    return list(peek_smq(queue))


def latest_letters(messages: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Return the latest dead letter of each record id. A message of another kind is listed as it is."""
    latest: dict[str, dict[str, Any]] = {}
    for message in messages:
        try:
            letter = DeadLetter.model_validate_json(message["Body"])
        except ValidationError:
            latest[message["MessageId"]] = {"record_id": None, "code": "not_a_dead_letter", "message": message["Body"]}
            continue
        known = latest.get(letter.record_id)
        if known is None or known["failed_at"] < letter.failed_at:
            latest[letter.record_id] = json.loads(letter.to_json())
    return iter(latest.values())


def _print_table(letters: list[dict[str, Any]]) -> None:
    table = output.new_table("failed at (UTC)", "key", "details", "index holds")
    for letter in letters:
        source = letter.get("source") or {}
        table.add_row(
            printable(letter.get("failed_at", "")[:_TO_MINUTES].replace("T", " ")),
            output.short_key(source.get("key", "")),
            printable(f"{letter['code']}: {_shorten(letter['message'])}"),
            printable(letter.get("index_holds", "")),
        )
    output.print_table(table, f"{len(letters)} dead letter{'' if len(letters) == 1 else 's'}")


def _shorten(message: str) -> str:
    return message if len(message) <= _MAX_MESSAGE_CHARACTERS else f"{message[:_MAX_MESSAGE_CHARACTERS]}..."
