"""Define the ``index`` commands. Each parses its options, calls one function and returns its exit code."""

import os
from pathlib import Path
from typing import Annotated

import typer

from imagesearch_ops.command_help import command
from imagesearch_ops.options import EnvFile, Function, Json, Stack, Stats
from imagesearch_ops.stats import DEFAULT_SECONDS

index = typer.Typer(help="Read the Image Search instance.", no_args_is_help=True)
# ruff: noqa: PLC0415 - the SDKs take a second to import, and --help should not wait for them


@command(index, "stats", example="index stats --stack shop")
def stats(*, stack: Stack = None, function: Function = None, env_file: EnvFile = None, as_json: Json = False) -> None:
    """Show size, capacity, kind and end of the instance.

    Warns if the instance is more than 80 % full, or ends within 14 days.
    """
    from imagesearch_ops.deployment_options import DeploymentOptions
    from imagesearch_ops.index.stats import run_stats

    raise typer.Exit(run_stats(os.environ, DeploymentOptions(stack, function, env_file), as_json=as_json))


@command(index, "get", example="index get shoes/2001/side.jpg --stack shop")
def get(
    key: Annotated[
        str | None,
        typer.Argument(metavar="[KEY]", help="Key of the picture. The key rule gives its IDs.", show_default=False),
    ] = None,
    *,
    product_id: Annotated[
        str | None,
        typer.Option("--product-id", metavar="ID", help="ProductId, with --pic-name, instead.", show_default=False),
    ] = None,
    pic_name: Annotated[
        str | None, typer.Option("--pic-name", metavar="NAME", help="PicName, with --product-id.", show_default=False)
    ] = None,
    stack: Stack = None,
    function: Function = None,
    env_file: EnvFile = None,
    as_json: Json = False,
) -> None:
    """Show one entry of the index, by the key of its picture or by its IDs.

    Exit code 4: the index has no such entry.
    """
    from imagesearch_ops.deployment_options import DeploymentOptions
    from imagesearch_ops.index.getting import run_get

    place = DeploymentOptions(stack, function, env_file)
    raise typer.Exit(run_get(key, product_id, pic_name, os.environ, place=place, as_json=as_json))


@command(index, "dump", example="index dump entries.jsonl --stack shop")
def dump(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="File for the entries. FILE.raw gets the dump as it came.")
    ],
    *,
    columns: Annotated[
        str | None,
        typer.Option(
            "--columns",
            metavar="NAMES",
            help="Columns of a dump without a header, such as product_id,pic_name,_ where _ ignores one.",
            show_default=False,
        ),
    ] = None,
    stack: Stack = None,
    function: Function = None,
    env_file: EnvFile = None,
    as_json: Json = False,
    stats: Stats = DEFAULT_SECONDS,
) -> None:
    """Write all entries of the index to a file, one JSON object per line.

    The service exports them, which may take a while. Exit code 1: the export was not understood.
    """
    from imagesearch_ops.deployment_options import DeploymentOptions
    from imagesearch_ops.index.dump import run_dump

    place = DeploymentOptions(stack, function, env_file)
    raise typer.Exit(run_dump(file, columns, os.environ, place, seconds=stats, as_json=as_json))
