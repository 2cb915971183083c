"""The library's exceptions. One class covers every fault of an object, because its reason says what the fault means.

    Exception
    ├── SettingsError            the function cannot start: every fault of its settings, in one message
    ├── IngestError              one object cannot go on: ``reason`` says who can fix it
    └── NotDoneError             the platform must repeat this invocation
        └── ExpiredTokenError    in another process than this one

The adapters turn a vendor's errors into ``IngestError`` where they arise, and keep the vendor's code beside it.
"""

from typing import Self

from imagesearch_ingest.model.legs import LegFault
from imagesearch_ingest.model.reasons import FaultClass, Reason


class SettingsError(Exception):
    """Name every fault of the settings: one line each, with its variable."""


class NotDoneError(Exception):
    """Fail the invocation, so that the platform repeats it. For events that no queue can take back."""

    TEXT = "The event could not be settled and must be sent again. The log lines of its objects say why."


class ExpiredTokenError(NotDoneError):
    """The temporary access key of this process has expired. Only a new process gets a new one."""


class IngestError(Exception):
    """Stop or pause an object, for a reason.

    ``detail`` is one sentence about this object: what was found, where, and the limit that it broke.
    ``attempts`` bounds how often a call with this fault is tried; ``None`` leaves it to the retry loop.
    ``needs_new_upload`` says that the service could not use the uploaded image, though the image may be good.
    ``leg_fault`` says on which leg the fault was met, once a call has failed for good.
    """

    def __init__(
        self,
        reason: Reason,
        detail: str,
        *,
        service_code: str | None = None,
        service_request_id: str | None = None,
        attempts: int | None = None,
        needs_new_upload: bool = False,
    ) -> None:
        super().__init__(f"{reason.code}: {detail}")
        self.reason = reason
        self.detail = detail
        self.service_code = service_code
        self.service_request_id = service_request_id
        self.attempts = attempts
        self.needs_new_upload = needs_new_upload
        self.leg_fault: LegFault | None = None

    @property
    def is_systemic(self) -> bool:
        """Return whether a person must act."""
        return self.reason.fault_class is FaultClass.SYSTEMIC

    def again(self) -> "IngestError":
        """Return the same fault as a new exception, without the exceptions and frames that led to this one."""
        return IngestError(
            self.reason,
            self.detail,
            service_code=self.service_code,
            service_request_id=self.service_request_id,
            attempts=self.attempts,
            needs_new_upload=self.needs_new_upload,
        )

    def without_frames(self) -> Self:
        """Drop the tracebacks: their frames would keep the image in memory until the next garbage collection."""
        link: BaseException | None = self
        while link:
            earlier = link.__cause__ or link.__context__
            link.__cause__ = link.__context__ = link.__traceback__ = None
            link = earlier
        return self
