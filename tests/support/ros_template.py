"""A stack of template.ros.yaml as far as its observability goes: parameters, conditions and references are resolved.

Attributes are those that ROS documents for a resource type, and here all of them are properties of the same name.
"""

import re
from pathlib import Path
from typing import Any

import yaml

TEMPLATE = Path(__file__).parents[2] / "template.ros.yaml"
ACCOUNT, REGION = "1234567890123456", "ap-southeast-1"
_MISSING = object()
Properties = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """A loader that reads ``!Sub text`` as ``{"Fn::Sub": text}``."""


def _construct(loader: _Loader, name: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {name if name == "Ref" else f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _construct)


def load(text: str) -> dict[str, Any]:
    """Return a template with the long form of each function."""
    return yaml.load(text, _Loader)  # noqa: S506 - a loader that is as safe


class RosStack:
    """A stack of this name and these parameters. ``text`` is another template."""

    def __init__(self, name: str = "shop", text: str | None = None, **parameters: str | int) -> None:
        self.template = load(TEMPLATE.read_text(encoding="utf-8") if text is None else text)
        defaults = {key: about.get("Default", "") for key, about in self.template["Parameters"].items()}
        unknown = parameters.keys() - defaults
        assert not unknown, unknown
        self._values = defaults | parameters
        self._values |= {"ALIYUN::StackName": name, "ALIYUN::Region": REGION, "ALIYUN::TenantId": ACCOUNT}

    def of_type(self, kind: str) -> dict[str, Properties]:
        """Return the properties of each resource of a type that the conditions let be."""
        resources = self.template["Resources"].items()
        return {
            name: self.resolve(one["Properties"])
            for name, one in resources
            if one["Type"] == kind and ("Condition" not in one or self._holds(one["Condition"]))
        }

    def resolve(self, value: Any) -> Any:
        """Return a value of the template with all functions evaluated."""
        if isinstance(value, list):
            return [found for one in value if (found := self.resolve(one)) is not _MISSING]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name == "Ref" or name.startswith("Fn::"):
                return self._call(name, argument)
        found = {key: self.resolve(one) for key, one in value.items()}
        return {key: one for key, one in found.items() if one is not _MISSING}

    def _call(self, name: str, argument: Any) -> Any:
        if name == "Ref":
            return _MISSING if argument == "ALIYUN::NoValue" else self._values[argument]
        if name == "Fn::GetAtt":
            return self._attribute(*argument)
        if name == "Fn::If":
            condition, then, otherwise = argument
            return self.resolve(then if self._holds(condition) else otherwise)
        assert name == "Fn::Sub", name
        return re.sub(r"\$\{([\w:.]+)\}", lambda found: str(self._named(found[1])), argument)

    def _named(self, name: str) -> Any:
        return self._attribute(*name.split(".")) if "." in name else self._values[name]

    def _attribute(self, resource: str, name: str) -> Any:
        return self.resolve(self.template["Resources"][resource]["Properties"][name])

    def _holds(self, condition: Any) -> bool:
        if isinstance(condition, str):
            return self._holds(self.template["Conditions"][condition])
        ((name, argument),) = condition.items()
        if name == "Fn::Equals":
            first, second = self.resolve(argument)
            return first == second
        if name == "Fn::Not":
            return not self._holds(argument)
        assert name == "Fn::Or", name
        return any(self._holds(one) for one in argument)
