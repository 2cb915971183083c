"""Define the ``doctor`` command."""

import typer

from imagesearch_ops.command_help import command

commands = typer.Typer()


@command(commands, "doctor")
def doctor() -> None:
    """Stub."""
