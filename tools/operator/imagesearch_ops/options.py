"""Define the options that several commands share. Nothing slow is imported here, so that ``--help`` is quick."""

from pathlib import Path
from typing import Annotated

import typer

from imagesearch_ops.clouds import AnnouncedBy, CloudName
from imagesearch_ops.stats import set_seconds

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
Cloud = Annotated[CloudName, typer.Option("--cloud", help="Cloud whose function, bucket and queues are simulated.")]
Announce = Annotated[
    AnnouncedBy | None,
    typer.Option(
        "--announce",
        help="What announces uploads on Alibaba Cloud: a rule of EventBridge as in the stack (the default), or OSS.",
        show_default=False,
    ),
]
ProblemsOnly = Annotated[bool, typer.Option("--problems-only", help="Show only what was not added or sent.")]


Stats = Annotated[
    float,
    typer.Option(
        "--stats",
        metavar="SECONDS",
        min=0,
        callback=set_seconds,
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
Yes = Annotated[bool, typer.Option("--yes", help="Do it. Without this option nothing changes.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would be done. This is the default.")]
Resume = Annotated[
    str | None,
    typer.Option(
        "--resume", metavar="RUN", help="Go on with a run that was stopped: its name or folder.", show_default=False
    ),
]
KeysFrom = Annotated[
    str | None,
    typer.Option(
        "--keys-from",
        metavar="FILE|-|MANIFEST",
        help="Take the keys from a file of lines or JSON lines, or from the manifest.json of an S3 or OSS inventory, "
        "instead of listing the bucket.",
        show_default=False,
    ),
]
Known = Annotated[
    list[Path] | None,
    typer.Option(
        "--known", metavar="FILE", help="Dead letters in a file, such as one of `dlq export`.", show_default=False
    ),
]
DEFAULT_GRACE = "1h"
Grace = Annotated[
    str,
    typer.Option("--grace", metavar="TIME", help="How old an object must be before it can be missing: 30s, 10m, 1h."),
]
