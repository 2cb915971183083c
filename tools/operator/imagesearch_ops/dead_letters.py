"""``dlq list``: what could not be added, each once, and why."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError
from rich.table import Table
from rich.text import Text

from imagesearch_ingest.adapters.alibaba.smq import SmqQueue
from imagesearch_ingest.adapters.aws.client import aws_client
from imagesearch_ingest.adapters.aws.codes import SQS
from imagesearch_ingest.adapters.aws.errors import translate_errors
from imagesearch_ingest.credentials import EnvironmentCredentials
from imagesearch_ingest.dead_letters import DeadLetter
from imagesearch_ops import output
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.queue_readers import peek_smq, peek_sqs

CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS = 3, 10


def run_list(queue_url: str, environ: Mapping[str, str], *, as_json: bool) -> ExitCode:
    """Takes nothing out of the queue. Raises ``IngestError`` when it cannot be read."""
    messages = smq_messages if is_smq(queue_url) else sqs_messages
    letters = list(fold(messages(queue_url, environ)))
    if as_json:
        for letter in letters:
            output.json_line(letter)
    else:
        _print_table(letters)
    return ExitCode.OK


def is_smq(queue_url: str) -> bool:
    """By the service's part of the host, or by the path, which on the local cloud alone tells it from SQS's."""
    parts = urlsplit(queue_url)
    return ".mns." in parts.netloc or parts.path.startswith("/queues/")


def sqs_messages(queue_url: str, environ: Mapping[str, str]) -> list[dict[str, Any]]:
    with translate_errors(f"reading {queue_url}", SQS):
        return list(peek_sqs(aws_client("sqs", environ), queue_url))


def smq_messages(queue_url: str, environ: Mapping[str, str]) -> list[dict[str, str]]:
    """``INGEST_CA_BUNDLE`` counts as it does for the function. Raises ``SettingsError`` for what is no queue's URL."""
    ca_bundle = environ.get("INGEST_CA_BUNDLE")
    queue = SmqQueue(
        queue_url,
        EnvironmentCredentials(environ),
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=READ_TIMEOUT_SECONDS,
        ca_bundle=Path(ca_bundle) if ca_bundle else None,
    )
    return list(peek_smq(queue))


def fold(messages: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each record id once, the latest letter of it; a message that is no letter of ours is shown as it is."""
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
    table = Table("failed at", "key", "code", "why", "index holds", box=None, pad_edge=False, header_style="bold")
    for letter in letters:
        source = letter.get("source") or {}
        table.add_row(
            Text(letter.get("failed_at", "")),
            Text(output.short(source.get("key", ""))),
            Text(letter["code"]),
            Text(output.printable(letter["message"])),
            Text(letter.get("index_holds", "")),
        )
    console = output.data_console()
    console.print(table)
    console.print(f"\n{len(letters)} dead letters")
