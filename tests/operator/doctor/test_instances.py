"""Faults of the Image Search instance, and codes of its API."""

import time
from datetime import UTC, datetime, timedelta

import pytest
import requests

from imagesearch_ops.instance import InstanceClient, InstanceDetail

DAY = 86400


def _change(cloud, **fields) -> None:
    answer = requests.put(f"{cloud.image_search.proxy_url}/_local/instance", json=fields, timeout=10)
    assert answer.ok, answer.text


def _fail(cloud, code: str, status: int = 403) -> None:
    fault = {"leg": "detail", "kind": "error", "code": code, "status": status, "times": None}
    answer = requests.put(f"{cloud.image_search.proxy_url}/_local/faults", json=[fault], timeout=10)
    assert answer.ok, answer.text


@pytest.mark.parametrize(("days", "said"), [(3, "in 2 days"), (13, "in 12 days")])
def test_an_instance_that_ends_soon(cloud, diagnose, days: int, said: str) -> None:
    _change(cloud, expires=time.time() + days * DAY)
    found = diagnose(cloud.environ())
    assert found.broken == {"instance.expiry"}
    assert said in found["instance.expiry"]["detail"]
    assert f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%d}" in found["instance.expiry"]["detail"]
    assert "Renew" in found["instance.expiry"]["fix"]


def test_an_instance_that_has_expired(cloud, diagnose) -> None:
    _change(cloud, expires=time.time() - DAY)
    found = diagnose(cloud.environ())
    assert found.broken == {"instance.exists"}
    assert "it has expired" in found["instance.exists"]["detail"]
    assert "Renew" in found["instance.exists"]["fix"]


def test_an_instance_that_ends_in_fifteen_days_is_no_fault(cloud, diagnose) -> None:
    _change(cloud, expires=time.time() + 15 * DAY)
    assert diagnose(cloud.environ()).broken == set()


@pytest.mark.parametrize("kind", ["generic", "fabric", "trademark", "furniture"])
def test_an_instance_of_another_kind_than_the_settings(cloud, diagnose, kind: str) -> None:
    _change(cloud, service_type=kind)
    found = diagnose(cloud.environ())
    assert found.broken == {"instance.kind"}
    assert f"of the type {kind}, INGEST_SERVICE_TYPE says product" in found["instance.kind"]["detail"]
    if kind != "furniture":
        assert found["instance.kind"]["fix"] == f"INGEST_SERVICE_TYPE={kind}"


@pytest.mark.parametrize(("total", "said"), [(100, "full: 100 of 100"), (81, "nearly full: 81 of 100"), (80, None)])
def test_an_instance_that_is_full(diagnose, cloud, monkeypatch, total: int, said: str | None) -> None:
    detail = InstanceDetail(total=total, capacity=100, qps=5, service_type="product", expires=None)
    monkeypatch.setattr(InstanceClient, "detail", lambda _: detail)
    found = diagnose(cloud.environ() | {"INGEST_ADDS_PER_SECOND": "1"})
    assert found.broken == ({"instance.capacity"} if said else set())
    assert said is None or said in found["instance.capacity"]["detail"]
    assert found["instance.expiry"]["ok"] is None


def test_an_instance_without_any_room(cloud, diagnose) -> None:
    _change(cloud, capacity=0)
    found = diagnose(cloud.environ())
    assert found.broken == {"instance.capacity"}
    assert found["instance.capacity"]["detail"].startswith("full: 0 of 0 pictures")
    assert "Upgrade" in found["instance.capacity"]["fix"]


@pytest.mark.parametrize(("adds", "ok"), [("1", True), ("2", False), ("5", False)])
def test_the_rate_of_the_smallest_instance(cloud, diagnose, adds: str, ok: bool) -> None:  # noqa: FBT001 - a table
    _change(cloud, capacity=100_000)
    found = diagnose(cloud.environ() | {"INGEST_ADDS_PER_SECOND": adds})
    assert found["instance.rate"]["ok"] is ok
    assert ok or found["instance.rate"]["fix"] == "INGEST_ADDS_PER_SECOND=1"


