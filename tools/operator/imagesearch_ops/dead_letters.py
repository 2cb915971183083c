"""``dlq list``: what could not be added, each once, and why."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError
from rich.table import Table
from rich.text import Text

from imagesearch_ingest.adapters.aws_client import aws_client
from imagesearch_ingest.adapters.aws_codes import SQS
from imagesearch_ingest.adapters.aws_errors import translated
from imagesearch_ingest.adapters.sqs import peek
from imagesearch_ingest.dead_letters import DeadLetter
from imagesearch_ops import output
from imagesearch_ops.exit_codes import ExitCode


def run_list(queue_url: str, environ: Mapping[str, str], *, as_json: bool) -> ExitCode:
    """Takes nothing out of the queue. Raises ``IngestError`` when it cannot be read."""
    with translated(f"reading {queue_url}", SQS):
        client = aws_client("sqs", environ)
        letters = list(fold(peek(client, queue_url)))
    if as_json:
        for letter in letters:
            output.json_line(letter)
    else:
        _print_table(letters)
    return ExitCode.OK


def fold(messages: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
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
