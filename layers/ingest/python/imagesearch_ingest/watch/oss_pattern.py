"""Judge the pattern of a rule of Alibaba Cloud's EventBridge by events that are known in part.

The fields of a pattern are combined by AND, and the values of a field by OR. A value is compared exactly, or it is an
expression such as ``{"prefix": "shoes/"}`` (EventBridge user guide, "Event patterns"). An answer is ``True`` if the
pattern takes all these events, and ``None`` if that cannot be known. It is ``False`` if the pattern takes none of them,
or only those of some keys.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Exactly:
    """A value that is known."""

    value: str


@dataclass(frozen=True, slots=True)
class Below:
    """Every text that begins with ``prefix``."""

    prefix: str


Known = Exactly | Below
PartOfEvent = Mapping[str, Any]  # of Known, or of such a mapping again; fields that are not known are left out


def judge_fields(pattern: Mapping[str, Any], event: PartOfEvent, place: str = "") -> Iterator[tuple[str, bool | None]]:
    """Yield each field of a pattern, such as ``data.oss.bucket.name``, and whether it takes the events."""
    for name, conditions in pattern.items():
        known, path = event.get(name), f"{place}{name}"
        if isinstance(conditions, Mapping):
            inner = known if isinstance(known, Mapping) else {}
            yield from judge_fields(conditions, inner, f"{path}.")
        elif isinstance(conditions, list) and isinstance(known, Known):
            yield path, takes(conditions, known)
        else:
            yield path, None


def takes(conditions: Iterable[Any], known: Known) -> bool | None:
    """Return whether one of the conditions takes a value. An empty list takes nothing."""
    answers = [_takes_one(one, known) for one in conditions]
    return True if True in answers else None if None in answers else False


def _takes_one(condition: Any, known: Known) -> bool | None:  # noqa: ANN401 - any JSON
    if not isinstance(condition, Mapping):
        # A single key is never all of them.
        return isinstance(known, Exactly) and condition == known.value
    if len(condition) != 1:
        return None  # the user guide has one operator in an expression
    ((operator, operand),) = condition.items()
    if operator == "exists":
        return operand is True
    if operator == "anything-but":
        return _spares(operand, known)
    return _compare(operator, operand, known) if isinstance(operand, str) else None


def _compare(operator: str, operand: str, known: Known) -> bool | None:
    is_exact = isinstance(known, Exactly)
    text = known.value if isinstance(known, Exactly) else known.prefix
    match operator:
        case "prefix":
            return text.startswith(operand)
        case "suffix":
            return text.endswith(operand) if is_exact else None
        case "contains":
            return True if operand in text else False if is_exact else None
    return None


def _spares(excluded: Any, known: Known) -> bool | None:  # noqa: ANN401 - any JSON
    """Return whether ``anything-but`` leaves the value in: none of ``excluded`` is it, or might be."""
    if isinstance(excluded, Mapping):
        prefix = excluded.get("prefix")
        if excluded.keys() != {"prefix"} or not isinstance(prefix, str):
            return None
        if isinstance(known, Below) and prefix != known.prefix and prefix.startswith(known.prefix):
            return None  # some of the keys
        return not _compare("prefix", prefix, known)
    values = excluded if isinstance(excluded, list) else [excluded]
    if isinstance(known, Exactly):
        return known.value not in values
    return None if any(isinstance(one, str) and one.startswith(known.prefix) for one in values) else True
