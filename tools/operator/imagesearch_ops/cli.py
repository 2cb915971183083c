"""Define the commands (design, section 8). Each parses its options, calls one function and returns its exit code."""

import io
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from imagesearch_ingest import __version__
from imagesearch_ingest.model.errors import IngestError, SettingsError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops.audit import commands as audit
from imagesearch_ops.backfill.commands import backfill
from imagesearch_ops.clouds import CloudName
from imagesearch_ops.command_help import Commands, command
from imagesearch_ops.dlq.commands import dlq
from imagesearch_ops.doctor import commands as doctor
from imagesearch_ops.errors import InputError
from imagesearch_ops.exit_codes import ExitCode, exit_code_table
from imagesearch_ops.explain import commands as explaining
from imagesearch_ops.extras import Extra, needing
from imagesearch_ops.faults import explain
from imagesearch_ops.index.commands import index
from imagesearch_ops.keys.commands import keys
from imagesearch_ops.options import Announce, Cloud, Json, ProblemsOnly, Stats
from imagesearch_ops.plan import commands as plan
from imagesearch_ops.reconcile import commands as reconcile
from imagesearch_ops.report import reporting
from imagesearch_ops.searching import commands as searching
from imagesearch_ops.stats import DEFAULT_SECONDS
from imagesearch_ops.terminal_text import prepare_output_streams, printable

NAME = "imagesearch-ingest"
COMPLETION = "--install-completion completes commands and options in your shell; --show-completion prints the script."

app = typer.Typer(
    help="Put uploaded pictures into Alibaba Cloud Image Search.",
    epilog=f"\b\nExit codes:\n{exit_code_table()}\n\n{COMPLETION}",
    no_args_is_help=True,
    cls=Commands,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _print_version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"{NAME} {__version__}")
        raise typer.Exit


@app.callback()
def options(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print the name and version, then exit.", callback=_print_version)
    ] = False,
) -> None:
    """Put uploaded pictures into Alibaba Cloud Image Search."""


@command(app, example="demo pictures")
def demo(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="DIR", help="Folder of pictures. Without it, twelve sample pictures are drawn."),
    ] = None,
    *,
    cloud: Cloud = CloudName.AWS,
    announce: Announce = None,
    problems_only: ProblemsOnly = False,
    stats: Stats = DEFAULT_SECONDS,  # noqa: ARG001 - its callback takes it
    as_json: Json = False,
) -> None:
    """Ingest a folder on the local cloud and show each result.

    Each picture takes the whole path on this machine: bucket, queue, function and index. No account is needed. INGEST_*
    variables in the environment are the function's settings.
    """
    with needing(Extra.LOCAL):
        from imagesearch_ops.demo import run_demo  # noqa: PLC0415 - the local cloud takes a second to import

    code = run_demo(
        folder, os.environ, cloud_name=cloud, announced_by=announce, as_json=as_json, problems_only=problems_only
    )
    raise typer.Exit(code)


@command(app, example="invoke event.json --object picture.jpg")
def invoke(
    event: Annotated[
        Path, typer.Argument(metavar="EVENT.json", help="File with the event as the platform sends it; - reads stdin.")
    ],
    *,
    image: Annotated[
        Path | None,
        typer.Option(
            "--object",
            metavar="FILE",
            help="File to upload first, under the event's key (not with --live).",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Use the real cloud that the environment's settings and keys name.")
    ] = False,
) -> None:
    """Send one event through the function's real handler.

    The event decides which cloud's handler runs. Without --live it runs on the local cloud.
    """
    from imagesearch_ops.invoke import run_invoke  # noqa: PLC0415 - the local cloud takes a second to import

    raise typer.Exit(run_invoke(event, image, os.environ, live=live))


@command(app, example="prepare pictures --html page.html")
def prepare(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Pictures and folders of pictures.")],
    *,
    output: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder for the prepared pictures; created if missing. Default: not written."),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(
            "--html",
            metavar="PAGE",
            help="Write a static page, too: the reasons, and each picture before and after.",
            show_default=False,
        ),
    ] = None,
    problems_only: ProblemsOnly = False,
    stats: Stats = DEFAULT_SECONDS,  # noqa: ARG001 - its callback takes it
    as_json: Json = False,
) -> None:
    """Show what would be sent of each picture, or why it is rejected.

    Needs no cloud. INGEST_* variables in the environment are the function's settings.
    """
    from imagesearch_ops.prepare import PrepareOptions, run_prepare  # noqa: PLC0415 - pictures and tables take a while to import

    options = PrepareOptions(output, html, problems_only=problems_only)
    raise typer.Exit(run_prepare(paths, options, os.environ, as_json=as_json))


