"""Read the trust policy of a RAM role: what in it refuses a token of the function."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

_MATCHES = {"StringEquals": lambda value, wanted: value == wanted, "StringLike": fnmatchcase}


def find_refusals(policy: Mapping[str, Any], provider_arn: str, claims: Mapping[str, str]) -> list[str]:
    """Return why no statement accepts the claims, or nothing if one does. ``claims`` has values by ``oidc:`` keys.

    A claim that is not known is left out, and its conditions are not looked at.
    """
    about = [one for one in _as_list(policy.get("Statement")) if _names(one, provider_arn)]
    if not about:
        return [f"no statement allows sts:AssumeRole to {provider_arn}"]
    found = [_unmet(statement.get("Condition") or {}, claims) for statement in about]
    return [] if [] in found else found[0]


def find_unread(policy: Mapping[str, Any], provider_arn: str) -> list[str]:
    """Return what in the statements about the provider ``find_refusals`` does not look at."""
    found = set()
    for statement in _as_list(policy.get("Statement")):
        if _names(statement | {"Effect": "Allow"}, provider_arn):
            found |= {"a Deny"} if statement.get("Effect") != "Allow" else set()
            found |= (statement.get("Condition") or {}).keys() - _MATCHES.keys()
    return sorted(found)


def _names(statement: Mapping[str, Any], provider_arn: str) -> bool:
    actions = _as_list(statement.get("Action"))
    federated = _as_list((statement.get("Principal") or {}).get("Federated"))
    is_allowing = statement.get("Effect") == "Allow" and any(fnmatchcase("sts:AssumeRole", one) for one in actions)
    return is_allowing and provider_arn in federated


def _unmet(condition: Mapping[str, Mapping[str, Any]], claims: Mapping[str, str]) -> list[str]:
    return [
        f"{key} must be {' or '.join(map(str, _as_list(wanted)))}, and the token's is {claims[key]}"
        for operator, block in condition.items()
        for key, wanted in block.items()
        if key in claims and operator in _MATCHES and not _is_met(operator, claims[key], _as_list(wanted))
    ]


def _is_met(operator: str, value: str, wanted: list[Any]) -> bool:
    return any(_MATCHES[operator](value, str(one)) for one in wanted)


def _as_list(value: Any) -> list[Any]:  # noqa: ANN401 - any JSON
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
