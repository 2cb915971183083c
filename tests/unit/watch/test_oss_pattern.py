"""Whether a pattern takes events that are known in part: all of them, none, or some."""

from typing import Any

import pytest

from imagesearch_ingest.watch.oss_pattern import Below, Exactly, judge_fields, takes

TYPE = Exactly("oss:ObjectCreated:PutObject")
KEYS = Below("shoes/")
# Conditions on a field, and whether they take the type, and all keys below shoes/.
CONDITIONS: list[tuple[list[Any], bool | None, bool | None]] = [
    ([], False, False),
    (["oss:ObjectCreated:PutObject"], True, False),
    (["oss:objectcreated:putobject"], False, False),
    ([7, None, True], False, False),
    (["shoes/"], False, False),
    ([{"prefix": ""}], True, True),
    ([{"prefix": "oss:ObjectCreated:"}], True, False),
    ([{"prefix": "sh"}], False, True),
    ([{"prefix": "shoes/"}], False, True),
    ([{"prefix": "shoes/red/"}], False, False),
    ([{"prefix": "Shoes/"}], False, False),
    ([{"prefix": "shoes/red/"}, {"prefix": "shoes/"}], False, True),
    ([{"suffix": ":PutObject"}], True, None),
    ([{"suffix": ".jpg"}], False, None),
    ([{"suffix": ".jpg"}, {"prefix": "shoes/"}], False, True),
    ([{"contains": "Created"}], True, None),
    ([{"contains": "hoes"}], False, True),
    ([{"exists": True}], True, True),
    ([{"exists": False}], False, False),
    ([{"anything-but": "oss:ObjectCreated:PutObject"}], False, True),
    ([{"anything-but": ["a", 7]}], True, True),
    ([{"anything-but": ["shoes/1.jpg"]}], True, None),
    ([{"anything-but": {"prefix": "oss:"}}], False, True),
    ([{"anything-but": {"prefix": "shoes/tmp/"}}], True, None),
    ([{"anything-but": {"prefix": "shoes/"}}], True, False),
    ([{"anything-but": {"prefix": "sh"}}], True, False),
    ([{"anything-but": {"suffix": ".tmp"}}], None, None),
    ([{"numeric": [">", 0]}], None, None),
    ([{"cidr": "10.0.0.0/8"}], None, None),
    ([{"prefix": "oss:", "suffix": "Put"}], None, None),
    ([{"prefix": 7}], None, None),
    ([{}], None, None),
    ([{"numeric": [">", 0]}, TYPE.value], True, None),
]


@pytest.mark.parametrize("row", CONDITIONS, ids=lambda row: str(row[0]))
def test_a_list_of_conditions(row: tuple[list[Any], bool | None, bool | None]) -> None:
    conditions, of_type, of_keys = row
    assert (takes(conditions, TYPE), takes(conditions, KEYS)) == (of_type, of_keys)


def test_each_field_of_a_pattern_is_judged() -> None:
    event = {"type": TYPE, "data": {"oss": {"object": {"key": KEYS}}}}
    pattern = {
        "type": [TYPE.value],
        "data": {"oss": {"object": {"key": ["a"], "size": [{"numeric": [">", 0]}]}, "bucket": {"name": ["b"]}}},
        "time": [{"exists": True}],
        "id": "no list",
    }
    assert dict(judge_fields(pattern, event)) == {
        "type": True,
        "data.oss.object.key": False,
        "data.oss.object.size": None,
        "data.oss.bucket.name": None,
        "time": None,
        "id": None,
    }


def test_an_empty_pattern_has_nothing_to_judge() -> None:
    assert list(judge_fields({}, {"type": TYPE})) == []


def test_a_field_inside_a_text_is_not_known() -> None:
    assert list(judge_fields({"type": {"name": ["a"]}}, {"type": TYPE})) == [("type.name", None)]
