"""Evaluate the trust policy of a role, as far as an OIDC identity provider is concerned.

Source: RAM user guide, "Policy structure and syntax" and "Edit the trust policy of a RAM role". Anything that is not
understood denies: an operator that RAM does not have would else look as if it held.
"""

from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

ACTION = "sts:AssumeRole"

_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda value, wanted: value == wanted,
    "StringEqualsIgnoreCase": lambda value, wanted: value.lower() == wanted.lower(),
    "StringLike": lambda value, wanted: fnmatchcase(value, wanted.replace("[", "[[]")),
}
_NEGATED = {f"{name.replace('String', 'StringNot', 1)}": name for name in _OPERATORS}


def may_assume(policy: Mapping[str, Any], provider_arn: str, context: Mapping[str, list[str]]) -> bool:
    """Return whether the policy lets the provider assume the role. ``context`` has the values of each ``oidc:`` key."""
    effects = {
        statement.get("Effect")
        for statement in _as_list(policy.get("Statement"))
        if _is_about(statement, provider_arn) and _is_met(statement.get("Condition") or {}, context)
    }
    return effects == {"Allow"}


def _is_about(statement: Mapping[str, Any], provider_arn: str) -> bool:
    actions, federated = (
        _as_list(statement.get("Action")),
        _as_list((statement.get("Principal") or {}).get("Federated")),
    )
    return any(fnmatchcase(ACTION, action) for action in actions) and provider_arn in federated


def _is_met(condition: Mapping[str, Mapping[str, Any]], context: Mapping[str, list[str]]) -> bool:
    return all(
        _holds(operator, context.get(key, []), _as_list(wanted))
        for operator, block in condition.items()
        for key, wanted in block.items()
    )


def _holds(operator: str, values: list[str], wanted: Iterable[str]) -> bool:
    positive = _NEGATED.get(operator, operator)
    if positive not in _OPERATORS:
        return False
    matches = any(_OPERATORS[positive](value, one) for value in values for one in wanted)
    return matches == (positive == operator)


def _as_list(value: Any) -> list[Any]:  # noqa: ANN401 - any JSON
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
