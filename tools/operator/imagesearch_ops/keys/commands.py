"""Define the ``keys`` commands."""

import typer

from imagesearch_ops.command_help import command

keys = typer.Typer(help="Try key rules on lists of keys.", no_args_is_help=True)


@command(keys, "test")
def test() -> None:
    """Stub."""
