"""The functions of ROS templates, as the pages of its user guide describe them ("Function index")."""

import base64
from collections.abc import Callable
from typing import Any


def replace(given: list[Any]) -> str:
    """Replace each old text, in the order given."""
    pairs, text = given
    for old, new in pairs.items():
        text = text.replace(old, new)
    return str(text)


def merge_maps(maps: list[dict[str, list[Any]]]) -> list[dict[str, Any]]:
    """Return one map for each position. A shorter list repeats its last value."""
    length = max(len(values) for one in maps for values in one.values())
    return [
        {key: values[min(number, len(values) - 1)] for one in maps for key, values in one.items()}
        for number in range(length)
    ]


# Every function that the template may use, with the least and the most arguments; None: one argument that is no list.
ARITY: dict[str, tuple[int, int] | None] = {
    "Fn::And": (2, 10),
    "Fn::Base64Encode": None,
    "Fn::Equals": (2, 2),
    "Fn::FindInMap": (3, 3),
    "Fn::GetAtt": (2, 2),
    "Fn::If": (3, 3),
    "Fn::Join": (2, 2),
    "Fn::ListMerge": (2, 100),
    "Fn::MergeMapToList": (1, 100),
    "Fn::Not": None,
    "Fn::Or": (2, 10),
    "Fn::Replace": (2, 2),
    "Fn::Select": (2, 3),
    "Fn::Split": (2, 2),
    "Fn::Str": None,
    "Fn::Sub": (2, 2),
}
# Only in Conditions and Rules (user guide, "Conditions", "Rules").
LOGICAL = {"Fn::And", "Fn::Equals", "Fn::Not", "Fn::Or"}
# What a condition may contain besides (user guide, "Conditions": "supported inside condition statements").
IN_CONDITIONS = {"Fn::FindInMap", "Fn::Join", "Fn::ListMerge", "Fn::MergeMapToList", "Fn::Replace", "Fn::Select"}
IN_CONDITIONS |= {"Fn::Split", "Fn::Str", "Ref"} | LOGICAL

COMPUTE: dict[str, Callable[[Any], Any]] = {
    "Fn::Base64Encode": lambda text: base64.b64encode(text.encode()).decode(),
    "Fn::Join": lambda given: given[0].join(given[1]),
    "Fn::ListMerge": lambda lists: [item for one in lists for item in one],
    "Fn::MergeMapToList": merge_maps,
    "Fn::Replace": replace,
    "Fn::Select": lambda given: given[1][int(given[0])],
    "Fn::Split": lambda given: given[1].split(given[0]),
    "Fn::Str": str,
}
