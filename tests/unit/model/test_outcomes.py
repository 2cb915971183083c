import pytest

from imagesearch_ingest.model.outcomes import Outcome
from imagesearch_ingest.model.reasons import FaultClass, Reason, Result


def test_outcome_without_a_reason_is_no_fault() -> None:
    outcome = Outcome(Result.ADDED, None)
    assert (outcome.fault_class, outcome.stops_batch) == (FaultClass.NONE, False)
    assert (outcome.retries, outcome.milliseconds, outcome.milliseconds_waited) == (0, 0, 0)


@pytest.mark.parametrize(
    ("reason", "stops"),
    [
        (Reason.CREDENTIALS, True),
        (Reason.BUCKET_FORBIDDEN, False),
        (Reason.INSTANCE_FULL, False),
        (Reason.THROTTLED, False),
        (Reason.SERVICE_REJECTED, False),
    ],
)
def test_reason_says_what_an_outcome_stops(reason: Reason, *, stops: bool) -> None:
    outcome = Outcome(reason.result, None, reason)
    assert outcome.stops_batch is stops
