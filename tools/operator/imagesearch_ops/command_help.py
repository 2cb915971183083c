"""Register commands with a help text that tells what a person needs: the summary, an example, the options."""

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

import typer
from typer.core import TyperGroup

NAME = "imagesearch-ingest"
_OPTIONS_OF_SHELLS = {"install_completion", "show_completion"}

Command = TypeVar("Command", bound=Callable[..., None])


class Commands(TyperGroup):
    """All commands. Typer's options for the completion of shells stand at the end of the help, not at its beginning."""

    def format_options(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - typer keeps the types to itself
        """Write the options and commands into the help."""
        for parameter in self.params:
            if parameter.name in _OPTIONS_OF_SHELLS:
                parameter.hidden = True  # type: ignore[attr-defined]  # it is an option
        super().format_options(ctx, formatter)


def command(group: typer.Typer, name: str | None = None, *, example: str | None = None) -> Callable[[Command], Command]:
    """Register a command with the whole first paragraph of its docstring as summary. Typer would cut it at one line.

    ``example`` is a command line without the program's name.
    """

    def register(function: Command) -> Command:
        summary = inspect.cleandoc(function.__doc__ or "").partition("\n\n")[0]
        epilog = f"\b\nExample:\n  {NAME} {example}" if example else None
        return group.command(name, short_help=" ".join(summary.split()), epilog=epilog)(function)

    return register
