"""The attributes and their limits, each in this one place (AddImage reference, Request parameters).

The types serve the request and the settings; ``parse`` reads the same values from text, as metadata, keys and the
environment hold them, and says what is wrong with one in words that fit behind its name.
"""

import re
from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, Field, StringConstraints, TypeAdapter, ValidationError

_LOWEST, _HIGHEST = -(2**31), 2**31 - 1
_PLAIN_DECIMAL = re.compile("-?0*[0-9]{1,10}")
_SHORT = 64  # characters of a value that a message may quote


def _has_an_area(region: str) -> str:
    x1, x2, y1, y2 = map(int, region.split(","))
    if x1 >= x2 or y1 >= y2:
        raise ValueError(f"{region!r} is x1,x2,y1,y2 and must have x1 < x2 and y1 < y2")
    return region


# "Integer" in the reference, whose other operations say "Long" where they mean 64 bits.
IntAttr = Annotated[int, Field(ge=_LOWEST, le=_HIGHEST)]
CategoryId = IntAttr  # which numbers are categories depends on the kind of instance: the service decides
CustomContent = Annotated[str, StringConstraints(max_length=4096)]
StrAttr = Annotated[str, StringConstraints(max_length=128, pattern=r"^[^\\¥$&%]*$")]
Region = Annotated[str, StringConstraints(pattern="^[0-9]{1,9}(,[0-9]{1,9}){3}$"), AfterValidator(_has_an_area)]


def _whole_number(text: str) -> int:
    """Not by ``int`` alone, which takes "1_000", " 7" and the digits of other scripts too."""
    if not _PLAIN_DECIMAL.fullmatch(text):
        raise ValueError
    return int(text)


def _boolean(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text.lower())


class _Kind(NamedTuple):
    read: Callable[[str], Any]
    type: TypeAdapter[Any]
    otherwise: str  # what a value is that does not fit


_INTEGER = _Kind(_whole_number, TypeAdapter(IntAttr), f"no plain decimal number from {_LOWEST} to {_HIGHEST}")
_STRING = _Kind(str, TypeAdapter(StrAttr), r"none of \ ¥ $ & % may occur in it")

_KINDS = {
    "category_id": _INTEGER,
    **{f"int_attr{suffix}": _INTEGER for suffix in ("", "_2", "_3", "_4")},
    **{f"str_attr{suffix}": _STRING for suffix in ("", "_2", "_3", "_4")},
    "custom_content": _Kind(str, TypeAdapter(CustomContent), "no text"),
    "crop": _Kind(_boolean, TypeAdapter(bool), "neither true nor false"),
    "region": _Kind(str, TypeAdapter(Region), "not x1,x2,y1,y2 in whole pixels, with x1 < x2 and y1 < y2"),
}
NAMES = tuple(_KINDS)


def parse(name: str, text: str) -> Any:  # noqa: ANN401 - which type it is depends on the name
    """The attribute's value. Raises ``ValueError`` whose message goes with ``told``."""
    kind = _KINDS[name]
    try:
        return kind.type.validate_python(kind.read(text))
    except ValidationError as error:
        fault = error.errors()[0]
        too_long = fault["type"] == "string_too_long"
        raise ValueError(f"at most {fault['ctx']['max_length']}" if too_long else kind.otherwise) from None
    except ValueError:
        raise ValueError(kind.otherwise) from None


def describe(subject: str, value: object, fault: str) -> str:
    """``crop is 'yes': neither true nor false``, ``str_attr: 129 characters, at most 128``.

    A long value is told by its length only: it helps nobody in a log, and may be none of the log's business.
    """
    if isinstance(value, str) and len(value) > _SHORT:
        return f"{subject}: {len(value)} characters, {fault}"
    return f"{subject} is {value!r}: {fault}"
