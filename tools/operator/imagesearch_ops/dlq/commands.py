"""Define the ``dlq`` commands. Each parses its options, calls one function and returns its exit code."""

import os
from pathlib import Path
from typing import Annotated

import typer

from imagesearch_ops.command_help import command
from imagesearch_ops.dlq.choices import By, Which
from imagesearch_ops.options import DryRun, EnvFile, Function, Html, Json, Stack, State, Yes

dlq = typer.Typer(help="Read and replay dead letters: objects that could not be added.", no_args_is_help=True)

QueueUrl = Annotated[
    str | None,
    typer.Option(
        "--queue-url",
        metavar="URL",
        help="Dead-letter queue, on SQS or SMQ. Default: INGEST_DEAD_LETTER_QUEUE_URL.",
        show_default=False,
    ),
]
RuleQueueUrl = Annotated[
    str | None,
    typer.Option(
        "--rule-queue-url", metavar="URL", help="Dead-letter queue of the EventBridge rule.", show_default=False
    ),
]
ToQueueUrl = Annotated[
    str | None,
    typer.Option(
        "--to-queue-url", metavar="URL", help="Queue to send to. Default: INGEST_QUEUE_URL.", show_default=False
    ),
]
Queue = Annotated[
    Which | None,
    typer.Option(
        "--queue", help="Which dead-letter queues to read. Default: those that are known.", show_default=False
    ),
]
Conditions = Annotated[
    list[str] | None,
    typer.Option(
        "--where",
        metavar="EXPR",
        help="Only records with reason=, class=, prefix=, key=, run=, since=, until=, index_holds= or count>=. "
        "A comma means or; several --where must all hold.",
        show_default=False,
    ),
]
FromFile = Annotated[
    Path | None,
    typer.Option("--from", metavar="FILE", help="Read a file of `dlq export` instead of a queue.", show_default=False),
]
# ruff: noqa: PLC0415 - botocore and the other SDKs take a second to import, and --help should not wait for them


@command(dlq, "list", example="dlq list --by reason")
def list_letters(
    *,
    by: Annotated[
        By | None,
        typer.Option("--by", help="Count records instead, with the command to replay each group.", show_default=False),
    ] = None,
    where: Conditions = None,
    from_file: FromFile = None,
    html: Html = None,
    queue_url: QueueUrl = None,
    rule_queue_url: RuleQueueUrl = None,
    queue: Queue = None,
    stack: Stack = None,
    function: Function = None,
    env_file: EnvFile = None,
    as_json: Json = False,
) -> None:
    """List the dead letters without removing them.

    Each record is listed once, with its latest dead letter. Exit code 1: the queue was not read to its end.
    """
    from imagesearch_ops.dlq.listing import run_list
    from imagesearch_ops.dlq.session import Where

    place = Where(queue_url, rule_queue_url, None, queue, stack, function, env_file, from_file)
    raise typer.Exit(run_list(place, where or [], os.environ, by=by, page=html, as_json=as_json))


@command(dlq, "show", example="dlq show broken/empty.jpg")
def show(
    name: Annotated[
        str,
        typer.Argument(
            metavar="ID|KEY", help="Key (or as a table shows it), record ID or its beginning, or message ID."
        ),
    ],
    *,
    from_file: FromFile = None,
    queue_url: QueueUrl = None,
    rule_queue_url: RuleQueueUrl = None,
    queue: Queue = None,
    stack: Stack = None,
    function: Function = None,
    env_file: EnvFile = None,
    as_json: Json = False,
) -> None:
    """Show one dead letter in full, what to do, and what a replay would decide."""
    from imagesearch_ops.dlq.session import Where
    from imagesearch_ops.dlq.showing import run_show

    place = Where(queue_url, rule_queue_url, None, queue, stack, function, env_file, from_file)
    raise typer.Exit(run_show(name, place, os.environ, as_json=as_json))


