"""Register commands with a help text that tells what a person needs: the summary, an example, the options."""

import inspect
from collections.abc import Callable
from typing import TypeVar

import typer

Command = TypeVar("Command", bound=Callable[..., None])


def command(group: typer.Typer, name: str | None = None, *, example: str | None = None) -> Callable[[Command], Command]:
    """Register a command with the whole first paragraph of its docstring as summary. Typer would cut it at one line.

    ``example`` is a command line without the program's name.
    """

    def register(function: Command) -> Command:
        summary = inspect.cleandoc(function.__doc__ or "").partition("\n\n")[0]
        epilog = f"\b\nExample:\n  imagesearch-ingest {example}" if example else None
        return group.command(name, short_help=" ".join(summary.split()), epilog=epilog)(function)

    return register
