"""Define the ``plan`` command."""

import typer

from imagesearch_ops.command_help import command

commands = typer.Typer()


@command(commands, "plan")
def plan() -> None:
    """Stub."""
