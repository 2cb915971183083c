"""Turn policies and prepared images into plain JSON values and back.

The child imports this module each time it starts, so the module uses the standard library alone. Validators of pydantic
took three times as long to build as everything else that the child loads (ADR 10).
"""

from dataclasses import fields
from enum import Enum
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin

from imagesearch_ingest.images import Policy
from imagesearch_ingest.model.images import PreparedImage

Plain = dict[str, Any]
_T = TypeVar("_T", Policy, PreparedImage)
_NUMBERS = {int: (int,), float: (int, float), bool: (bool,)}


def encode_policy(policy: Policy) -> Plain:
    """Return the policy's fields as values that JSON can hold."""
    return {field.name: getattr(policy, field.name) for field in fields(policy)}


def decode_policy(plain: object) -> Policy:
    """Return the policy. Raise ``ValueError`` if ``plain`` is not a policy."""
    return _decode(Policy, plain, {})


def encode_prepared(prepared: PreparedImage) -> tuple[Plain, bytes]:
    """Return the image's fields without its bytes, and the bytes."""
    names = (field.name for field in fields(prepared) if field.name != "data")
    return {name: getattr(prepared, name) for name in names}, prepared.data


def decode_prepared(plain: object, data: bytes) -> PreparedImage:
    """Return the prepared image. Raise ``ValueError`` if ``plain`` does not describe one.

    A broken child may send anything, so every value is checked against its field's type.
    """
    return _decode(PreparedImage, plain, {"data": data})


def _decode(kind: type[_T], plain: object, given: Plain) -> _T:
    """Build ``kind`` from ``given`` and from ``plain``, which must hold exactly the other fields."""
    types = {field.name: field.type for field in fields(kind) if field.name not in given}
    if not isinstance(plain, dict) or plain.keys() != types.keys():
        raise ValueError(f"these are not the fields of a {kind.__name__}")
    return kind(**given, **{name: _decode_value(types[name], value) for name, value in plain.items()})


def _decode_value(kind: Any, value: object) -> Any:  # noqa: ANN401 - a field's type, and a value of it
    if isinstance(kind, UnionType):
        return _decode_union(get_args(kind), value)
    if get_origin(kind) is tuple:
        return _decode_tuple(get_args(kind), value)
    if issubclass(kind, Enum):
        return kind(value)
    if kind is str and isinstance(value, str):
        value.encode()  # raises ValueError for half of a surrogate pair: logs and queues do not accept one
        return value
    if type(value) in _NUMBERS.get(kind, ()):  # isinstance would accept a bool as an int
        return value
    raise ValueError(f"{value!r} is not of type {kind.__name__}")


def _decode_union(kinds: tuple[Any, ...], value: object) -> Any:  # noqa: ANN401 - as above
    """Return a value of an optional field. Other unions are not supported: raise ``ValueError``."""
    (kind,) = (one for one in kinds if one is not NoneType)
    return None if value is None else _decode_value(kind, value)


def _decode_tuple(kinds: tuple[Any, ...], value: object) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise ValueError(f"{value!r} is not a list")  # noqa: TRY004 - decoding raises one kind of error
    if kinds[1:] == (...,):
        kinds = kinds[:1] * len(value)
    return tuple(_decode_value(kind, item) for kind, item in zip(kinds, value, strict=True))
