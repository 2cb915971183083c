"""Explain an error that ends a command: one line for a person, and the exit code."""

import errno

from imagesearch_ingest.model.errors import IngestError, SettingsError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops.errors import InputError
from imagesearch_ops.exit_codes import ExitCode

# SQS, legacy and new name; SMQ
_NO_QUEUE = {"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist", "QueueNotExist"}


def explain(error: Exception) -> tuple[str, ExitCode]:
    """Return the line and the code."""
    match error:
        case IngestError(reason=Reason.INTERNAL_ERROR):
            return f"{error.detail}. {error.reason.hint}", ExitCode.FAILED
        case IngestError():
            hint = find_hint(error)
            code = ExitCode.OPERATOR_ACTION if error.is_systemic else ExitCode.OUTAGE
            return f"{error.detail}. {hint}", code
        case OSError(errno=errno.EADDRINUSE):
            return "the port is in use; choose another with --port, or 0 for a free one", ExitCode.USAGE
        case InputError() | SettingsError():
            return str(error), ExitCode.USAGE
        case OSError(strerror=str(cause), filename=file):
            return f"{file}: {cause}" if file else cause, ExitCode.FAILED
        case _:
            return str(error), ExitCode.FAILED


def find_hint(error: IngestError) -> str:
    """Return what a person can do. The hint of a fault that may pass is about the function, which tries again."""
    if error.service_code in _NO_QUEUE:
        return "Check the URL of the queue and the region."
    return "Try again later." if error.reason.fault_class.may_pass else error.reason.hint
