"""Patterns of EventBridge. The cases are those of its user guide, "Event patterns", with other values."""

from typing import Any

import pytest

from local_cloud.triggers.event_pattern import EventPattern, PatternError

EVENT = {
    "source": "acs.oss",
    "type": "oss:ObjectCreated:PutObject",
    "subject": "acs:oss:cn-shanghai:1:pictures/shoes/鞋 a+b.jpg",
    "empty": "",
    "nothing": None,
    "yes": True,
    "tags": ["red", "new"],
    "none": [],
    "data": {"size": 5, "share": 0.5, "address": "10.0.0.7", "oss": {"bucket": {"name": "pictures"}}},
}
MATCHING: list[dict[str, Any]] = [
    {},
    {"source": ["acs.oss"]},
    {"source": ["acs.mns", "acs.oss"]},
    {"source": ["acs.oss"], "type": [{"prefix": "oss:ObjectCreated:"}]},
    {
        "subject": [
            {"prefix": "acs:oss:cn-shanghai:1:pictures/bags/"},
            {"prefix": "acs:oss:cn-shanghai:1:pictures/shoes/"},
        ]
    },
    {"subject": [{"suffix": "鞋 a+b.jpg"}]},
    {"subject": [{"contains": "/shoes/"}]},
    {"data": {"oss": {"bucket": {"name": ["pictures"]}}}},
    {"data": {"size": [5]}},
    {"data": {"size": [{"numeric": [">", 0, "<=", 5]}]}},
    {"data": {"share": [{"numeric": ["=", 0.5]}]}},
    {"data": {"address": [{"cidr": "10.0.0.0/24"}]}},
    {"source": [{"anything-but": "acs.mns"}]},
    {"source": [{"anything-but": ["acs.mns", "acs.ecs"]}]},
    {"source": [{"anything-but": {"prefix": "my."}}]},
    {"data": {"size": [{"anything-but": 6}]}},
    {"data": {"oss": {"rule": [{"exists": False}], "bucket": {"name": [{"exists": True}]}}}},
    {"empty": [""], "nothing": [None], "yes": [True]},
    {"tags": ["blue", "new"]},
    {"none": [{"exists": True}]},
]
OTHERS: list[dict[str, Any]] = [
    {"source": ["acs.OSS"]},
    {"source": ["acs.oss"], "type": ["oss:ObjectRemoved:DeleteObject"]},
    {"subject": [{"prefix": "pictures"}]},
    {"subject": [{"suffix": ".JPG"}]},
    {"subject": ["acs:oss:cn-shanghai:1:pictures/*"]},
    {"type": [{"contains": "putobject"}]},
    {"name": ["pictures"]},
    {"data": {"bucket": {"name": ["pictures"]}}},
    {"data": {"size": ["5"]}},
    {"data": {"size": [5.0]}},
    {"data": {"size": [{"numeric": [">", 5]}]}},
    {"data": {"oss": [{"prefix": "p"}]}},
    {"data": {"address": [{"cidr": "10.0.1.0/24"}]}},
    {"subject": [{"cidr": "10.0.0.0/24"}]},
    {"yes": [{"numeric": ["=", 1]}]},
    {"yes": [1]},
    {"source": [{"anything-but": ["acs.mns", "acs.oss"]}]},
    {"source": [{"anything-but": {"prefix": "acs."}}]},
    {"missing": [{"anything-but": "x"}]},
    {"missing": [{"anything-but": {"prefix": "x"}}]},
    {"missing": [None]},
    {"nothing": [""]},
    {"nothing": [{"exists": False}]},
    {"missing": [{"exists": True}]},
    {"source": {"name": ["acs.oss"]}},
]
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"source": "acs.oss"}, "source: is neither an object nor a list of values"),
    ({"source": []}, "source: is neither"),
    ({"data": {}}, "data: is neither"),
    ({"data": {"oss": {"bucket": {"name": 1}}}}, "data.oss.bucket.name: is neither"),
    ({"type": [["a"]]}, "type: has a list in its list"),
    ({"type": [{}]}, "type: {} must have exactly one operator"),
    ({"subject": [{"prefix": "a", "suffix": "b"}]}, "must have exactly one operator"),
    ({"type": [{"wildcard": "oss:*"}]}, "type: EventBridge has no operator wildcard; it has prefix, suffix, contains"),
    ({"type": [{"Prefix": "oss:"}]}, "no operator Prefix"),
    ({"type": [{"prefix": ["oss:"]}]}, 'type: prefix cannot take ["oss:"]'),
    ({"type": [{"anything-but": []}]}, "anything-but cannot take []"),
    ({"type": [{"anything-but": {"suffix": "a"}}]}, "anything-but cannot take"),
    ({"type": [{"anything-but": True}]}, "anything-but cannot take true"),
    ({"size": [{"numeric": [">"]}]}, "numeric cannot take"),
    ({"size": [{"numeric": ["!=", 1]}]}, "numeric cannot take"),
    ({"size": [{"numeric": [">", "1"]}]}, "numeric cannot take"),
    ({"ip": [{"cidr": "::/64"}]}, "cidr cannot take"),
    ({"ip": [{"exists": "true"}]}, 'exists cannot take "true"'),
    ({"subject": [{"prefix": str(n)} for n in range(6)]}, "subject: has 6 expressions; EventBridge allows 5"),
]


def test_a_pattern_takes_the_events_that_it_describes() -> None:
    assert [pattern for pattern in MATCHING if not EventPattern(pattern).matches(EVENT)] == []
    assert [pattern for pattern in OTHERS if EventPattern(pattern).matches(EVENT)] == []


@pytest.mark.parametrize("event", [None, "acs.oss", [], {}])
def test_something_else_has_no_fields(event: Any) -> None:
    assert not EventPattern({"source": ["acs.oss"]}).matches(event)


def test_a_pattern_that_the_guide_does_not_describe_is_refused() -> None:
    for pattern, said in REFUSED:
        with pytest.raises(PatternError) as refused:
            EventPattern(pattern)
        assert said in str(refused.value), pattern


def test_a_field_may_have_many_values_but_five_expressions() -> None:
    types = [f"oss:{n}" for n in range(40)]
    assert EventPattern({"type": [*types, *({"prefix": str(n)} for n in range(5))]}).matches({"type": "oss:39"})
