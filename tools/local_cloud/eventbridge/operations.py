"""The operations on rules (API 2020-04-01, the references of the same names)."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local_cloud.eventbridge.errors import EventBridgeError
from local_cloud.eventbridge.models import DISABLED, ENABLED, Rule, Rules, Target
from local_cloud.eventbridge.rendering import describe_listed, describe_rule, describe_target

_MOST_LISTED = 100


@dataclass(frozen=True)
class Account:
    """What the operations work on: the rules of an account in one region."""

    region: str
    account: str
    rules: Rules
    clock: Callable[[], float]

    def arn(self, rule: Rule) -> str:
        return f"acs:eventbridge:{self.region}:{self.account}:eventbus/{rule.bus}/rule/{rule.name}"


@dataclass(frozen=True)
class Operation:
    """An operation: its required and its other parameters, and what it does."""

    required: frozenset[str]
    optional: frozenset[str]
    call: Callable[[Account, Mapping[str, str]], Any]


def call(account: Account, name: str, given: Mapping[str, str]) -> Any:  # noqa: ANN401 - the Data of a response
    """Return the data of the response. Raise ``EventBridgeError``."""
    operation = OPERATIONS[name]
    if missing := sorted(operation.required - {name for name, value in given.items() if value}):
        raise EventBridgeError("InvalidArgument", f"{missing[0]} is missing")
    if unknown := sorted(given.keys() - operation.required - operation.optional):
        raise EventBridgeError("InvalidArgument", f"{name} has no parameter {unknown[0]}")
    return operation.call(account, given)


def _get(account: Account, given: Mapping[str, str]) -> Any:  # noqa: ANN401 - as above
    rule = account.rules.find(given["EventBusName"], given["RuleName"])
    return describe_rule(rule, account.arn(rule))


def _list(account: Account, given: Mapping[str, str]) -> Any:  # noqa: ANN401 - as above
    prefix = given.get("RuleNamePrefix", "")
    found = [rule for rule in account.rules.of_bus(given["EventBusName"]) if rule.name.startswith(prefix)]
    listed, token = _page(found, given)
    return {"Rules": [describe_listed(rule, account.arn(rule)) for rule in listed], "Total": len(found), **token}


def _list_targets(account: Account, given: Mapping[str, str]) -> Any:  # noqa: ANN401 - as above
    rule = account.rules.find(given.get("EventBusName", ""), given.get("RuleName", ""))
    listed, token = _page(list(rule.targets), given)
    return {"Targets": [describe_target(rule, one) for one in listed], "Total": len(rule.targets), **token}


def _create(account: Account, given: Mapping[str, str]) -> Any:  # noqa: ANN401 - as above
    rule = Rule(
        bus=given["EventBusName"],
        name=given["RuleName"],
        pattern=given["FilterPattern"],
        status=given.get("Status") or ENABLED,
        description=given.get("Description", ""),
        targets=_read_targets(given.get("EventTargets", "[]")),
        created=int(account.clock() * 1000),
    )
    account.rules.create(rule)
    return {"RuleARN": account.arn(rule)}


def _update(account: Account, given: Mapping[str, str]) -> None:
    names = {"FilterPattern": "pattern", "Status": "status", "Description": "description"}
    fields = {field: given[name] for name, field in names.items() if given.get(name)}
    account.rules.change(given["EventBusName"], given["RuleName"], **fields)


def _switch(status: str) -> Callable[[Account, Mapping[str, str]], None]:
    def switch(account: Account, given: Mapping[str, str]) -> None:
        account.rules.change(given["EventBusName"], given["RuleName"], status=status)

    return switch


def _delete(account: Account, given: Mapping[str, str]) -> None:
    account.rules.delete(given["EventBusName"], given["RuleName"])


def _put_targets(account: Account, given: Mapping[str, str]) -> Any:  # noqa: ANN401 - as above
    targets = _read_targets(given["Targets"])
    account.rules.put_targets(given["EventBusName"], given["RuleName"], targets)
    return {"ErrorEntries": [], "ErrorEntriesCount": 0}


def _delete_targets(account: Account, given: Mapping[str, str]) -> Any:  # noqa: ANN401 - as above
    bus, name, ids = given["EventBusName"], given["RuleName"], _read_list(given["TargetIds"])
    kept = tuple(one for one in account.rules.find(bus, name).targets if one["Id"] not in ids)
    account.rules.change(bus, name, targets=kept)
    return {"ErrorEntries": [], "ErrorEntriesCount": 0}


def _read_targets(text: str) -> tuple[Target, ...]:
    return tuple(_read_list(text))


def _read_list(text: str) -> list[Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, list):
        raise EventBridgeError("InvalidArgument", f"{text!r} is not a JSON array")
    return found


def _page(found: list[Any], given: Mapping[str, str]) -> tuple[list[Any], dict[str, str]]:
    """Return a page of a list, and the token of the next one if there is more."""
    limit, start = given.get("Limit") or str(_MOST_LISTED), given.get("NextToken") or "0"
    if not (limit.isdecimal() and 0 < int(limit) <= _MOST_LISTED and start.isdecimal()):
        raise EventBridgeError("InvalidArgument", "Limit or NextToken")
    end = int(start) + int(limit)
    return found[int(start) : end], {"NextToken": str(end)} if end < len(found) else {}


_RULE = frozenset({"EventBusName", "RuleName"})
_PAGE = frozenset({"Limit", "NextToken"})
OPERATIONS: Mapping[str, Operation] = {
    "GetRule": Operation(_RULE, frozenset(), _get),
    "ListRules": Operation(frozenset({"EventBusName"}), _PAGE | {"RuleNamePrefix"}, _list),
    "ListTargets": Operation(frozenset(), _RULE | _PAGE | {"Arn"}, _list_targets),
    "CreateRule": Operation(_RULE | {"FilterPattern"}, frozenset({"Status", "Description", "EventTargets"}), _create),
    "UpdateRule": Operation(_RULE | {"FilterPattern"}, frozenset({"Status", "Description"}), _update),
    "EnableRule": Operation(_RULE, frozenset(), _switch(ENABLED)),
    "DisableRule": Operation(_RULE, frozenset(), _switch(DISABLED)),
    "DeleteRule": Operation(_RULE, frozenset(), _delete),
    "PutTargets": Operation(_RULE | {"Targets"}, frozenset(), _put_targets),
    "DeleteTargets": Operation(_RULE | {"TargetIds"}, frozenset(), _delete_targets),
}
