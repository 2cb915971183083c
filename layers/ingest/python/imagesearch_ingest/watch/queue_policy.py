"""Judge whether the policy of a queue lets a rule of EventBridge send to it.

Source: EventBridge user guide, "Using resource-based policies", and IAM user guide, "Policy evaluation logic". Only
conditions on the sender are judged. Others are taken to be met, and a denial under any condition is passed over.
"""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

SENDER = "events.amazonaws.com"
ACTION = "sqs:sendmessage"
_COMPARISONS = ("arn", "string")  # operators whose names begin otherwise compare no text


def may_send(policy: Mapping[str, Any], *, queue_arn: str, rule_arn: str) -> bool:
    """Return whether EventBridge may send the events of a rule to a queue."""
    about = [one for one in as_list(policy.get("Statement")) if _is_about(one, queue_arn)]
    denied = any(one.get("Effect") == "Deny" and not one.get("Condition") for one in about)
    return not denied and any(one.get("Effect") == "Allow" and _is_met(one, rule_arn) for one in about)


def find_services(policy: Mapping[str, Any]) -> set[str]:
    """Return the services that a policy allows something."""
    return {
        service
        for one in as_list(policy.get("Statement"))
        if one.get("Effect") == "Allow" and isinstance(one.get("Principal"), dict)
        for service in as_list(one["Principal"].get("Service"))
    }


def _is_about(statement: Mapping[str, Any], queue_arn: str) -> bool:
    """Return whether a statement is about messages that EventBridge sends to the queue."""
    principal = statement.get("Principal")
    senders = as_list(principal.get("Service")) if isinstance(principal, dict) else [principal]
    everyone = isinstance(principal, dict) and "*" in as_list(principal.get("AWS"))
    return (
        (everyone or bool({SENDER, "*"} & set(senders)))
        and _matches(ACTION, (str(one).lower() for one in as_list(statement.get("Action"))))
        and ("Resource" not in statement or _matches(queue_arn, as_list(statement["Resource"])))
    )


def _is_met(statement: Mapping[str, Any], rule_arn: str) -> bool:
    """Return whether the conditions on the sender hold for a rule."""
    sender = {"aws:sourcearn": rule_arn, "aws:sourceaccount": rule_arn.split(":")[4] if rule_arn else ""}
    for operator, conditions in (statement.get("Condition") or {}).items():
        kind = operator.lower().partition(":")[2] or operator.lower()
        if not kind.startswith(_COMPARISONS):
            continue
        for key, values in conditions.items():
            value = sender.get(key.lower())
            if value is not None and _matches(value, as_list(values)) == ("not" in kind):
                return False
    return True


def _matches(value: str, patterns: Iterable[Any]) -> bool:
    return any(fnmatchcase(value, str(pattern)) for pattern in patterns)


def as_list(value: Any) -> list[Any]:  # noqa: ANN401 - a part of a policy
    """Return the items of a value that a policy may also write without a list."""
    return value if isinstance(value, list) else [] if value is None else [value]
