"""Exit codes (design, section 8). A code that is not here means failure."""

from enum import IntEnum

from imagesearch_ingest.model.reasons import FaultClass
from imagesearch_ops.results import ObjectResult


class ExitCode(IntEnum):
    OK = 0  # everything settled; a rejection is settled
    FAILED = 1
    USAGE = 2  # settings, arguments, a busy port
    INCOMPLETE = 3  # finished, but some were rejected or failed
    OUTAGE = 5  # safe to try again
    SYSTEMIC = 7  # credentials, or another cause that a person must mend
    INTERRUPTED = 130
    TERMINATED = 143


def exit_code(results: list[ObjectResult]) -> ExitCode:
    """The worst of all objects decides, what a person must mend before what only takes another try."""
    classes = {result.fault_class for result in results if result.outcome == "failed"}
    if FaultClass.SYSTEMIC in classes:
        return ExitCode.SYSTEMIC
    if classes & {FaultClass.TRANSIENT, FaultClass.THROTTLED}:
        return ExitCode.OUTAGE
    return ExitCode.FAILED if classes else ExitCode.OK
