"""Check commands of `imagesearch-ingest` against its commands, and of `make` against the Makefile."""

import re
from collections.abc import Iterator

import typer

from imagesearch_ops.cli import app
from tests.command_blocks import ROOT
from tests.commands.options import find_unknown, is_written, read_options

COMMANDS = typer.main.get_command(app)
_MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def check(words: tuple[str, ...]) -> Iterator[str]:
    """Yield a sentence for each fault of a command."""
    command, options, at = COMMANDS, _list_options(COMMANDS), 1
    while hasattr(command, "commands") and at < len(words) and is_written(words[at]):
        if words[at] not in command.commands and command.name == "backfill":
            words = (*words[:at], "start", *words[at:])  # `backfill URL` is short for `backfill start URL`
        if words[at] not in command.commands:
            yield f"{' '.join(words[:at])} has no command {words[at]}."
            return
        command, at = command.commands[words[at]], at + 1
        options |= _list_options(command)
    yield from find_unknown(read_options(words[at:]), options, " ".join(words[:at]))


def _list_options(command: object) -> set[str]:
    parameters = getattr(command, "params", [])
    return {"--help"} | {
        name for one in parameters for name in [*one.opts, *one.secondary_opts] if name.startswith("-")
    }


def check_make(words: tuple[str, ...]) -> Iterator[str]:
    for word in words[1:]:
        if re.fullmatch(r"[a-z][a-z-]*", word) and not re.search(rf"^{word}:", _MAKEFILE, re.MULTILINE):
            yield f"the Makefile has no target {word}."
