"""Define the ``reconcile`` command."""

import os
from typing import Annotated

import typer

from imagesearch_ops.command_help import command
from imagesearch_ops.options import (
    DEFAULT_GRACE,
    DryRun,
    EnvFile,
    Function,
    Grace,
    Json,
    Known,
    Stack,
    State,
    Stats,
    Yes,
)
from imagesearch_ops.stats import DEFAULT_SECONDS

commands = typer.Typer()


@command(commands, "reconcile", example="reconcile --stack shop")
def reconcile(
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="[RUN]",
            help="Audit to act on, not older than an hour: its name or folder. Default: one is made now.",
            show_default=False,
        ),
    ] = None,
    *,
    adds_only: Annotated[bool, typer.Option("--adds-only", help="Delete nothing.")] = False,
    allow_deletes: Annotated[
        int | None,
        typer.Option(
            "--allow-deletes",
            metavar="N",
            help="Delete up to N entries whose objects are gone. Default: 10, or a tenth of the index if that is more.",
            min=0,
            show_default=False,
        ),
    ] = None,
    delete_unmade: Annotated[
        int | None,
        typer.Option(
            "--delete-unmade",
            metavar="N",
            help="Also delete up to N entries that no key makes, with your own key.",
            min=1,
            show_default=False,
        ),
    ] = None,
    retry_rejected: Annotated[
        bool, typer.Option("--retry-rejected", help="Also announce what is known to be rejected.")
    ] = False,
    known: Known = None,
    grace: Grace = DEFAULT_GRACE,
    state: State = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    stack: Stack = None,
    function: Function = None,
    env_file: EnvFile = None,
    stats: Stats = DEFAULT_SECONDS,  # noqa: ARG001 - its callback takes it
    as_json: Json = False,
) -> None:
    """Announce to the function what an audit has found: it adds what is missing, and deletes what is left over.

    Without --yes nothing changes. Exit code 6: deletions were withheld, and the reason is printed.
    """
    from imagesearch_ops.deployment_options import DeploymentOptions  # noqa: PLC0415 - as below
    from imagesearch_ops.reconcile.reconciling import run_reconcile  # noqa: PLC0415 - the SDKs take a second to import
    from imagesearch_ops.reconcile.wanted import Wanted  # noqa: PLC0415 - as above

    options = DeploymentOptions(stack, function, env_file)
    wanted = Wanted(
        run,
        adds_only,
        allow_deletes,
        delete_unmade,
        retry_rejected,
        tuple(known or ()),
        grace,
        state,
        yes and not dry_run,
        options,
    )
    raise typer.Exit(run_reconcile(wanted, os.environ, as_json=as_json))
