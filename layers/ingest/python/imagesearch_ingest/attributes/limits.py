"""The attributes and their limits, each defined only here (AddImage reference, Request parameters).

Requests and settings use the types. ``parse`` reads the same values from the text of metadata, keys and environment
variables.
"""

import re
from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, Field, StringConstraints, TypeAdapter, ValidationError

_LOWEST, _HIGHEST = -(2**31), 2**31 - 1
_PLAIN_DECIMAL = re.compile("-?0*[0-9]{1,10}")
_LONGEST_QUOTE = 64  # characters of a value in a message


def _has_an_area(region: str) -> str:
    x1, x2, y1, y2 = map(int, region.split(","))
    if x1 >= x2 or y1 >= y2:
        raise ValueError(f"{region!r} must be x1,x2,y1,y2 with x1 < x2 and y1 < y2")
    return region


# The reference says "Integer"; it says "Long" where it means 64 bits.
IntAttr = Annotated[int, Field(ge=_LOWEST, le=_HIGHEST)]
CategoryId = IntAttr  # the service decides which numbers are categories, by the kind of instance
CustomContent = Annotated[str, StringConstraints(max_length=4096)]
StrAttr = Annotated[str, StringConstraints(max_length=128, pattern=r"^[^\\¥$&%]*$")]
Region = Annotated[str, StringConstraints(pattern="^[0-9]{1,9}(,[0-9]{1,9}){3}$"), AfterValidator(_has_an_area)]


def _read_integer(text: str) -> int:
    """Read a decimal number. ``int`` alone would accept "1_000", " 7" and the digits of other scripts."""
    if not _PLAIN_DECIMAL.fullmatch(text):
        raise ValueError
    return int(text)


def _read_boolean(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text.lower())


class _Kind(NamedTuple):
    read: Callable[[str], Any]
    type: TypeAdapter[Any]
    rule: str  # what a message says about an invalid value


_INTEGER = _Kind(_read_integer, TypeAdapter(IntAttr), f"it must be a decimal number from {_LOWEST} to {_HIGHEST}")
_STRING = _Kind(str, TypeAdapter(StrAttr), r"it must not contain \ ¥ $ & or %")

_KINDS = {
    "category_id": _INTEGER,
    **{f"int_attr{suffix}": _INTEGER for suffix in ("", "_2", "_3", "_4")},
    **{f"str_attr{suffix}": _STRING for suffix in ("", "_2", "_3", "_4")},
    "custom_content": _Kind(str, TypeAdapter(CustomContent), "it must be a text"),
    "crop": _Kind(_read_boolean, TypeAdapter(bool), "it must be true or false"),
    "region": _Kind(str, TypeAdapter(Region), "it must be x1,x2,y1,y2 in whole pixels, with x1 < x2 and y1 < y2"),
}
NAMES = tuple(_KINDS)


def parse(name: str, text: str) -> Any:  # noqa: ANN401 - the type depends on the name
    """Return the value of an attribute. Raise ``ValueError`` with a message for ``describe``."""
    kind = _KINDS[name]
    try:
        return kind.type.validate_python(kind.read(text))
    except ValidationError as error:
        fault = error.errors()[0]
        too_long = fault["type"] == "string_too_long"
        raise ValueError(f"the limit is {fault['ctx']['max_length']}" if too_long else kind.rule) from None
    except ValueError:
        raise ValueError(kind.rule) from None


def describe(subject: str, value: object, fault: str) -> str:
    """Return a message such as ``crop is 'yes': it must be true or false``.

    A long value is replaced by its length, because it would clutter the log and may be confidential:
    ``str_attr has 129 characters: the limit is 128``.
    """
    if isinstance(value, str) and len(value) > _LONGEST_QUOTE:
        return f"{subject} has {len(value)} characters: {fault}"
    return f"{subject} is {value!r}: {fault}"
