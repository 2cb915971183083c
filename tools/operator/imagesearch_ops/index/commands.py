"""Define the ``index`` commands."""

import typer

from imagesearch_ops.command_help import command

index = typer.Typer(help="Read the Image Search instance.", no_args_is_help=True)


@command(index, "stats")
def stats() -> None:
    """Stub."""


@command(index, "get")
def get() -> None:
    """Stub."""


@command(index, "dump")
def dump() -> None:
    """Stub."""
