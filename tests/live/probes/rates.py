"""Send many calls at once, and count what is refused."""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import FaultClass


@dataclass(frozen=True)
class Burst:
    """``codes`` counts the refusals by their codes."""

    accepted: int
    seconds: float
    codes: dict[str, int]
    are_throttled: bool


def burst(call: Callable[[], object], times: int) -> Burst:
    """Make the call so often at once."""

    def attempt(_: int) -> IngestError | None:
        try:
            call()
        except IngestError as error:
            return error
        return None

    began = time.monotonic()
    with ThreadPoolExecutor(min(times, 32)) as threads:
        results = list(threads.map(attempt, range(times)))
    errors = [error for error in results if error]
    return Burst(
        accepted=len(results) - len(errors),
        seconds=time.monotonic() - began,
        codes=dict(Counter(error.service_code or error.reason.code for error in errors)),
        are_throttled=all(error.reason.fault_class is FaultClass.THROTTLED for error in errors),
    )
