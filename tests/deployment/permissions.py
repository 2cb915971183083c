"""Permissions as a set: those that a policy of AWS grants, so that those that calls need can be compared with them."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Any, NamedTuple

from tests.deployment.cloudformation import Stack


class Grant(NamedTuple):
    """One action on one resource. ``conditions`` are texts such as ``s3:prefix=pictures/*``."""

    action: str
    resource: str
    conditions: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return " ".join([self.action, "on", self.resource, *sorted(self.conditions)])


def grant(action: str, resource: str, *conditions: str) -> Grant:
    return Grant(action, resource, frozenset(conditions))


def read_role(stack: Stack, name: str) -> set[Grant]:
    """Return the permissions of a role."""
    policies = stack.properties(name)["Policies"]
    return read_statements(one for policy in policies for one in policy["PolicyDocument"]["Statement"])


def read_resource_policies(stack: Stack) -> set[Grant]:
    """Return what the policies of queues and buckets allow, to services."""
    documents = [
        one["Properties"]["PolicyDocument"]
        for one in stack.resources.values()
        if one["Type"] in {"AWS::SQS::QueuePolicy", "AWS::S3::BucketPolicy"}
    ]
    return read_statements(one for document in documents for one in document["Statement"])


def read_statements(statements: Iterable[Mapping[str, Any]]) -> set[Grant]:
    """Return one permission for each action, resource and prefix. Raise ``ValueError`` for what is not understood."""
    return {found for statement in statements if statement["Effect"] == "Allow" for found in _read(statement)}


def _read(statement: Mapping[str, Any]) -> Iterator[Grant]:
    if unknown := statement.keys() - {"Sid", "Effect", "Action", "Resource", "Condition", "Principal"}:
        raise ValueError(f"{statement['Sid']} has {unknown}")
    conditions, choices = _read_conditions(statement.get("Condition", {}))
    for action, resource, choice in product(as_list(statement["Action"]), as_list(statement["Resource"]), choices):
        yield Grant(action, resource, conditions | choice)


def _read_conditions(given: Mapping[str, Mapping[str, Any]]) -> tuple[frozenset[str], list[frozenset[str]]]:
    """Return the conditions that all hold, and the values of the only one that may hold in several ways."""
    facts: set[str] = set()
    choices = [frozenset[str]()]
    for operator, keys in given.items():
        for key, value in keys.items():
            if operator == "StringLike":
                choices = [frozenset({f"{key}={one}"}) for one in as_list(value)]
            else:
                facts.add(_describe(operator, key, value))
    return frozenset(facts), choices


def _describe(operator: str, key: str, value: Any) -> str:
    match operator, value:
        case "StringEquals" | "ArnEquals", str():
            return f"{key}={value}"
        case "ForAllValues:StringEquals", str():
            return f"every {key}={value}"
        case "NumericLessThanEquals", int():
            return f"{key}<={value}"
        case "Null", bool():
            return f"{'no' if value else 'some'} {key}"
    raise ValueError(f"{operator} of {key}: {value}")


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
