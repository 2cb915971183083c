"""Generate the reference of the commands from the command tree, as ``--help`` reads it."""

import re
from collections.abc import Iterator
from typing import Any

import typer

from documentation.tables import cell, table
from imagesearch_ops.cli import NAME, app
from imagesearch_ops.exit_codes import ExitCode


def command_sections() -> str:
    """Return one section per command: what it does, its arguments and options, its own exit codes, an example."""
    return "\n".join(_section(*found) for found in _walk(typer.main.get_command(app), NAME, None))


def exit_codes() -> str:
    """Return the table of exit codes."""
    return table(("exit code", "meaning"), ((str(int(code)), code.meaning) for code in ExitCode))


def _walk(command: Any, name: str, parent: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401 - typer keeps the types to itself
    """Yield each command with its context. A group is not one."""
    context = command.context_class(command, info_name=name, parent=parent)
    if not hasattr(command, "commands"):
        yield command, context
        return
    for child in command.list_commands(context):
        yield from _walk(command.commands[child], child, context)


def _section(command: Any, context: Any) -> str:  # noqa: ANN401 - see above
    path = context.command_path.removeprefix(f"{NAME} ")
    _, example = command.epilog.split("Example:\n")
    parameters = (
        (f"`{names}`", meaning)
        for parameter in command.get_params(context)
        if "--help" not in parameter.opts
        for names, meaning in [parameter.get_help_record(context)]
    )
    usage = " ".join((context.command_path, *command.collect_usage_pieces(context)))
    parts = (
        f"## {path}\n",
        f"{_text(command.help)}\n",
        f"Usage: `{usage}`\n",
        table(("argument or option", "meaning"), ((names, _escape(meaning)) for names, meaning in parameters)),
        _own_codes(path),
        f"Example: `{example.strip()}`\n",
    )
    return "\n".join(part for part in parts if part)


def _text(help_text: str) -> str:
    """Return the help's paragraphs, each on one line."""
    return "\n\n".join(_escape(cell(paragraph)) for paragraph in help_text.split("\n\n"))


def _escape(text: str) -> str:
    """Return the text with what Markdown would take for markup as code: variables, options and patterns."""
    return re.sub(
        r"(?<![\w`])(--[a-z][\w-]*|INGEST_[A-Z_]*\*?|[a-z0-9]+://[^\s,;`]*[^\s,;.`]|[\w.-]*[*<][^\s`\]]*)",
        r"`\1`",
        text,
    )


def _own_codes(path: str) -> str:
    """Return the exit codes whose meaning names the command or its group."""
    own = [str(int(code)) for code in ExitCode if {path, path.split(maxsplit=1)[0]} & _named(code.meaning)]
    return f"Beside the common [exit codes](#exit-codes): {', '.join(own)}.\n" if own else ""


def _named(meaning: str) -> set[str]:
    """Return the commands in the parentheses of the meaning."""
    return {name for part in re.findall(r"\(([a-z, ]+)\)", meaning) for name in part.split(", ")}
