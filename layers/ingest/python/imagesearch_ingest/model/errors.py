"""The errors. The journey has one, because what it means is its reason's business, not its class's.

    Exception
    ├── SettingsError            the function cannot start: every fault of its settings, in one message
    ├── IngestError              this object cannot go on: ``reason`` says whose fault it is and what the queue does
    └── NotDoneError             this invocation is to be repeated by the platform
        └── ExpiredTokenError    by another process than this one

A vendor's errors are turned into ``IngestError`` where they arise, in ``adapters/``, with the vendor's code beside it.
"""

from typing import NamedTuple

from imagesearch_ingest.model.reasons import FaultClass, Reason


class SettingsError(Exception):
    """One line a fault, each naming its variable."""


class NotDoneError(Exception):
    """Raised where no queue can take a record back: the platform invokes again, and gives up in its own way."""


class ExpiredTokenError(NotDoneError):
    """The access key that the platform gave this process for its whole life has outlived itself."""


class IngestError(Exception):
    """An object's journey ends here, or pauses.

    ``detail`` is one sentence about this very object: what was found, where, and the limit it broke.
    ``reached_index`` says that the index may already have acted on the request that failed (its answer was lost).
    ``attempts`` bounds how often the retry loop may try this fault; ``None`` leaves it to the loop.
    """

    def __init__(
        self,
        reason: Reason,
        detail: str,
        *,
        service_code: str | None = None,
        service_request_id: str | None = None,
        reached_index: bool = False,
        attempts: int | None = None,
    ) -> None:
        super().__init__(f"{reason.code}: {detail}")
        self.reason = reason
        self.detail = detail
        self.service_code = service_code
        self.service_request_id = service_request_id
        self.reached_index = reached_index
        self.attempts = attempts

    @property
    def is_systemic(self) -> bool:
        return self.reason.fault_class is FaultClass.SYSTEMIC


class CodeMapping(NamedTuple):
    """What a code of a vendor's means: a row of the tables in ``image_search.codes`` and in ``adapters/*_codes.py``.

    ``attempts`` bounds the retries of a fault that mostly, but not always, goes away by itself, or never does so soon.
    """

    reason: Reason
    attempts: int | None = None

    def error(self, message: str, code: str, request_id: str | None = None) -> IngestError:
        return IngestError(
            self.reason,
            message,
            service_code=code,
            service_request_id=request_id,
            attempts=self.attempts,
        )
