"""The limits of AddImage's parameters (AddImage reference, "Request parameters"), each with its documented code.

Not known: whether a length counts characters or bytes (here characters, as the reference words it), whether an integer
has 32 bits (here it has: the reference says Integer, where other operations say Long), and which code a Crop that is no
Boolean gets (here BadRequest).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from local_cloud.image_search.errors import ApiRefusal

Value = str | int | bool
Attributes = dict[str, Value]
Parameters = Mapping[str, str]

MAX_ID_CHARS = 256
MAX_CUSTOM_CONTENT_CHARS = 4096
MAX_STR_ATTR_CHARS = 128
FORBIDDEN_IN_STR_ATTR = frozenset("\\¥$&%")
CATEGORIES = frozenset({*range(10), 20, 21, 22, 88888888})
_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,10}")
_INT_RANGE = range(-(2**31), 2**31)
_REGION = re.compile(r"[0-9]{1,5}(,[0-9]{1,5}){3}")


@dataclass(frozen=True)
class AddParameters:
    product_id: str
    pic_name: str
    pic_content: str
    attributes: Attributes


def add_parameters(parameters: Parameters) -> AddParameters:
    check_known(parameters, ("InstanceName", "ProductId", "PicName", "PicContent", *_ATTRIBUTES))
    product_id = identifier(parameters, "ProductId")
    pic_name = identifier(parameters, "PicName")
    attributes = {name: read(name, parameters[name]) for name, read in _ATTRIBUTES.items() if name in parameters}
    if not parameters.get("PicContent"):
        raise ApiRefusal("NoSpecifiedPic")
    return AddParameters(product_id, pic_name, parameters["PicContent"], attributes)


def check_known(parameters: Parameters, known: Sequence[str]) -> None:
    unknown = sorted(parameters.keys() - set(known))
    if unknown:
        raise ApiRefusal("BadRequest", f"Unknown: {', '.join(unknown)}.")


def identifier(parameters: Parameters, name: str) -> str:
    value = parameters.get(name, "")
    if not 1 <= len(value) <= MAX_ID_CHARS:
        raise ApiRefusal(f"Invalid{name}", f"{len(value)} characters, not 1 to {MAX_ID_CHARS}.")
    return value


def whole_number(value: str, code: str) -> int:
    if not _WHOLE_NUMBER.fullmatch(value) or int(value) not in _INT_RANGE:
        raise ApiRefusal(code, f"{value!r} is not an integer of 32 bits.")
    return int(value)


def category(_name: str, value: str) -> int:
    number = whole_number(value, "InvalidCategory")
    if number not in CATEGORIES:
        raise ApiRefusal("InvalidCategory", f"{number} is none.")
    return number


def boolean(name: str, value: str) -> bool:
    if value.lower() not in ("true", "false"):
        raise ApiRefusal("BadRequest", f"{name}: {value!r} is neither true nor false.")
    return value.lower() == "true"


def region(parameters: Parameters, width: int, height: int) -> str:
    """The subject's area, inside the picture; the whole picture when none is given."""
    value = _region_form("Region", parameters.get("Region", f"0,{width},0,{height}"))
    x1, x2, y1, y2 = map(int, value.split(","))
    if not (x1 < x2 <= width and y1 < y2 <= height):
        raise ApiRefusal("InvalidRegion", f"{value} (x1,x2,y1,y2) is no area of {width} x {height} pixels.")
    return value


def _region_form(_name: str, value: str) -> str:
    if not _REGION.fullmatch(value):
        raise ApiRefusal("InvalidRegion", f"{value!r} is not x1,x2,y1,y2.")
    return value


def _custom_content(_name: str, value: str) -> str:
    if len(value) > MAX_CUSTOM_CONTENT_CHARS:
        raise ApiRefusal("InvalidCustomContent", f"{len(value)} characters exceed {MAX_CUSTOM_CONTENT_CHARS}.")
    return value


def _int_attr(name: str, value: str) -> int:
    return whole_number(value, f"Invalid{name}")


def _str_attr(name: str, value: str) -> str:
    forbidden = FORBIDDEN_IN_STR_ATTR & set(value)
    if forbidden:
        raise ApiRefusal(f"Invalid{name}", f"Contains {' '.join(sorted(forbidden))}.")
    if len(value) > MAX_STR_ATTR_CHARS:
        raise ApiRefusal(f"Invalid{name}", f"{len(value)} characters exceed {MAX_STR_ATTR_CHARS}.")
    return value


_NUMBERS = ("", "2", "3", "4")
_ATTRIBUTES: dict[str, Callable[[str, str], Value]] = {
    "CustomContent": _custom_content,
    **{f"IntAttr{number}": _int_attr for number in _NUMBERS},
    **{f"StrAttr{number}": _str_attr for number in _NUMBERS},
    "CategoryId": category,
    "Crop": boolean,
    "Region": _region_form,
}
