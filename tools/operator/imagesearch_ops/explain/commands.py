"""Define the ``explain`` command."""

import os
from pathlib import Path
from typing import Annotated

import typer

from imagesearch_ops.command_help import command
from imagesearch_ops.options import EnvFile, Function, Json, Stack

commands = typer.Typer()


@command(commands, "explain", example="explain s3://pictures/shoes/1001/front.jpg --stack shop")
def explain(
    url: Annotated[
        str | None,
        typer.Argument(
            metavar="URL",
            help="Object, as s3://bucket/key or oss://bucket/key. The key is taken as it is: nothing in it is decoded.",
            show_default=False,
        ),
    ] = None,
    *,
    event: Annotated[
        Path | None,
        typer.Option(
            "--event",
            metavar="FILE",
            help="File with an event about the object, instead of or beside the URL; - reads stdin.",
            show_default=False,
        ),
    ] = None,
    index: Annotated[
        bool | None,
        typer.Option(
            "--index/--no-index",
            help="Also search the index with the picture, or ask nothing of it. Default: ask for the entry alone.",
            show_default=False,
        ),
    ] = None,
    stack: Stack = None,
    function: Function = None,
    env_file: EnvFile = None,
    as_json: Json = False,
) -> None:
    """Explain one object: whether its picture is in the index as it should be, and if not, why.

    Nothing changes. The picture is prepared on this machine as the function would. Dead letters are read and released.
    Exit code 0: as it should be, or still waiting. 3: it would be rejected. 4: it is missing or different.
    """
    from imagesearch_ops.deployment_options import DeploymentOptions  # noqa: PLC0415 - as below
    from imagesearch_ops.explain.explaining import run_explain  # noqa: PLC0415 - the SDKs take a second to import

    options = DeploymentOptions(stack, function, env_file)
    raise typer.Exit(run_explain(url, event, os.environ, index=index, options=options, as_json=as_json))
