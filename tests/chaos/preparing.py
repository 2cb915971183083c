"""The real ``prepare``, each picture once: a simulation shows the same ones many thousand times."""

from functools import cache

from imagesearch_ingest.images import Policy, prepare
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import PreparedImage
from imagesearch_ingest.model.reasons import Reason
from tests.chaos.calls import Killed
from tests.chaos.payloads import BOMB


def prepared_here(data: bytes, policy: Policy) -> PreparedImage:
    """In the worker's own process."""
    if data == BOMB:
        raise Killed("by a picture")
    prepared = _prepared(data, policy)
    if isinstance(prepared, tuple):
        raise IngestError(*prepared)
    return prepared


class Apart:
    """An ``IsolatedPreparer``: what dies is a child."""

    def prepare(self, data: bytes, policy: Policy, seconds: float) -> PreparedImage:
        if seconds <= 0:
            raise IngestError(Reason.NOT_BEGUN, "no time")
        if data == BOMB:
            raise IngestError(Reason.WORKER_CRASH, "SIGSEGV")
        return prepared_here(data, policy)


@cache
def _prepared(data: bytes, policy: Policy) -> PreparedImage | tuple[Reason, str]:
    try:
        return prepare(data, policy)
    except IngestError as error:
        return error.reason, error.detail