@command(dlq, "export", example="dlq export letters.jsonl")
def export(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="File of JSON lines; replaced as a whole.")],
    *,
    append: Annotated[bool, typer.Option("--append", help="Keep the lines that the file has.")] = False,
    queue_url: QueueUrl = None,
    rule_queue_url: RuleQueueUrl = None,
    queue: Queue = None,
    stack: Stack = None,
    function: Function = None,
    env_file: EnvFile = None,
    as_json: Json = False,
) -> None:
    """Write the dead letters to a file. They stay in the queue.

    The file holds one line per record. Other commands read it with --from.
    """
    from imagesearch_ops.dlq.exporting import run_export
    from imagesearch_ops.dlq.session import Where

    place = Where(queue_url, rule_queue_url, None, queue, stack, function, env_file)
    raise typer.Exit(run_export(path, place, os.environ, appends=append, as_json=as_json))


@command(dlq, "replay", example="dlq replay --where reason=timeout")
def replay(
    *,
    where: Conditions = None,
    take_all: Annotated[
        bool, typer.Option("--all", help="All records. With --force, SQS moves the whole queue unseen.")
    ] = False,
    rate: Annotated[
        int | None,
        typer.Option(
            "--rate",
            metavar="N",
            min=1,
            max=500,
            help="Messages a second. Default: the deployment's share of INGEST_ADDS_PER_SECOND.",
            show_default=False,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Also send what would end the same way.")] = False,
    try_first: Annotated[
        bool, typer.Option("--try", help="Prepare unchanged pictures here, and send those that succeed now.")
    ] = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    wait: Annotated[bool, typer.Option("--wait", help="If SQS moves the queue, wait for the end.")] = False,
    from_file: FromFile = None,
    state: State = None,
    queue_url: QueueUrl = None,
    rule_queue_url: RuleQueueUrl = None,
    to_queue_url: ToQueueUrl = None,
    queue: Queue = None,
    stack: Stack = None,
    function: Function = None,
    env_file: EnvFile = None,
    as_json: Json = False,
) -> None:
    """Send objects to the function again. Only show what would be done, unless --yes is given.

    A record is sent if its object, the preparation or the key rule has changed, or if its fault may have passed. All
    others would end the same way, and stay in the queue. Exit code 3: some records were not sent.
    """
    from imagesearch_ops.dlq.replaying import ReplayOptions, run_replay
    from imagesearch_ops.dlq.session import Where

    place = Where(queue_url, rule_queue_url, to_queue_url, queue, stack, function, env_file, from_file)
    options = ReplayOptions(
        where=where or [],
        takes_all=take_all,
        rate=rate,
        is_forced=force,
        tries=try_first,
        does_it=_is_meant(yes=yes, dry_run=dry_run),
        waits=wait,
        state=state,
    )
    raise typer.Exit(run_replay(place, options, os.environ, as_json=as_json))


@command(dlq, "discard", example="dlq discard --where reason=not_an_image")
def discard(
    *,
    where: Conditions = None,
    take_all: Annotated[bool, typer.Option("--all", help="All records.")] = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    state: State = None,
    queue_url: QueueUrl = None,
    rule_queue_url: RuleQueueUrl = None,
    queue: Queue = None,
    stack: Stack = None,
    function: Function = None,
    env_file: EnvFile = None,
    as_json: Json = False,
) -> None:
    """Delete dead letters. Only show what would be done, unless --yes is given.

    They are written to discarded.jsonl in the run's folder first. To undo it: dlq replay --from discarded.jsonl
    """
    from imagesearch_ops.dlq.discarding import DiscardOptions, run_discard
    from imagesearch_ops.dlq.session import Where

    place = Where(queue_url, rule_queue_url, None, queue, stack, function, env_file)
    options = DiscardOptions(
        where=where or [], takes_all=take_all, does_it=_is_meant(yes=yes, dry_run=dry_run), state=state
    )
    raise typer.Exit(run_discard(place, options, os.environ, as_json=as_json))


def _is_meant(*, yes: bool, dry_run: bool) -> bool:
    if yes and dry_run:
        raise typer.BadParameter("--yes and --dry-run contradict each other")
    return yes
