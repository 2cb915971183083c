"""Validate what tests and the control API send, with pydantic."""

from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

T = TypeVar("T")


def read(adapter: TypeAdapter[T], value: object, what: str) -> T:
    """Return the validated value. Raise ``ValueError`` with every problem in one line."""
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}".lstrip(": ") for one in error.errors()]
        raise ValueError(f"{what} {value!r}: {'; '.join(problems)}") from None
