"""Define the ``doctor`` command."""

import os
from typing import Annotated

import typer

from imagesearch_ops.command_help import command
from imagesearch_ops.options import EnvFile, Function, Json, Stack

commands = typer.Typer()


@command(commands, "doctor", example="doctor --stack shop")
def doctor(
    *,
    write: Annotated[
        bool,
        typer.Option(
            "--write",
            help="Also upload a small picture, find it by a search and delete it again. Nothing else is changed.",
        ),
    ] = False,
    stack: Stack = None,
    function: Function = None,
    env_file: EnvFile = None,
    as_json: Json = False,
) -> None:
    """Check a deployment from the bucket to the instance, and print how to mend what is wrong.

    Each check is ok, broken, or unknown if it cannot be seen. Exit code 7: something is broken.
    """
    from imagesearch_ops.doctor.running import run_doctor  # noqa: PLC0415 - the SDKs take a second to import

    raise typer.Exit(
        run_doctor(os.environ, stack=stack, function=function, env_file=env_file, write=write, as_json=as_json)
    )
