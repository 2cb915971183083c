"""The rules of an account's event buses in one region, and the targets of each rule."""

import itertools
import json
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from local_cloud.eventbridge.errors import EventBridgeError

DEFAULT_BUS = "default"
ENABLED, DISABLED = "ENABLE", "DISABLE"
MOST_TARGETS = 5
_NAME = re.compile(r"[A-Za-z0-9_-]{2,127}")  # CreateRule reference, "RuleName"
_TARGET_FIELDS = {
    "Id",
    "Type",
    "Endpoint",
    "ParamList",
    "PushRetryStrategy",
    "ErrorsTolerance",
    "DeadLetterQueue",
    "ConcurrentConfig",
}
_PARAMETER_FIELDS = {"ResourceKey", "Form", "Value", "Template"}
_FORMS = {"ORIGINAL", "CONSTANT", "JSONPATH", "TEMPLATE"}
Target = Mapping[str, Any]


@dataclass(frozen=True)
class Rule:
    """A rule. ``pattern`` is JSON, as it was given."""

    bus: str
    name: str
    pattern: str
    status: str = ENABLED
    description: str = ""
    targets: tuple[Target, ...] = ()
    created: int = 0  # in milliseconds since 1970

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise EventBridgeError("InvalidArgument", f"RuleName {self.name!r}")
        if self.status not in {ENABLED, DISABLED}:
            raise EventBridgeError("InvalidArgument", f"Status {self.status!r}")
        _check_pattern(self.pattern)
        _check_targets(self.targets)

    @property
    def is_enabled(self) -> bool:
        return self.status == ENABLED

    def properties(self) -> dict[str, Any]:
        """Return the rule as the properties of ``ALIYUN::EventBridge::Rule``."""
        return {
            "EventBusName": self.bus,
            "RuleName": self.name,
            "Description": self.description,
            "FilterPattern": json.loads(self.pattern),
            "Status": self.status,
            "Targets": [dict(target) for target in self.targets],
        }


@dataclass
class Rules:
    """The rules by bus and name, safe for several threads. The bus ``default`` is always there."""

    buses: set[str] = field(default_factory=lambda: {DEFAULT_BUS})
    _rules: dict[tuple[str, str], Rule] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def find(self, bus: str, name: str) -> Rule:
        with self._lock:
            return self._find(bus, name)

    def of_bus(self, bus: str) -> list[Rule]:
        """Return the rules of a bus by their names."""
        with self._lock:
            self._check_bus(bus)
            return [rule for (own, _), rule in sorted(self._rules.items()) if own == bus]

    def create(self, rule: Rule) -> None:
        with self._lock:
            self._check_bus(rule.bus)
            if (rule.bus, rule.name) in self._rules:
                raise EventBridgeError("EventRuleExisted")
            self._rules[rule.bus, rule.name] = rule

    def change(self, bus: str, name: str, **fields: Any) -> Rule:  # noqa: ANN401 - of several types
        """Change fields of a rule and return it."""
        with self._lock:
            self._rules[bus, name] = changed = replace(self._find(bus, name), **fields)
            return changed

    def put_targets(self, bus: str, name: str, targets: Sequence[Target]) -> None:
        """Add targets to a rule. One with the ID of another replaces it."""
        with self._lock:
            rule = self._find(bus, name)
            kept = {one["Id"]: one for one in itertools.chain(rule.targets, targets)}
            self._rules[bus, name] = replace(rule, targets=tuple(kept.values()))

    def delete(self, bus: str, name: str) -> None:
        with self._lock:
            self._find(bus, name)
            del self._rules[bus, name]

    def _find(self, bus: str, name: str) -> Rule:
        self._check_bus(bus)
        if (bus, name) not in self._rules:
            raise EventBridgeError("EventRuleNotExisted")
        return self._rules[bus, name]

    def _check_bus(self, bus: str) -> None:
        if bus not in self.buses:
            raise EventBridgeError("EventBusNotExist")


def _check_pattern(text: str) -> None:
    try:
        pattern = json.loads(text)
    except ValueError:
        pattern = None
    if not isinstance(pattern, dict):
        raise EventBridgeError("InvalidArgument", "FilterPattern is not a JSON object")


def _check_targets(targets: Sequence[Any]) -> None:
    """Refuse targets that the reference of PutTargets does not describe."""
    if not all(isinstance(one, Mapping) and one.get("Id") and one.get("Type") for one in targets):
        raise EventBridgeError("InvalidArgument", "each target has an Id and a Type")
    if len(targets) > MOST_TARGETS or len({one["Id"] for one in targets}) < len(targets):
        raise EventBridgeError("InvalidArgument", f"a rule has up to {MOST_TARGETS} targets of different IDs")
    for target in targets:
        if unknown := sorted(target.keys() - _TARGET_FIELDS):
            raise EventBridgeError("InvalidArgument", f"a target has no {unknown[0]}")
        for parameter in target.get("ParamList", ()):
            if parameter.keys() - _PARAMETER_FIELDS or parameter.get("Form") not in _FORMS:
                raise EventBridgeError("InvalidArgument", f"ParamList {dict(parameter)}")
