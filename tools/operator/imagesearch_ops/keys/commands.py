"""Define the ``keys`` commands."""

import os
from typing import Annotated

import typer

from imagesearch_ops.command_help import command
from imagesearch_ops.options import EnvFile, Function, Json, Stack, Stats
from imagesearch_ops.stats import DEFAULT_SECONDS

keys = typer.Typer(help="Try key rules on lists of keys.", no_args_is_help=True)


@command(keys, "test", example="keys test --template '{_}/{product_id}/{*}' keys.txt")
def try_rule(
    source: Annotated[
        str | None,
        typer.Argument(metavar="FILE", help="List with one key per line, or a folder. - or none reads stdin."),
    ] = None,
    *,
    template: Annotated[
        str | None, typer.Option("--template", metavar="TEMPLATE", help="Template to try.", show_default=False)
    ] = None,
    regex: Annotated[
        str | None, typer.Option("--regex", metavar="REGEX", help="Regular expression to try.", show_default=False)
    ] = None,
    prefix: Annotated[
        str | None, typer.Option("--prefix", metavar="TEXT", help="Prefix to remove from each key.", show_default=False)
    ] = None,
    include: Annotated[
        list[str] | None,
        typer.Option("--include", metavar="PATTERNS", help="Take only keys that match one.", show_default=False),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option("--exclude", metavar="PATTERNS", help="Skip keys that match one.", show_default=False),
    ] = None,
    field: Annotated[
        str | None,
        typer.Option(
            "--field",
            metavar="NAME",
            help="The file is CSV or JSON lines: take the keys from this column or field. "
            "A number is a column without a header.",
            show_default=False,
        ),
    ] = None,
    stack: Stack = None,
    function: Function = None,
    env_file: EnvFile = None,
    stats: Stats = DEFAULT_SECONDS,  # noqa: ARG001 - its callback takes it
    as_json: Json = False,
) -> None:
    """Try a key rule on a list of keys: their shapes, IDs and faults.

    Needs no cloud. The rule is that of the options, or of a deployment, or of INGEST_* variables; without any, it is
    the default. Exit code 3: some keys would be rejected, or the function refuses the rule. 1: some lines could not be
    read.
    """
    from imagesearch_ops.deployment_options import DeploymentOptions  # noqa: PLC0415 - as below
    from imagesearch_ops.keys.tally import TestOptions  # noqa: PLC0415 - settings take a while to import
    from imagesearch_ops.keys.testing import run_test  # noqa: PLC0415 - settings take a while to import

    texts = {
        "key_template": template,
        "key_regex": regex,
        "key_prefix": prefix,
        "include": "\n".join(include) if include else None,
        "exclude": "\n".join(exclude) if exclude else None,
    }
    given = {name: text for name, text in texts.items() if text is not None}
    options = TestOptions(source, given, field, DeploymentOptions(stack, function, env_file))
    raise typer.Exit(run_test(options, os.environ, as_json=as_json))
