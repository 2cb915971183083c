"""Explain an error that ends a command: one line for a person, and the exit code."""

import errno

from imagesearch_ingest.model.errors import IngestError, SettingsError
from imagesearch_ingest.model.reasons import FaultClass, Reason
from imagesearch_ops.errors import InputError
from imagesearch_ops.exit_codes import ExitCode


def explain(error: Exception) -> tuple[str, ExitCode]:
    """Return the line and the code."""
    match error:
        case IngestError(reason=Reason.INTERNAL_ERROR):
            return f"{error.detail}. {error.reason.hint}", ExitCode.FAILED
        case IngestError():
            is_systemic = error.reason.fault_class is FaultClass.SYSTEMIC
            code = ExitCode.OPERATOR_ACTION if is_systemic else ExitCode.OUTAGE
            return f"{error.detail}. {error.reason.hint}", code
        case OSError(errno=errno.EADDRINUSE):
            return "the port is in use; choose another with --port, or 0 for a free one", ExitCode.USAGE
        case InputError() | SettingsError():
            return str(error), ExitCode.USAGE
        case OSError(strerror=str(cause), filename=file):
            return f"{file}: {cause}" if file else cause, ExitCode.FAILED
        case _:
            return str(error), ExitCode.FAILED
