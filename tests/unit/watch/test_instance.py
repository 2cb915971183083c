"""What Detail, or its refusal, says about the room and the end of the instance."""

from datetime import UTC, datetime, timedelta

import pytest

from imagesearch_ingest.image_search.detail import InstanceDetail
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.watch.findings import Kind
from imagesearch_ingest.watch.instance import judge_detail, judge_refusal

NOW = datetime(2026, 11, 30, tzinfo=UTC)


def detail(total: int = 0, capacity: int = 1_000_000, days: float | None = 100) -> InstanceDetail:
    return InstanceDetail(total, capacity, 5, "product", None if days is None else NOW + timedelta(days=days))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (detail(), []),
        (detail(days=None), []),
        (detail(total=899_999), []),
        (detail(total=900_000), ["the instance holds 900,000 of 1,000,000 pictures"]),
        (detail(capacity=0), ["the instance holds 0 of 0 pictures"]),
        (detail(days=14.1), []),
        (detail(days=14), ["the instance expires in 14.0 days"]),
        (detail(days=-2), ["the instance has expired"]),
    ],
)
def test_what_a_person_should_act_on(found: InstanceDetail, said: list[str]) -> None:
    assert [one.detail for one in judge_detail(found, NOW, 5).findings] == said


def test_the_days_count_down_below_zero() -> None:
    assert judge_detail(detail(days=-2), NOW, 5).days_to_expiry == -2
    assert judge_detail(detail(days=None), NOW, 5).days_to_expiry is None


@pytest.mark.parametrize(("rate", "capacity", "remarks"), [(1, 100_000, 0), (5, 100_000, 1), (50, 110_000, 0)])
def test_only_the_smallest_instance_has_a_known_rate(rate: float, capacity: int, remarks: int) -> None:
    found = judge_detail(detail(capacity=capacity), NOW, rate).findings
    assert [one.kind for one in found] == [Kind.REMARK] * remarks


@pytest.mark.parametrize(
    ("code", "reason", "to_do"),
    [
        ("NoPermission", Reason.CREDENTIALS, "Allow imagesearch:Detail to the access key or the role of the function."),
        ("InvalidAccessKeyId.NotFound", Reason.CREDENTIALS, Reason.CREDENTIALS.hint),
        (None, Reason.CREDENTIALS, Reason.CREDENTIALS.hint),
        ("OutboundWebIdentityFederationDisabled", Reason.CREDENTIALS, Reason.CREDENTIALS.hint),
        (None, Reason.NETWORK, Reason.NETWORK.hint),
        ("InvalidAction.NotFound", Reason.INSTANCE_UNAVAILABLE, Reason.INSTANCE_UNAVAILABLE.hint),
    ],
)
def test_a_refusal_says_nothing_about_the_instance(code: str | None, reason: Reason, to_do: str) -> None:
    look = judge_refusal(IngestError(reason, "Detail failed", service_code=code))
    assert (look.full_percent, look.days_to_expiry, look.has_failed) == (None, None, True)
    assert [one.to_do for one in look.findings] == [to_do]


def test_a_role_that_sts_refuses_needs_another_permission() -> None:
    refused = IngestError(Reason.CREDENTIALS, "AssumeRoleWithOIDC failed: NoPermission", service_code="NoPermission")
    assert judge_refusal(refused).findings[0].to_do == Reason.CREDENTIALS.hint
