"""Define the options that several commands share. Nothing slow is imported here, so that ``--help`` is quick."""

from pathlib import Path
from typing import Annotated

import typer

DEFAULT_SECONDS = 30.0  # between two lines of progress

Json = Annotated[
    bool, typer.Option("--json", help="Print one JSON object per line on standard output, last a summary.")
]
Stack = Annotated[
    str | None,
    typer.Option(
        "--stack", metavar="NAME", help="CloudFormation stack to take queues and settings from.", show_default=False
    ),
]
Function = Annotated[
    str | None,
    typer.Option(
        "--function",
        metavar="REGION/NAME",
        help="Function of Function Compute to take the settings from.",
        show_default=False,
    ),
]
EnvFile = Annotated[
    Path | None,
    typer.Option(
        "--env-file", metavar="FILE", help="File of NAME=VALUE lines with the function's settings.", show_default=False
    ),
]
ProblemsOnly = Annotated[bool, typer.Option("--problems-only", help="Show only what was not added or sent.")]


def _set_seconds(seconds: float) -> float:
    if seconds != DEFAULT_SECONDS:
        from imagesearch_ops.progress import set_seconds  # noqa: PLC0415 - rich takes a while to import

        set_seconds(seconds)
    return seconds


Stats = Annotated[
    float,
    typer.Option(
        "--stats",
        metavar="SECONDS",
        min=0,
        callback=_set_seconds,
        help="How often to print the progress where there is no terminal; 0 never does.",
    ),
]
State = Annotated[
    Path | None,
    typer.Option(
        "--state",
        metavar="DIR",
        help="Folder for the run's files. Default: one per run in the state folder.",
        show_default=False,
    ),
]
Html = Annotated[
    Path | None, typer.Option("--html", metavar="PAGE", help="Write a static page, too.", show_default=False)
]
