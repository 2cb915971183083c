"""Define the ``explain`` command."""

import typer

from imagesearch_ops.command_help import command

commands = typer.Typer()


@command(commands, "explain")
def explain() -> None:
    """Stub."""
