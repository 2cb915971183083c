"""Define the ``plan`` command."""

import os
from typing import Annotated

import typer

from imagesearch_ops.command_help import command
from imagesearch_ops.options import EnvFile, Function, Html, Json, Resume, Stack, State, Stats
from imagesearch_ops.stats import DEFAULT_SECONDS

commands = typer.Typer()


@command(commands, "plan", example="plan s3://pictures --html plan.html")
def plan(
    url: Annotated[
        str, typer.Argument(metavar="URL|DIR", help="s3://bucket[/prefix], oss://bucket[/prefix], or a folder.")
    ],
    *,
    sample: Annotated[
        int | None,
        typer.Option(
            "--sample", metavar="N", help="How many objects to read. Default: 300.", min=1, show_default=False
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Read every object.")] = False,
    keys_only: Annotated[bool, typer.Option("--keys-only", help="Read no object: judge the keys alone.")] = False,
    html: Html = None,
    rate: Annotated[
        float | None,
        typer.Option(
            "--rate",
            metavar="N",
            help="Adds per second. Default: the deployment's share of INGEST_ADDS_PER_SECOND.",
            show_default=False,
        ),
    ] = None,
    prices: Annotated[
        str | None,
        typer.Option("--prices", metavar="REGION", help="Also estimate the price, in us-east-1.", show_default=False),
    ] = None,
    state: State = None,
    resume: Resume = None,
    stack: Stack = None,
    function: Function = None,
    env_file: EnvFile = None,
    stats: Stats = DEFAULT_SECONDS,  # noqa: ARG001 - its callback takes it
    as_json: Json = False,
) -> None:
    """Show what adding a bucket or a folder would mean: what, why not, how long, how much.

    All keys are listed, and a sample of the objects is read and prepared. Nothing is changed. No Image Search account
    is needed. Without a deployment, INGEST_* variables in the environment are the settings.
    """
    from imagesearch_ops.deployment_options import DeploymentOptions  # noqa: PLC0415 - as below
    from imagesearch_ops.plan.planning import run_plan  # noqa: PLC0415 - the SDKs take a second to import
    from imagesearch_ops.plan.wanted import Wanted  # noqa: PLC0415 - as above

    options = DeploymentOptions(stack, function, env_file)
    wanted = Wanted(url, sample, every, keys_only, html, state, resume, rate, prices, options)
    raise typer.Exit(run_plan(wanted, os.environ, as_json=as_json))
