"""Define the ``search`` command."""

import os
from typing import Annotated

import typer

from imagesearch_ops.command_help import command
from imagesearch_ops.options import EnvFile, Function, Html, Json, Stack

commands = typer.Typer()
# ruff: noqa: PLC0415 - the SDKs take a second to import, and --help should not wait for them


@command(commands, "search", example="search photo.jpg --stack shop")
def search(
    source: Annotated[
        str, typer.Argument(metavar="FILE|URL", help="Picture, or its object: s3://bucket/key or oss://bucket/key.")
    ],
    *,
    num: Annotated[int, typer.Option("--num", metavar="N", min=1, max=100, help="Most hits to show.")] = 10,
    html: Html = None,
    stack: Stack = None,
    function: Function = None,
    env_file: EnvFile = None,
    as_json: Json = False,
) -> None:
    """Find the entries of the index that are most similar to a picture.

    The picture is prepared like an upload first. Exit code 3: it cannot be searched with.
    """
    from imagesearch_ops.deployment_options import DeploymentOptions
    from imagesearch_ops.searching.search import run_search

    place = DeploymentOptions(stack, function, env_file)
    raise typer.Exit(run_search(source, os.environ, num=num, page=html, place=place, as_json=as_json))
