"""Check the parameters that several operations share (AddImage reference, "Request parameters").

Each limit has its documented code. An integer has 32 bits (OpenAPI metadata of the API, "int32"). Not known, so chosen
here: a length counts characters, as the reference words it, not bytes; a Boolean that is neither true nor false is
answered with BadRequest.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from local_cloud.image_search.errors import ApiError

Value = str | int | bool
Attributes = dict[str, Value]
Parameters = Mapping[str, str]

MAX_ID_CHARS = 256
MAX_CUSTOM_CONTENT_CHARS = 4096
MAX_STR_ATTR_CHARS = 128
FORBIDDEN_IN_STR_ATTR = frozenset("\\¥$&%")
CATEGORIES = frozenset({*range(10), 20, 21, 22, 88888888})
_INTEGER = re.compile(r"[+-]?[0-9]{1,10}")
INT_RANGE = range(-(2**31), 2**31)
_REGION = re.compile(r"[0-9]{1,5}(,[0-9]{1,5}){3}")


@dataclass(frozen=True)
class AddParameters:
    product_id: str
    pic_name: str
    pic_content: str
    attributes: Attributes


def read_add_parameters(parameters: Parameters) -> AddParameters:
    """Return the validated parameters. Raise ``ApiError`` with the code of the first limit that is broken."""
    check_known(parameters, ("InstanceName", "ProductId", "PicName", "PicContent", *_ATTRIBUTES))
    product_id = read_identifier(parameters, "ProductId")
    pic_name = read_identifier(parameters, "PicName")
    attributes = _read_attributes(parameters, _ATTRIBUTES)
    if not parameters.get("PicContent"):
        raise ApiError("NoSpecifiedPic")
    return AddParameters(product_id, pic_name, parameters["PicContent"], attributes)


def read_changes(parameters: Parameters) -> Attributes:
    """Return the attributes that UpdateImage changes: not the category, nor the subject (UpdateImage reference)."""
    return _read_attributes(parameters, _CHANGEABLE)


def _read_attributes(parameters: Parameters, readers: Mapping[str, Callable[[str, str], Value]]) -> Attributes:
    return {name: read(name, parameters[name]) for name, read in readers.items() if name in parameters}


def check_known(parameters: Parameters, known: Sequence[str]) -> None:
    unknown = sorted(parameters.keys() - set(known))
    if unknown:
        raise ApiError("BadRequest", f"Unknown parameters: {', '.join(unknown)}.")


def read_identifier(parameters: Parameters, name: str) -> str:
    if name not in parameters:
        raise ApiError(f"NoSpecified{name}")
    value = parameters[name]
    if not 1 <= len(value) <= MAX_ID_CHARS:
        raise ApiError(f"Invalid{name}", f"It has {len(value)} characters; 1 to {MAX_ID_CHARS} are allowed.")
    return value


def read_integer(value: str, code: str) -> int:
    if not _INTEGER.fullmatch(value) or int(value) not in INT_RANGE:
        raise ApiError(code, f"{value!r} is not a 32-bit integer.")
    return int(value)


def read_category(_name: str, value: str) -> int:
    number = read_integer(value, "InvalidCategory")
    if number not in CATEGORIES:
        raise ApiError("InvalidCategory", f"{number} is not a category.")
    return number


def read_boolean(name: str, value: str) -> bool:
    if value.lower() not in ("true", "false"):
        raise ApiError("BadRequest", f"{name}: {value!r} is neither true nor false.")
    return value.lower() == "true"


def read_region(parameters: Parameters, width: int, height: int) -> str:
    """Return the subject's area, or the whole picture by default. Raise ``ApiError`` if it exceeds the picture."""
    value = _read_region_format("Region", parameters.get("Region", f"0,{width},0,{height}"))
    x1, x2, y1, y2 = map(int, value.split(","))
    if not (x1 < x2 <= width and y1 < y2 <= height):
        raise ApiError("InvalidRegion", f"{value} (x1,x2,y1,y2) is not an area within {width} x {height} pixels.")
    return value


def _read_region_format(_name: str, value: str) -> str:
    if not _REGION.fullmatch(value):
        raise ApiError("InvalidRegion", f"{value!r} is not x1,x2,y1,y2.")
    return value


def _read_custom_content(_name: str, value: str) -> str:
    if len(value) > MAX_CUSTOM_CONTENT_CHARS:
        raise ApiError("InvalidCustomContent", f"{len(value)} characters exceed {MAX_CUSTOM_CONTENT_CHARS}.")
    return value


def _read_int_attr(name: str, value: str) -> int:
    return read_integer(value, f"Invalid{name}")


def _read_str_attr(name: str, value: str) -> str:
    forbidden = FORBIDDEN_IN_STR_ATTR & set(value)
    if forbidden:
        raise ApiError(f"Invalid{name}", f"It contains {' '.join(sorted(forbidden))}.")
    if len(value) > MAX_STR_ATTR_CHARS:
        raise ApiError(f"Invalid{name}", f"{len(value)} characters exceed {MAX_STR_ATTR_CHARS}.")
    return value


_NUMBERS = ("", "2", "3", "4")
_CHANGEABLE: dict[str, Callable[[str, str], Value]] = {
    "CustomContent": _read_custom_content,
    **{f"IntAttr{number}": _read_int_attr for number in _NUMBERS},
    **{f"StrAttr{number}": _read_str_attr for number in _NUMBERS},
}
CHANGEABLE = tuple(_CHANGEABLE)
_ATTRIBUTES: dict[str, Callable[[str, str], Value]] = {
    **_CHANGEABLE,
    "CategoryId": read_category,
    "Crop": read_boolean,
    "Region": _read_region_format,
}
