"""Define the ``search`` command."""

import typer

from imagesearch_ops.command_help import command

commands = typer.Typer()


@command(commands, "search")
def search() -> None:
    """Stub."""