@command(app, example="emulator --state cloud")
def emulator(
    port: Annotated[
        int,
        typer.Option(
            metavar="PORT",
            help="Proxy port; the other services use the following ports. 0 picks free ones.",
            min=0,
            max=65533,
        ),
    ] = 0,
    state: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder that keeps the cloud's state between runs. Default: not kept."),
    ] = None,
    *,
    cloud: Cloud = CloudName.AWS,
    announce: Announce = None,
) -> None:
    """Run the local cloud until it is stopped, and print its addresses.

    The addresses are one JSON line on standard output. Standard error shows the variables to export and the function's
    log. Stop it with Ctrl-C.
    """
    from imagesearch_ops.emulator import run_emulator  # noqa: PLC0415 - the local cloud takes a second to import

    raise typer.Exit(run_emulator(port, state, os.environ, cloud_name=cloud, announced_by=announce))


for room in (plan, explaining, audit, reconcile, searching, doctor):
    app.add_typer(room.commands)
for name, group in {"keys": keys, "backfill": backfill, "index": index, "dlq": dlq}.items():
    app.add_typer(group, name=name, short_help=group.info.help)


def main() -> None:
    """Run the command line. Every error ends in a clear message on standard error and the exit code for it."""
    prepare_output_streams()
    threading.excepthook = lambda thread: _print_traceback(thread.exc_value)
    # SystemExit unwinds the stack, so that the processes and servers that were started are stopped.
    signal.signal(signal.SIGINT, lambda *_: sys.exit(ExitCode.INTERRUPTED))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(ExitCode.TERMINATED))
    try:
        try:
            code = app(standalone_mode=False)  # or else typer prints its own messages, with arguments as they came
        finally:
            sys.stdout.flush()
    except TyperException as error:
        _print_usage_error(error)
        _print_usage_summary(error, sys.argv[1:])
        sys.exit(error.exit_code)
    except SettingsError as error:
        _print_errors("the settings are wrong:", *str(error).splitlines())
        sys.exit(ExitCode.USAGE)
    except (IngestError, InputError, OSError) as error:
        message, code = explain(error)
        _print_errors(message)
        _drop_unwritable_output()
        sys.exit(code)
    except RecursionError:
        _print_errors("the input is nested too deeply")
        sys.exit(ExitCode.USAGE)
    except Exception as error:  # noqa: BLE001 - Python would print it with the keys that it quotes
        _print_errors(Reason.INTERNAL_ERROR.hint)
        _print_traceback(error)
        sys.exit(ExitCode.FAILED)
    sys.exit(code)


def _print_errors(message: str, *more: str) -> None:
    _print_lines((f"{NAME}: {message}", *more))


def _print_usage_error(error: TyperException) -> None:
    """Print what typer would print, with every argument escaped."""
    text = io.StringIO()
    error.show(text)  # type: ignore[attr-defined]  # typer declares it in a private class
    _print_lines(text.getvalue().splitlines())


def _print_usage_summary(error: TyperException, arguments: list[str]) -> None:
    """Print the summary that every command ends with, since the command itself has not begun."""
    if "--json" in arguments or arguments[:1] in (["invoke"], ["emulator"]):  # these two always print JSON lines
        with suppress(InputError), reporting(as_json=True):
            raise InputError(error.format_message())


def _print_traceback(error: BaseException | None) -> None:
    _print_lines("".join(traceback.format_exception(error)).splitlines())


def _print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        print(printable(line), file=sys.stderr)  # noqa: T201 - for people


def _drop_unwritable_output() -> None:
    """Discard output that cannot be written, since Python would try again at exit and fail with a traceback."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
