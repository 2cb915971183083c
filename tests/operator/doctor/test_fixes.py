"""A fix names the place where a deployment has a setting from."""

from types import SimpleNamespace
from typing import Any

import pytest

from imagesearch_ops.doctor.checks import trying
from imagesearch_ops.doctor.fixes import set_parameter, set_setting


def patient_of(**stack: Any) -> Any:
    return SimpleNamespace(stack=SimpleNamespace(**stack), cloud="aws", faults=(), function=None)


@pytest.mark.parametrize(
    ("field", "fix"),
    [
        ("adds_per_second", "sam deploy --parameter-overrides AddsPerSecond=7"),
        ("service_type", "sam deploy --parameter-overrides ServiceType=7"),
        ("role_arn", "sam deploy --parameter-overrides AlibabaRoleArn=7"),
        ("jpeg_quality", 'sam deploy --parameter-overrides \'ExtraSettings="{\\"INGEST_JPEG_QUALITY\\": \\"7\\"}"\''),
        ("max_concurrency", "sam deploy  # of template.yaml as it is: it sets INGEST_MAX_CONCURRENCY"),
    ],
)
def test_a_setting_of_a_stack_is_set_by_its_parameters(field: str, fix: str) -> None:
    assert set_setting(patient_of(), field, "7") == fix


def test_a_value_with_a_blank_reaches_cloudformation() -> None:
    fix = set_parameter("KeyTemplate", '{product_id}/{*} | {"x"}')
    assert fix == r"""sam deploy --parameter-overrides 'KeyTemplate="{product_id}/{*} | {\"x\"}"'"""


def test_the_canary_takes_the_first_of_several_prefixes(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: dict[str, Any] = {}
    monkeypatch.setattr("imagesearch_ops.doctor.canary.send_canary", lambda *_, **given: sent.update(given))
    monkeypatch.setattr(trying, "instance_client", lambda _: None)
    monkeypatch.setattr(trying, "_open_s3", lambda _: (None, []))
    trying.check_canary(patient_of(parameters={"KeyPrefix": "shoes/,red caps/"}))
    assert sent["prefix"] == "shoes/"
