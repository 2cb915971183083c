import json

import pytest

from local_cloud.triggers.event_body import transform

EVENT = {"source": "acs.oss", "data": {"oss": {"object": {"key": "鞋/a+b.jpg", "size": 5}}}}


def parameter(form: str, value: str = "", template: str = "") -> dict[str, str]:
    return {"Form": form, "Value": value, "Template": template}


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (parameter("CONSTANT", "true"), "true"),
        (parameter("JSONPATH", "$.source"), "acs.oss"),
        (parameter("JSONPATH", "$.data.oss.object"), '{"key": "鞋/a+b.jpg", "size": 5}'),
        (parameter("JSONPATH", "$.data.missing"), ""),
        (
            parameter("TEMPLATE", '{"k": "$.data.oss.object.key", "n": "$.data.oss.object.size"}', "${k}: ${n}"),
            "鞋/a+b.jpg: 5",
        ),
    ],
)
def test_each_form_makes_its_text(given: dict[str, str], text: str) -> None:
    assert transform(given, EVENT) == text


def test_the_original_is_the_whole_event() -> None:
    text = transform(parameter("ORIGINAL"), EVENT)
    assert json.loads(text) == EVENT
    assert "鞋" in text


@pytest.mark.parametrize(
    "given",
    [
        parameter("MATCHED"),
        parameter("JSONPATH", "data.oss"),
        parameter("JSONPATH", "$.data[0]"),
        parameter("CONSTANT", "x" * 10_241),
        parameter("TEMPLATE", "no JSON", "x"),
    ],
)
def test_another_form_or_path_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"."):
        transform(given, EVENT)