@pytest.mark.parametrize(("adds", "ok"), [("1", True), ("5", True), ("20", None)])
def test_a_rate_that_may_have_been_agreed_is_unknown(cloud, diagnose, adds: str, ok: bool | None) -> None:  # noqa: FBT001
    assert diagnose(cloud.environ() | {"INGEST_ADDS_PER_SECOND": adds})["instance.rate"]["ok"] is ok


@pytest.mark.parametrize(
    ("code", "said", "fix"),
    [
        ("InvalidAccessKeyId.Inactive", "is disabled", "aliyun ram UpdateAccessKey --UserAccessKeyId LTAI-local"),
        ("InvalidSecurityToken.Expired", "has expired", "ALIBABA_CLOUD_SECURITY_TOKEN"),
        ("InvalidSecurityToken.Malformed", "wrong security token", "ALIBABA_CLOUD_SECURITY_TOKEN"),
        ("InvalidAccessKeyId", "does not exist", "aliyun ram CreateAccessKey"),
        ("UserDisable", "the account is refused", "console"),
    ],
)
def test_a_code_that_refuses_the_key(cloud, diagnose, code: str, said: str, fix: str) -> None:
    _fail(cloud, code)
    found = diagnose(cloud.environ())
    assert found.broken == {"key.valid"}
    assert said in found["key.valid"]["detail"]
    assert fix in found["key.valid"]["fix"]


@pytest.mark.parametrize("code", ["NoPermission", "Forbidden.RAM", "Console.NoPermission"])
def test_a_key_without_the_permission_is_not_broken(cloud, diagnose, code: str) -> None:
    _fail(cloud, code)
    found = diagnose(cloud.environ())
    assert (found.code, found.broken) == (0, set())
    assert found["key.valid"]["detail"] == "accepted, though it lacks imagesearch:Detail"
    assert found["instance.capacity"]["ok"] is None
    assert "imagesearch:Detail" in found["instance.capacity"]["detail"]


@pytest.mark.parametrize("code", ["InstanceStatusError", "Console.InstanceStatusError", "Console.OrderStatusError"])
def test_an_instance_that_is_not_in_service(cloud, diagnose, code: str) -> None:
    _fail(cloud, code, 409)
    found = diagnose(cloud.environ())
    assert found.broken == {"instance.exists"}
    assert code in found["instance.exists"]["detail"]


@pytest.mark.parametrize("code", ["InvalidTimeStamp.Expired", "IllegalTimestamp"])
def test_a_code_about_the_time_blames_the_clock(cloud, diagnose, code: str) -> None:
    _fail(cloud, code, 400)
    found = diagnose(cloud.environ())
    assert found.broken == {"clock.skew"}
    assert code in found["clock.skew"]["detail"]


@pytest.mark.parametrize("code", ["UnknownException", "NeverHeardOf", "DeniedRequest"])
def test_a_service_that_fails_is_unknown(cloud, diagnose, code: str, monkeypatch) -> None:
    monkeypatch.setattr("imagesearch_ops.instance.SLOT_SECONDS", 0.01)
    _fail(cloud, code, 500)
    found = diagnose(cloud.environ())
    assert (found.code, found.broken) == (0, set())
    assert found["key.valid"]["ok"] is None
    assert code in found["key.valid"]["detail"]


def test_a_key_that_lacks_a_permission_is_named_and_not_the_caller_of_aws(cloud, diagnose) -> None:
    _fail(cloud, "Forbidden.RAM")
    found = diagnose(cloud.environ())
    assert (found.code, found.broken) == (0, set())
    assert found["instance.capacity"]["detail"] == "unknown: the key LTAI-l... lacks the permission imagesearch:Detail"
    assert found["instance.capacity"]["fix"] == "Allow imagesearch:Detail to the key LTAI-l..., then repeat."
