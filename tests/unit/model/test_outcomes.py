import pytest

from imagesearch_ingest.model.legs import Leg, LegFault, LegKind
from imagesearch_ingest.model.outcomes import Outcome
from imagesearch_ingest.model.reasons import FaultClass, Reason, Result

ADD, DELETE, BUCKET = Leg(LegKind.ADD), Leg(LegKind.DELETE), Leg(LegKind.BUCKET, "shop")


def test_outcome_without_a_reason_is_no_fault() -> None:
    outcome = Outcome(Result.ADDED, None)
    assert (outcome.fault_class, outcome.may_be_outage) == (FaultClass.NONE, False)
    assert (outcome.retries, outcome.milliseconds, outcome.milliseconds_waited) == (0, 0, 0)


@pytest.mark.parametrize(
    ("reason", "leg_fault", "is_own", "may_be_outage"),
    [
        (Reason.OBJECT_CHANGING, None, True, False),
        (Reason.NETWORK, LegFault(ADD), False, True),
        (Reason.NETWORK, LegFault(ADD, works_for_others=True), True, False),
        (Reason.SERVICE_CODE_UNKNOWN, LegFault(BUCKET), False, True),
        (Reason.TIMEOUT, LegFault(DELETE), False, False),
        (Reason.ACCESS_DENIED, LegFault(BUCKET), False, False),
        (Reason.CREDENTIALS, LegFault(ADD), False, False),
    ],
)
def test_leg_says_whose_fault_it_is(
    reason: Reason, leg_fault: LegFault | None, *, is_own: bool, may_be_outage: bool
) -> None:
    outcome = Outcome(reason.result, None, reason, leg_fault=leg_fault)
    assert (outcome.is_own_fault, outcome.may_be_outage) == (is_own, may_be_outage)
