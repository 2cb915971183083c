"""Map the error codes of services to reasons: the rows that several tables share, and the lookup in a table.

Each service has a table of its own, because the same code may mean something else at another service. The tables decide
by the code alone, never by an HTTP status or a message: throttling is a 403, and messages are reworded.
"""

from collections.abc import Mapping
from typing import NamedTuple

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import FaultClass, Reason


class CodeMapping(NamedTuple):
    """Say what a vendor's code means: one row of a code table.

    ``attempts`` bounds the tries for a fault that usually passes, or that cannot pass within seconds.
    ``needs_new_upload`` is as in ``IngestError``.
    """

    reason: Reason
    attempts: int | None = None
    needs_new_upload: bool = False

    def error(self, message: str, code: str, request_id: str | None = None) -> IngestError:
        """Return the error for a response with this code. ``message`` becomes its detail."""
        return IngestError(
            self.reason,
            message,
            service_code=code,
            service_request_id=request_id,
            attempts=self.attempts,
            needs_new_upload=self.needs_new_upload,
        )


CodeTable = Mapping[str, CodeMapping]
CLOCK_ADVICE = "The service refuses the time of the request: correct the clock of this machine"

# The caller's key or permission is refused.
CREDENTIALS = CodeMapping(Reason.CREDENTIALS)
CLOCK_SKEW = CodeMapping(Reason.CREDENTIALS, attempts=2)  # one more request, in a later second, may succeed
STALE = CodeMapping(Reason.CREDENTIALS, attempts=2)  # what the request carries is too old; the next carries another
# A value of the settings is refused.
SETTINGS = CodeMapping(Reason.SETTINGS_REFUSED)
# The service is busy, broken or slow.
THROTTLED = CodeMapping(Reason.THROTTLED)
UNAVAILABLE = CodeMapping(Reason.SERVICE_UNAVAILABLE)
TIMEOUT = CodeMapping(Reason.TIMEOUT)
# The library's request is wrong, and would be wrong again.
BAD_REQUEST = CodeMapping(Reason.INTERNAL_ERROR, attempts=1)
# No table lists the code: two attempts, then the record waits. A permanent reason would lose pictures, a systemic one
# would stop all others at once.
UNKNOWN = CodeMapping(Reason.SERVICE_CODE_UNKNOWN, attempts=2)

# Buckets.
BUCKET_MISSING = CodeMapping(Reason.BUCKET_MISSING)
BUCKET_FORBIDDEN = CodeMapping(Reason.BUCKET_FORBIDDEN)
# One object is refused. Nobody grants a permission within seconds, so the invocation does not ask again.
OBJECT_DENIED = CodeMapping(Reason.ACCESS_DENIED, attempts=1)
OBJECT_ARCHIVED = CodeMapping(Reason.OBJECT_ARCHIVED)
INVALID_NAME = CodeMapping(Reason.EVENT_MALFORMED)

# What was sent is not what arrived, by its length or checksum: damaged on its way.
CORRUPTED = CodeMapping(Reason.NETWORK)

# Queues. The message was deleted or received by another reader in the meantime.
STALE_RECEIPT = CodeMapping(Reason.SERVICE_UNAVAILABLE, attempts=1)

# The codes that every service uses in the same sense.
COMMON_CODES: CodeTable = {
    "InternalError": UNAVAILABLE,
    "InternalServerError": UNAVAILABLE,
    "InvalidAccessKeyId": CREDENTIALS,
    "ServiceUnavailable": UNAVAILABLE,
    "SignatureDoesNotMatch": CREDENTIALS,
}


def find_mapping(table: CodeTable, code: str) -> CodeMapping:
    """Return the row of ``code``.

    Without a row, a code such as ``Throttling.Resource`` takes that of its family, ``Throttling``. A family whose row
    rejects the picture gives nothing to its unknown members: they may mean anything, and a picture would be lost.
    """
    if code in table:
        return table[code]
    family = table.get(code.partition(".")[0], UNKNOWN)
    return UNKNOWN if family.reason.fault_class is FaultClass.PERMANENT else family


def map_code(table: CodeTable, code: str, message: str, request_id: str | None = None) -> IngestError:
    """Return the error that ``code`` stands for at the service of this table, with ``message`` as its detail.

    The hint of the reason is about keys, so a refused time is explained here.
    """
    mapping = find_mapping(table, code)
    detail = f"{message}. {CLOCK_ADVICE}" if mapping is CLOCK_SKEW else message
    return mapping.error(detail, code, request_id)
