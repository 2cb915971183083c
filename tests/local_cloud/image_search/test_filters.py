"""The conditions of Filter: what they mean, and where they are wrong."""

import dataclasses

import pytest

from local_cloud.image_search import Entry
from local_cloud.image_search.errors import ApiError
from local_cloud.image_search.filters import read_filter

BARE = Entry("shoe", "left.jpg", b"", 100, 100, "JPEG", 0, 0, {})
FULL = dataclasses.replace(
    BARE, attributes={"IntAttr": 1000, "IntAttr2": -7, "StrAttr": "value1", "StrAttr4": "a AND b"}
)


@pytest.mark.parametrize(
    "condition",
    [
        "int_attr>=100",
        "int_attr >= 1000",
        "int_attr<=1000",
        "int_attr > 999",
        "int_attr<1001",
        "int_attr=1000",
        "int_attr = +1000",
        "int_attr2=-7",
        "int_attr in (1, 1000)",
        "int_attr not in (1,2)",
        "int_attr not  in(1)",
        'str_attr="value1"',
        'str_attr!="value2"',
        'str_attr in ("value1")',
        'str_attr not in ("x","y")',
        'str_attr4="a AND b"',
        'int_attr=1000 AND str_attr="value1"',
        'int_attr=1 OR str_attr="value1"',
        'intAttr = 1000 AND intAttr2 = -7 AND strAttr = "value1" AND strAttr4="a AND b"',
        "int_attr=1000\tAND\nint_attr2<0",
        "int_attr=1000 OR int_attr=1 AND int_attr=2",
        "int_attr=2 AND int_attr=1 OR int_attr=1000",
        "((int_attr=1000))",
        "int_attr2=-7 AND (int_attr=1 OR int_attr=1000)",
    ],
)
def test_a_condition_is_met(condition: str) -> None:
    assert read_filter(condition)(FULL) is True


@pytest.mark.parametrize(
    "condition",
    [
        "int_attr>1000",
        "int_attr<1000",
        "int_attr in (1,2)",
        "int_attr not in (1000)",
        'str_attr="Value1"',
        'str_attr!="value1"',
        "int_attr=1000 AND int_attr=1 OR int_attr=1 AND int_attr2=-7",
        "(int_attr=1000 OR int_attr=1) AND int_attr2=7",
    ],
)
def test_a_condition_is_not_met(condition: str) -> None:
    assert read_filter(condition)(FULL) is False


@pytest.mark.parametrize(
    ("condition", "met"),
    [
        ("int_attr=0", False),
        ("int_attr<5", False),
        ("int_attr in (0)", False),
        ("int_attr not in (0)", True),
        ('str_attr=""', False),
        ('str_attr!="x"', True),
    ],
)
def test_a_missing_attribute_only_differs(condition: str, met: bool) -> None:  # noqa: FBT001 - a column of the table
    assert read_filter(condition)(BARE) is met


@pytest.mark.parametrize(
    ("condition", "position", "expected"),
    [
        ("", 1, "int_attr"),
        ("color=1", 1, "str_attr"),
        ("int_attr5=1", 1, "int_attr"),
        ("int_attr!=1", 9, ">="),
        ('str_attr>"a"', 9, "!="),
        ('int_attr="a"', 10, "an integer"),
        ("str_attr=1", 10, "text in double quotes"),
        ("str_attr='a'", 10, "text in double quotes"),
        ('str_attr="a', 10, "text in double quotes"),
        ("int_attr=", 10, "found the end"),
        ("int_attr=1.5", 10, "an integer"),
        ("int_attr=2147483648", 10, "32-bit"),
        ("int_attr=1 AND", 15, "found the end"),
        ("int_attr=1 and int_attr=2", 12, "AND"),
        ("int_attr IN (1)", 10, "in, not in"),
        ("int_attr in ()", 14, "an integer"),
        ("int_attr in 1", 13, "("),
        ("(int_attr=1", 12, ")"),
        ("int_attr=1)", 11, "the end"),
        ("int_attr=1 int_attr=2", 12, "OR"),
        ("NOT int_attr=1", 1, "int_attr"),
    ],
)
def test_a_wrong_condition_is_refused_with_its_position(condition: str, position: int, expected: str) -> None:
    with pytest.raises(ApiError) as refused:
        read_filter(condition)
    assert (refused.value.code, refused.value.status) == ("InvalidFilterClause", 400)
    assert f"At character {position}:" in refused.value.message
    assert expected in refused.value.message


def test_a_filter_has_at_most_4096_characters() -> None:
    longest = 'str_attr="value1"'.ljust(4096)
    assert read_filter(longest)(FULL) is True
    with pytest.raises(ApiError, match="4097 characters exceed 4096"):
        read_filter(longest + " ")


def test_a_delete_takes_no_membership() -> None:
    assert read_filter('int_attr>=1 OR str_attr!="x"', membership=False)(FULL) is True
    with pytest.raises(ApiError, match="At character 10:"):
        read_filter("int_attr in (1)", membership=False)


def test_deeply_nested_conditions_are_evaluated() -> None:
    nested = "int_attr=1000"
    while len(nested) < 4060:
        nested = f"int_attr=1 OR({nested})" if len(nested) % 2 else f"int_attr>1 AND({nested})"
    assert read_filter(nested)(FULL) is True
    assert read_filter(nested)(BARE) is False
    assert read_filter("(" * 2000 + "int_attr>1" + ")" * 2000)(FULL) is True
