"""Read template.yaml without SAM, and fill in what CloudFormation fills in: enough for alarms and dashboards."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
REMOVED = object()


class _Loader(yaml.SafeLoader):
    """Read the short forms of intrinsic functions as the long ones."""


def _intrinsic(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _intrinsic)


def load(text: str | None = None) -> dict[str, Any]:
    """Return the template with intrinsic functions in their long form."""
    return yaml.load(text or TEMPLATE.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a subclass of SafeLoader


@dataclass(frozen=True)
class Stack:
    """A template that is deployed under a name, with these parameters. Physical names begin with the stack's name."""

    template: dict[str, Any]
    name: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    region: str = "eu-central-1"

    def resources(self, kind: str) -> dict[str, dict[str, Any]]:
        """Return the properties of all resources of a type that exist, by logical name."""
        return {
            name: self.fill_in(one.get("Properties", {}))
            for name, one in self.template["Resources"].items()
            if one["Type"] == kind and ("Condition" not in one or self._holds({"Condition": one["Condition"]}))
        }

    def fill_in(self, value: Any) -> Any:
        """Return a value as the service gets it."""
        if isinstance(value, list):
            return [one for one in map(self.fill_in, value) if one is not REMOVED]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((function, argument),) = value.items()
            if function == "Ref" or function.startswith("Fn::"):
                return self._call(function, argument)
        filled = {name: self.fill_in(one) for name, one in value.items()}
        return {name: one for name, one in filled.items() if one is not REMOVED}

    def _call(self, function: str, argument: Any) -> Any:
        match function:
            case "Ref":
                return self._ref(argument)
            case "Fn::GetAtt":
                name, _, attribute = (argument if isinstance(argument, str) else ".".join(argument)).partition(".")
                return self._attribute(name, attribute)
            case "Fn::If":
                condition, yes, no = argument
                return self.fill_in(yes if self._holds({"Condition": condition}) else no)
            case "Fn::Sub":
                text, given = argument if isinstance(argument, list) else (argument, {})
                values = {name: self.fill_in(one) for name, one in given.items()}
                return re.sub(r"\$\{([\w.:]+)\}", lambda found: self._insert(found[1], values), text)
        raise NotImplementedError(function)

    def _insert(self, name: str, values: Mapping[str, Any]) -> str:
        if name in values:
            return self.fill_in({"Fn::Sub": values[name]})
        return str(self._call("Fn::GetAtt", name) if "." in name else self._ref(name))

    def _ref(self, name: str) -> Any:
        pseudo = {"AWS::NoValue": REMOVED, "AWS::StackName": self.name, "AWS::Region": self.region}
        pseudo |= {"AWS::AccountId": "123456789012", "AWS::Partition": "aws", "AWS::URLSuffix": "amazonaws.com"}
        if name in pseudo:
            return pseudo[name]
        if name in self.template["Parameters"]:
            return self.parameters.get(name, self.template["Parameters"][name].get("Default", ""))
        return self._attribute(name, "Name")

    def _attribute(self, name: str, attribute: str) -> str:
        assert name in self.template["Resources"], name
        physical = f"{self.name}-{name}-1A2B3C4D5E6F"
        if attribute == "Arn":
            return f"arn:aws:service:{self.region}:123456789012:{physical}"
        return physical

    def _holds(self, condition: Any) -> bool:
        ((function, argument),) = condition.items()
        match function:
            case "Condition":
                return self._holds(self.template["Conditions"][argument])
            case "Fn::Equals":
                return self.fill_in(argument[0]) == self.fill_in(argument[1])
            case "Fn::Not":
                return not self._holds(argument[0])
            case "Fn::And":
                return all(map(self._holds, argument))
            case "Fn::Or":
                return any(map(self._holds, argument))
        raise NotImplementedError(function)
