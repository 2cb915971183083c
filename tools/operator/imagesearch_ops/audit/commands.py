"""Define the ``audit`` command."""

import os
from pathlib import Path
from typing import Annotated

import typer

from imagesearch_ops.command_help import command
from imagesearch_ops.options import (
    DEFAULT_GRACE,
    EnvFile,
    Function,
    Grace,
    Html,
    Json,
    KeysFrom,
    Known,
    Stack,
    State,
    Stats,
)
from imagesearch_ops.stats import DEFAULT_SECONDS

commands = typer.Typer()


@command(commands, "audit", example="audit --stack shop")
def audit(
    url: Annotated[
        str | None,
        typer.Argument(
            metavar="[URL]",
            help="s3://bucket[/prefix], or oss://bucket[/prefix]. Default: the deployment's.",
            show_default=False,
        ),
    ] = None,
    *,
    dump: Annotated[
        Path | None,
        typer.Option(
            "--dump",
            metavar="FILE",
            help="File of `index dump`, or a dump as it came. Default: the instance exports now.",
            show_default=False,
        ),
    ] = None,
    sample: Annotated[
        int | None,
        typer.Option(
            "--sample",
            metavar="N",
            help="Ask the index about N keys instead of comparing all.",
            min=1,
            show_default=False,
        ),
    ] = None,
    known: Known = None,
    grace: Grace = DEFAULT_GRACE,
    keys_from: KeysFrom = None,
    combined: Annotated[
        Path | None,
        typer.Option(
            "--combined",
            metavar="FILE",
            help="Write a line for every object and entry, with its class first.",
            show_default=False,
        ),
    ] = None,
    html: Html = None,
    state: State = None,
    stack: Stack = None,
    function: Function = None,
    env_file: EnvFile = None,
    stats: Stats = DEFAULT_SECONDS,  # noqa: ARG001 - its callback takes it
    as_json: Json = False,
) -> None:
    """Compare the bucket with the index, and say of each difference why it is one.

    Nothing changes. Exit code 4: something is missing in the index, or is there without its object.
    """
    from imagesearch_ops.audit.auditing import run_audit  # noqa: PLC0415 - the SDKs take a second to import
    from imagesearch_ops.audit.wanted import Wanted  # noqa: PLC0415 - as above
    from imagesearch_ops.deployment_options import DeploymentOptions  # noqa: PLC0415 - as above

    options = DeploymentOptions(stack, function, env_file)
    wanted = Wanted(url, dump, sample, tuple(known or ()), grace, keys_from, combined, html, state, options)
    raise typer.Exit(run_audit(wanted, os.environ, as_json=as_json))
