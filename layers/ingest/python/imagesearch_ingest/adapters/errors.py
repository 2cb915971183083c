"""Build the errors that several adapters share. Each adapter knows only its own vendor's exceptions and codes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

_MEGABYTE = 1_000_000


class Fault(NamedTuple):
    """An error that comes without a service's code: its reason, and a phrase that says what was wrong.

    ``attempts`` is as in ``IngestError``.
    """

    reason: Reason
    detail: str
    attempts: int | None = None

    def error(self, action: str) -> IngestError:
        """Return the error. ``action`` is what failed, such as "reading the queue"."""
        return IngestError(self.reason, f"{action} failed: {self.detail}", attempts=self.attempts)

    def with_cause(self, cause: str) -> "Fault":
        """Return the same fault with its cause in brackets."""
        return self._replace(detail=f"{self.detail} ({cause})")


NO_RESPONSE = Fault(Reason.TIMEOUT, "no response in time")
NO_CONNECTION = Fault(Reason.NETWORK, "the connection broke or could not be made")
UNREADABLE_RESPONSE = Fault(Reason.SERVICE_UNAVAILABLE, "the response could not be read")
UNTRUSTED_CONNECTION = Fault(Reason.NETWORK, "no trusted TLS connection could be made")
IMPOSSIBLE_NAME = Fault(Reason.EVENT_MALFORMED, "no bucket or object can have this name")


@dataclass(frozen=True, slots=True)
class ErrorTranslation:
    """Replace an exception in the ``with`` block by the ``IngestError`` that ``translate`` returns for it.

    Exceptions for which it returns ``None`` pass unchanged. No reference cycle may keep an exception alive: its frames
    hold a response's body and connection, which would stay open until the garbage collector runs. From Python 3.12 on a
    generator with ``contextlib.contextmanager`` makes such a cycle, so this is a class.
    """

    translate: Callable[[BaseException], IngestError | None]

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        translated = self.translate(error) if error else None
        if translated:
            try:
                raise translated from error
            finally:
                del translated  # from this frame, to which its traceback refers


R = TypeVar("R")


def call_with_advice(call: Callable[[], R], advise: Callable[[str], str | None]) -> R:
    """Return the result of ``call``. Raise its ``IngestError`` with the advice for the service's code, if any.

    The error stands alone, without the exceptions that led to it: they hold the request's token.
    """
    try:
        return call()
    except IngestError as error:
        advice = advise(error.service_code) if error.service_code else None
        fault = IngestError(
            error.reason,
            f"{error.detail}. {advice}" if advice else error.detail,
            service_code=error.service_code,
            service_request_id=error.service_request_id,
            attempts=error.attempts,
        )
    raise fault


def find_advice(sentences: Mapping[str, str], code: str) -> str | None:
    """Return the sentence for the code, or for the closest family of codes that has one (``A.B.C``, ``A.B``, ``A``)."""
    while code and code not in sentences:
        code = code.rpartition(".")[0]
    return sentences.get(code)


def check_size(size: int, max_bytes: int) -> None:
    """Raise ``OBJECT_TOO_LARGE`` if an object of ``size`` bytes is larger than ``max_bytes``."""
    if size > max_bytes:
        detail = f"the object has {size / _MEGABYTE:.1f} MB; at most {max_bytes / _MEGABYTE:.1f} MB are read"
        raise IngestError(Reason.OBJECT_TOO_LARGE, detail)


def build_bucket_forbidden_error(url: str) -> IngestError:
    """Return the error for a bucket that refuses both to read this object and to list its objects."""
    detail = f"{url} refuses both to read this object and to list its objects"
    return IngestError(Reason.BUCKET_FORBIDDEN, detail, service_code="AccessDenied")
