"""Match events against the pattern of a rule, as EventBridge of Alibaba Cloud does.

Sources: EventBridge user guide, "Event patterns", and "Limits". The fields of a pattern are combined by AND, the values
of a field by OR. An event must have every field of the pattern, unless ``exists`` lets it be missing. Comparisons are
case-sensitive, character by character.

**Strict**: a pattern that the guide does not describe is refused with its place. So is an expression with two
operators: the reference of CreateRule shows ``{"prefix": ..., "suffix": ...}``, but not whether both must hold.

**Chosen here**, because the guide is silent: a field that holds an array matches by any of its elements. A missing
field matches no ``anything-but``. Numbers are equal if they are written equally (an older guide says so).
"""

import ipaddress
import json
import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

MOST_EXPRESSIONS = 5  # in one field ("Limits", pattern of an event rule)
_COMPARISONS: Mapping[object, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_MISSING = object()
_Test = Callable[[Any], bool]


class PatternError(ValueError):
    """A pattern that EventBridge would not accept, or whose meaning its documents leave open."""


class EventPattern:
    """A checked pattern. Raise ``PatternError`` for one that the guide does not describe."""

    def __init__(self, pattern: Mapping[str, Any]) -> None:
        self._fields = {name: _read_field(part, name) for name, part in pattern.items()}

    def matches(self, event: Any) -> bool:  # noqa: ANN401 - any JSON
        """Return whether an event has all fields as the pattern wants them."""
        fields = event if isinstance(event, Mapping) else {}
        return all(test(fields.get(name, _MISSING)) for name, test in self._fields.items())


def _read_field(part: Any, place: str) -> _Test:  # noqa: ANN401 - any JSON
    if isinstance(part, Mapping) and part:
        try:
            return EventPattern(part).matches
        except PatternError as error:
            raise PatternError(f"{place}.{error}") from None
    if not isinstance(part, list) or not part:
        raise PatternError(f"{place}: is neither an object nor a list of values")
    if (count := sum(isinstance(one, Mapping) for one in part)) > MOST_EXPRESSIONS:
        raise PatternError(f"{place}: has {count} expressions; EventBridge allows {MOST_EXPRESSIONS}")
    tests = [_read_value(one, place) for one in part]
    return lambda found: any(test(value) for test in tests for value in _each(found))


def _each(found: Any) -> Iterable[Any]:  # noqa: ANN401 - any JSON
    return found if isinstance(found, list) and found else (found,)


def _read_value(wanted: Any, place: str) -> _Test:  # noqa: ANN401 - any JSON
    """Return the test of an exact value, or of an expression such as ``{"prefix": "shoes/"}``."""
    if isinstance(wanted, list):
        raise PatternError(f"{place}: has a list in its list")
    if not isinstance(wanted, Mapping):
        return lambda found: found is not _MISSING and _is_same(found, wanted)
    if len(wanted) != 1:
        raise PatternError(f"{place}: {json.dumps(wanted)} must have exactly one operator")
    ((name, operand),) = wanted.items()
    if name not in _OPERATORS:
        raise PatternError(f"{place}: EventBridge has no operator {name}; it has {', '.join(_OPERATORS)}")
    test = _OPERATORS[name](operand)
    if test is None:
        raise PatternError(f"{place}: {name} cannot take {json.dumps(operand)}")
    return test


def _is_same(found: Any, wanted: Any) -> bool:  # noqa: ANN401 - any JSON
    return json.dumps(found) == json.dumps(wanted)


def _on_text(compare: Callable[[str, str], bool]) -> Callable[[Any], _Test | None]:
    def read(wanted: Any) -> _Test | None:  # noqa: ANN401 - any JSON
        return (lambda found: isinstance(found, str) and compare(found, wanted)) if isinstance(wanted, str) else None

    return read


def _read_anything_but(wanted: Any) -> _Test | None:  # noqa: ANN401 - any JSON
    """Return the test of a text, a number, a list of them, or ``{"prefix": ...}``, which must not match."""
    if isinstance(wanted, Mapping):
        test = _on_text(str.startswith)(wanted["prefix"]) if wanted.keys() == {"prefix"} else None
        return (lambda found: found is not _MISSING and not test(found)) if test else None
    values = wanted if isinstance(wanted, list) else [wanted]
    if not values or not all(isinstance(one, str) or _is_number(one) for one in values):
        return None
    return lambda found: found is not _MISSING and not any(_is_same(found, one) for one in values)


def _read_numeric(wanted: Any) -> _Test | None:  # noqa: ANN401 - any JSON
    """Return the test of one or two comparisons, such as ``[">", 0, "<=", 5]``."""
    if not isinstance(wanted, list) or len(wanted) not in {2, 4}:
        return None
    pairs = [(_COMPARISONS.get(name), number) for name, number in zip(wanted[::2], wanted[1::2], strict=True)]
    if not all(compare and _is_number(number) for compare, number in pairs):
        return None
    return lambda found: _is_number(found) and all(compare(found, number) for compare, number in pairs if compare)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _read_cidr(wanted: Any) -> _Test | None:  # noqa: ANN401 - any JSON
    try:
        network = ipaddress.IPv4Network(wanted)
    except ValueError:
        return None

    def test(found: Any) -> bool:  # noqa: ANN401 - any JSON
        try:
            return isinstance(found, str) and ipaddress.IPv4Address(found) in network
        except ValueError:
            return False

    return test


def _read_exists(wanted: Any) -> _Test | None:  # noqa: ANN401 - any JSON
    return (lambda found: (found is not _MISSING) is wanted) if isinstance(wanted, bool) else None


_OPERATORS: Mapping[str, Callable[[Any], _Test | None]] = {
    "prefix": _on_text(str.startswith),
    "suffix": _on_text(str.endswith),
    "contains": _on_text(lambda found, wanted: wanted in found),
    "anything-but": _read_anything_but,
    "numeric": _read_numeric,
    "cidr": _read_cidr,
    "exists": _read_exists,
}
