"""Write docs/permissions.md: which permissions each command needs, as its calls on the local clouds show.

``python -m tests.deployment.permissions_page`` writes the page, and a test compares it.
"""

import io
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

from imagesearch_ingest.adapters.aws import client
from imagesearch_ops import cli, instance
from imagesearch_ops.backfill import sieve
from imagesearch_ops.dlq import reading
from imagesearch_ops.index import download, tasks
from tests.deployment.conftest import ROOT
from tests.deployment.permissions import Grant
from tests.deployment.permissions_commands import COMMANDS, Noted, note_all

PAGE = ROOT / "docs/permissions.md"
INTRODUCTION = """# Permissions of the commands

Each command of `imagesearch-ingest` calls the bucket and the queues of one cloud, and Image Search. These tables say
which permissions its calls need. A test runs the commands on the local clouds and compares. The functions have roles of
their own, in the templates.

The calls of a command depend on what it finds. Each was run on a bucket with objects that are indexed, missing and
rejected, on an index with entries that are left over, and on a dead-letter queue with letters. `--stack` needs what its
row says besides. Encrypted queues need `kms:Decrypt` of their key, and also `kms:GenerateDataKey` to send. Objects that
a KMS key encrypts need `kms:Decrypt` to be read.

Some are not run here: `backfill --engine bulk`, `backfill status --logs`, `doctor --write`, and what `doctor` reads of
rules, of the log and of Function Compute. [Operating](operating.md) lists what they need.

Made by `python -m tests.deployment.permissions_page`.
"""
RESOURCES = {
    "bucket": "on the bucket",
    "bucket/*": "on its objects",
    "ingest queue": "on the ingest queue",
    "dead-letter queue": "on the dead-letter queue",
    "rule's dead-letter queue": "on the rule's dead-letter queue",
    "": "others",
}


def render(noted: Mapping[str, Mapping[str, Noted]]) -> str:
    """Return the page. ``noted`` holds what each command needs, by cloud and title."""
    clouds = (
        f"## {name}\n\n{_table(noted[cloud])}" for cloud, name in (("aws", "On AWS"), ("alibaba", "On Alibaba Cloud"))
    )
    return "\n".join([INTRODUCTION, *clouds, f"## Image Search\n\n{_index_table(noted)}"])


def _table(noted: Mapping[str, Noted]) -> str:
    rows = [f"| {_code(title)} | {_cell(one.storage)} |" for title, one in noted.items() if one.storage]
    return "\n".join(["| command | permissions |", "|---|---|", *rows]) + "\n"


def _cell(needed: Iterable[Grant]) -> str:
    """Return the permissions by their resources."""
    parts = []
    for resource, words in RESOURCES.items():
        actions = sorted({one.action for one in needed if one.resource.removesuffix("/messages") == resource})
        if actions:
            parts.append(f"{words}: {', '.join(map(_code, actions))}")
    return "; ".join(parts)


def _index_table(noted: Mapping[str, Mapping[str, Noted]]) -> str:
    rows = []
    for title in dict.fromkeys(row.title for row in COMMANDS):
        needed = {one.action for cloud in noted.values() if title in cloud for one in cloud[title].index}
        if needed:
            rows.append(f"| {_code(title)} | {', '.join(map(_code, sorted(needed)))} |")
    return "\n".join(["| command | permissions |", "|---|---|", *rows]) + "\n"


def _code(text: str) -> str:
    return f"`{text}`"


def note(cloud: str, folder: Path) -> dict[str, Noted]:
    """Run the commands of one cloud in this process, without their waits for services that are far away."""
    own = folder / cloud
    own.mkdir()
    wait = 0 if cloud == "aws" else 1  # SMQ hides what is released for a second
    with (
        patch.object(reading, "WAIT_SECONDS", wait),
        patch.object(sieve, "_WAIT_SECONDS", wait),
        patch.object(instance, "SLOT_SECONDS", 0.02),
        patch.object(tasks, "SLOT_SECONDS", 0.02),
        patch.object(download, "SLOT_SECONDS", 0.02),
    ):
        return note_all(cloud, run, own)


def run(arguments: list[str], environ: Mapping[str, str]) -> int:
    """Return the exit code of a command."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "INGEST_", "ALIBABA_"))}
    client._session.cache_clear()  # noqa: SLF001 - it keeps the key of the command before
    with (
        patch.dict(os.environ, {**kept, **environ}, clear=True),
        patch.object(sys, "argv", ["imagesearch-ingest", *arguments]),
        _quiet(),
    ):
        try:
            cli.main()
        except SystemExit as ended:
            return int(ended.code or 0)
    return 0


@contextmanager
def _quiet() -> Iterator[None]:
    """Hide the output, and restore what the command line sets up for its own process."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    hook = patch.object(threading, "excepthook", threading.excepthook)
    with hook, redirect_stdout(_stream()), redirect_stderr(_stream()):
        yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


def _stream() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), "utf-8")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        PAGE.write_text(render({cloud: note(cloud, Path(made)) for cloud in ("aws", "alibaba")}), encoding="utf-8")
