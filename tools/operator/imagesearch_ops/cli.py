"""The commands (design, section 8). Each parses its options, calls one function, and returns that function's code."""

import errno
import os
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from imagesearch_ingest.model.errors import IngestError, SettingsError
from imagesearch_ingest.model.reasons import FaultClass, Reason
from imagesearch_ops.clouds import CloudName
from imagesearch_ops.errors import InputError
from imagesearch_ops.exit_codes import ExitCode

app = typer.Typer(
    help="Puts uploaded pictures into Alibaba Cloud Image Search.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
dlq = typer.Typer(help="The dead-letter queue: what could not be added.", no_args_is_help=True)
app.add_typer(dlq, name="dlq")

Cloud = Annotated[CloudName, typer.Option("--cloud", help="Which cloud's function, bucket and queues.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line, on standard output.")]


@app.command()
def demo(
    folder: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="Pictures; a dozen are drawn without.")] = None,
    *,
    cloud: Cloud = CloudName.AWS,
    as_json: Json = False,
) -> None:
    """Takes pictures through the whole path on this machine, and shows what became of each and why."""
    from imagesearch_ops.demo import run_demo  # noqa: PLC0415 - the local cloud takes a second to import

    raise typer.Exit(run_demo(folder, os.environ, cloud_name=cloud, as_json=as_json))


@app.command()
def invoke(
    event: Annotated[
        Path, typer.Argument(metavar="EVENT.json", help="An event, as the platform sends it; - is stdin.")
    ],
    *,
    picture: Annotated[
        Path | None,
        typer.Option(
            "--object", metavar="FILE", help="Uploaded under the event's key first.", exists=True, dir_okay=False
        ),
    ] = None,
    live: Annotated[bool, typer.Option("--live", help="Against the real cloud of this environment.")] = False,
) -> None:
    """Sends one event through the real handler, by default on the local cloud."""
    from imagesearch_ops.invoke import run_invoke  # noqa: PLC0415 - the local cloud takes a second to import

    raise typer.Exit(run_invoke(event, picture, os.environ, live=live))


@app.command()
def prepare(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Pictures, and folders of pictures.")],
    *,
    output: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the prepared pictures are written; it is made.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Shows what would be sent of each picture, or why it would be rejected. Takes no settings and no cloud."""
    from imagesearch_ops.prepare import run_prepare  # noqa: PLC0415 - pictures and tables take a while to import

    raise typer.Exit(run_prepare(paths, output, os.environ, as_json=as_json))


@app.command()
def emulator(
    port: Annotated[
        int, typer.Option(help="The proxy's; the others take the next ones. 0: any.", min=0, max=65533)
    ] = 0,
    state: Annotated[Path | None, typer.Option(metavar="DIR", help="Kept here between two runs.")] = None,
    *,
    cloud: Cloud = CloudName.AWS,
) -> None:
    """Runs the local cloud until it is stopped, and prints where it is."""
    from imagesearch_ops.emulator import run_emulator  # noqa: PLC0415 - the local cloud takes a second to import

    raise typer.Exit(run_emulator(port, state, os.environ, cloud_name=cloud))


@dlq.command("list")
def dlq_list(
    queue_url: Annotated[
        str, typer.Option(envvar="INGEST_DEAD_LETTER_QUEUE_URL", help="The queue's URL.", show_default=False)
    ],
    *,
    as_json: Json = False,
) -> None:
    """Lists the dead letters, and leaves them where they are."""
    from imagesearch_ops.dead_letters import run_list  # noqa: PLC0415 - botocore takes half a second to import

    raise typer.Exit(run_list(queue_url, os.environ, as_json=as_json))


def main() -> None:
    """Every error ends in one clear line on standard error and in the exit code that stands for it."""
    # As SystemExit a signal unwinds like any other end, and what was started is stopped.
    signal.signal(signal.SIGINT, lambda *_: sys.exit(ExitCode.INTERRUPTED))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(ExitCode.TERMINATED))
    try:
        app()
    except (IngestError, InputError, OSError, SettingsError) as error:
        message, code = _explain(error)
        print(f"imagesearch-ingest: {message}", file=sys.stderr)  # noqa: T201 - the one line
        sys.exit(code)


def _explain(error: Exception) -> tuple[str, ExitCode]:
    match error:
        case SettingsError():
            return f"the settings are wrong:\n{error}", ExitCode.USAGE
        case IngestError(reason=Reason.INTERNAL_ERROR):
            return f"{error.detail}. {error.reason.hint}", ExitCode.FAILED
        case IngestError():
            systemic = error.reason.fault_class is FaultClass.SYSTEMIC
            return f"{error.detail}. {error.reason.hint}", ExitCode.SYSTEMIC if systemic else ExitCode.OUTAGE
        case OSError(errno=errno.EADDRINUSE):
            return "the port is taken; choose another with --port, or 0 for any", ExitCode.USAGE
        case InputError():
            return str(error), ExitCode.USAGE
        case _:
            return str(error), ExitCode.FAILED


if __name__ == "__main__":
    main()
