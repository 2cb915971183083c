"""Exit codes and what they mean (docs/reference/commands.md). Any other code means failure."""

import textwrap
from enum import IntEnum
from typing import Self

from imagesearch_ingest.model.reasons import FaultClass
from imagesearch_ops.results import ObjectResult

_HELP_COLUMNS = 76  # typer indents the text by two more


class ExitCode(IntEnum):
    """An exit code with its meaning, as ``--help`` prints it."""

    meaning: str

    def __new__(cls, code: int, meaning: str) -> Self:
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    OK = 0, "all settled; a rejected picture is settled"
    FAILED = 1, "failed, or a queue, a listing or a dump was not read to its end"
    USAGE = 2, "wrong arguments, settings or input, or a port in use"
    INCOMPLETE = (
        3,
        (
            "finished, but some are rejected (prepare, keys test, explain, backfill start), not read (prepare, plan, "
            "search) or not sent (dlq replay), or there is nothing to do (plan, keys test, backfill start)"
        ),
    )
    DRIFT = 4, "index and bucket differ (audit), or the object or entry is missing (explain, index get)"
    OUTAGE = 5, "outage or throttling; safe to try again"
    LIMIT = 6, "stopped at a limit that you set, or deletions were withheld (reconcile)"
    OPERATOR_ACTION = 7, "operator action needed (credentials, instance, settings)"
    INTERRUPTED = 130, "interrupted (Ctrl-C)"
    TERMINATED = 143, "terminated"


def exit_code(results: list[ObjectResult]) -> ExitCode:
    """Return the code of the worst result. A fault that an operator must fix outranks one that passes."""
    classes = {result.fault_class for result in results if result.outcome == "failed"}
    if FaultClass.SYSTEMIC in classes:
        return ExitCode.OPERATOR_ACTION
    if classes & {FaultClass.TRANSIENT, FaultClass.THROTTLED}:
        return ExitCode.OUTAGE
    return ExitCode.FAILED if classes else ExitCode.OK


def exit_code_table() -> str:
    """Return a paragraph per exit code, for ``--help``."""
    lines = (f"  {code:3}  {code.meaning}" for code in ExitCode)
    return "\n".join(textwrap.fill(line, _HELP_COLUMNS, subsequent_indent=" " * 7) for line in lines)
