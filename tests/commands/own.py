"""Check commands of `imagesearch-ingest` against its commands, and of `make` against the Makefile."""

import re
from collections.abc import Iterator
from enum import Enum
from typing import get_args

import typer

from imagesearch_ops.cli import app
from tests.command_blocks import ROOT
from tests.commands.options import find_unknown, find_wrong_values, is_literal, is_written, read_options

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
    given = read_options(words[at:])
    yield from find_unknown(given, options, " ".join(words[:at]))
    yield from find_wrong_values(given, _list_values(command))


def _list_options(command: object) -> set[str]:
    parameters = getattr(command, "params", [])
    return {"--help"} | {
        name for one in parameters for name in [*one.opts, *one.secondary_opts] if name.startswith("-")
    }


def _list_values(command: object) -> dict[str, list[str]]:
    """Return the values of each option that takes one of a few."""
    values = {}
    for one in getattr(command, "params", []):
        annotation = one.type_descriptor.annotation
        for kind in [annotation, *get_args(annotation)]:
            if isinstance(kind, type) and issubclass(kind, Enum):
                values |= {name: [str(member.value) for member in kind] for name in one.opts}
    return values


def check_make(words: tuple[str, ...]) -> Iterator[str]:
    """Yield a sentence for each target and each variable that the Makefile does not have."""
    for word in words[1:]:
        name, is_variable, _ = word.partition("=")
        if is_variable and not re.search(rf"\b{re.escape(name)}\b", _MAKEFILE):
            yield f"the Makefile has no variable {name}."
        elif not is_variable and is_literal(word) and not re.search(rf"^{re.escape(word)}:", _MAKEFILE, re.MULTILINE):
            yield f"the Makefile has no target {word}."
