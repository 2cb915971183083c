"""Define the ``backfill`` commands. Each parses its options, calls one function and returns its exit code."""

import os
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from imagesearch_ops.backfill.engine_name import EngineName
from imagesearch_ops.command_help import command
from imagesearch_ops.options import DryRun, EnvFile, Function, Json, KeysFrom, Resume, Stack, State, Stats, Yes
from imagesearch_ops.stats import DEFAULT_SECONDS

# ruff: noqa: PLC0415 - the SDKs take a second to import, and --help should not wait for them
_START = "start"


class _StartByDefault(TyperGroup):
    """``backfill URL`` is short for ``backfill start URL``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer keeps the types to itself
        """Parse the words after ``backfill``."""
        if args and args[0] not in (*self.commands, *ctx.help_option_names):
            args = [_START, *args]
        return super().parse_args(ctx, args)


backfill = typer.Typer(
    help="Put the pictures that are in the bucket already into the index.", no_args_is_help=True, cls=_StartByDefault
)


@command(backfill, _START, example="backfill start s3://pictures --stack shop")
def start(
    url: Annotated[str, typer.Argument(metavar="URL", help="s3://bucket[/prefix], or oss://bucket[/prefix].")],
    *,
    engine: Annotated[
        EngineName,
        typer.Option(
            "--engine",
            help="queue: the deployed function does the work. direct: this process does. bulk: the batch import of "
            "Image Search does, on OSS. auto: queue if one is known, else direct.",
        ),
    ] = EngineName.AUTO,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="TIME",
            help="Only objects written since then: 2026-11-29, 2026-11-29T06:55:00Z, or 2d for two days ago.",
            show_default=False,
        ),
    ] = None,
    keys_from: KeysFrom = None,
    max_objects: Annotated[
        int | None,
        typer.Option("--max-objects", metavar="N", help="Stop after N objects.", min=1, show_default=False),
    ] = None,
    max_errors: Annotated[
        int, typer.Option("--max-errors", metavar="N", help="Stop after N objects that failed.", min=1)
    ] = 100,
    max_wait: Annotated[
        str,
        typer.Option("--max-wait", metavar="TIME", help="On SMQ, how long a live upload may wait at most."),
    ] = "10m",
    rate: Annotated[
        float | None,
        typer.Option(
            "--rate",
            metavar="N",
            help="Pictures per second of the direct engine. Default: half of the share of INGEST_ADDS_PER_SECOND.",
            show_default=False,
        ),
    ] = None,
    staging: Annotated[
        str | None,
        typer.Option("--staging", metavar="oss://BUCKET", help="Empty bucket for the bulk engine.", show_default=False),
    ] = None,
    state: State = None,
    resume: Resume = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    stack: Stack = None,
    function: Function = None,
    env_file: EnvFile = None,
    stats: Stats = DEFAULT_SECONDS,  # noqa: ARG001 - its callback takes it
    as_json: Json = False,
) -> None:
    """Put the pictures of a bucket into the index, without starving live uploads. `backfill URL` does the same.

    Without --yes, everything is listed and counted, and nothing is sent.
    """
    from imagesearch_ops.backfill.backfilling import run_backfill
    from imagesearch_ops.backfill.wanted import Wanted
    from imagesearch_ops.deployment_options import DeploymentOptions

    options = DeploymentOptions(stack, function, env_file)
    wanted = Wanted(
        url,
        engine,
        since,
        keys_from,
        max_objects,
        max_errors,
        max_wait,
        rate,
        staging,
        state,
        resume,
        yes and not dry_run,
        options,
    )
    raise typer.Exit(run_backfill(wanted, os.environ, as_json=as_json))


@command(backfill, "status", example="backfill status --stack shop")
def status(
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="[RUN]", help="Run: its name or folder. Default: the latest backfill.", show_default=False
        ),
    ] = None,
    *,
    logs: Annotated[
        bool, typer.Option("--logs", help="Also count the results of the run in the function's log, on AWS.")
    ] = False,
    state: State = None,
    stack: Stack = None,
    function: Function = None,
    env_file: EnvFile = None,
    as_json: Json = False,
) -> None:
    """Show how far a backfill is: sent, waiting, rejected, and when it will be done."""
    from imagesearch_ops.backfill.status import run_status
    from imagesearch_ops.deployment_options import DeploymentOptions

    options = DeploymentOptions(stack, function, env_file)
    raise typer.Exit(run_status(run, state, options, os.environ, logs=logs, as_json=as_json))


@command(backfill, "cancel", example="backfill cancel 20261129T0655-7f3a --stack shop")
def cancel(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Run: its name or folder.")],
    *,
    state: State = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    stack: Stack = None,
    function: Function = None,
    env_file: EnvFile = None,
    stats: Stats = DEFAULT_SECONDS,  # noqa: ARG001 - its callback takes it
    as_json: Json = False,
) -> None:
    """Delete the announcements of a backfill that still wait in the queue. Everything else stays in it.

    Without --yes, they are counted.
    """
    from imagesearch_ops.backfill.cancelling import run_cancel
    from imagesearch_ops.deployment_options import DeploymentOptions

    options = DeploymentOptions(stack, function, env_file)
    raise typer.Exit(run_cancel(run, state, options, os.environ, yes=yes and not dry_run, as_json=as_json))
