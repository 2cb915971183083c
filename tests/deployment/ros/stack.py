"""Evaluate template.ros.yaml as ROS does: parameters, rules, conditions and functions.

Sources: ROS user guide, "Parameters", "Rules", "Conditions", "Pseudo parameters" and "Function index". What the
template does not use is left out, and raises ``RefusedError``.
"""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import yaml

from tests.deployment.cloudformation import RefusedError, Template, check_parameter
from tests.deployment.conftest import ROOT
from tests.deployment.ros.functions import COMPUTE
from tests.support.cloudformation import Loader

SOURCE = ROOT / "template.ros.yaml"
ACCOUNT, REGION = "1234567890123456", "cn-shanghai"
NEEDED = {"InstanceName": "pictures", "CodeBucketName": "releases", "Release": "0.2.0"}
NOTHING = object()  # ALIYUN::NoValue
# Attributes that no property holds: the vendor makes them.
MADE = {
    ("ALIYUN::RAM::Role", "Arn"): "acs:ram::{account}:role/{RoleName}",
    ("ALIYUN::MNS::Queue", "ARN.WithSlash"): "acs:mns:{region}:{account}:/queues/{QueueName}",
    ("ALIYUN::FC3::Function", "ARN"): "acs:fc:{region}:{account}:functions/{FunctionName}",
    ("ALIYUN::FC::Layer", "Version"): "1",
    ("ALIYUN::OSS::Bucket", "Name"): "{BucketName}",
}


def read(text: str) -> Template:
    """Return a template with functions in their long form. Raise ``RefusedError`` if it is not YAML, or no map."""
    try:
        if repeated := list(_repeated(yaml.compose(text, Loader))):
            raise RefusedError(f"the template has a key twice in one map: {', '.join(repeated)}")
        template = yaml.load(text, Loader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        raise RefusedError(f"the template is not YAML: {error}") from None
    if not isinstance(template, dict):
        raise RefusedError("the template is not a map")
    return template


def _repeated(node: yaml.Node | None) -> Iterator[str]:
    """Yield each key that a map has more than once, with its line. YAML forbids them, but its readers keep the last."""
    match node:
        case yaml.MappingNode():
            keys = Counter(key.value for key, _ in node.value)
            yield from (
                f"{key.value} in line {key.start_mark.line + 1}" for key, _ in node.value if keys[key.value] > 1
            )
            for _, value in node.value:
                yield from _repeated(value)
        case yaml.SequenceNode():
            for value in node.value:
                yield from _repeated(value)


class Stack:
    """A stack with some parameters. ``resources`` are what it consists of, with every function resolved."""

    def __init__(
        self, template: Template, name: str = "shop", account: str = ACCOUNT, region: str = REGION, **parameters: str
    ) -> None:
        self._template = template
        self.name, self.account, self.region = name, account, region
        declared = template["Parameters"]
        if unknown := sorted(parameters.keys() - declared):
            raise RefusedError(f"unknown parameters: {', '.join(unknown)}")
        given = NEEDED | parameters
        self._values: dict[str, Any] = {
            key: check_parameter(key, one, given.get(key, one.get("Default"))) for key, one in declared.items()
        }
        self._values |= {"ALIYUN::StackName": name, "ALIYUN::Region": region, "ALIYUN::TenantId": account}
        self._check_rules()

    def _check_rules(self) -> None:
        for name, rule in self._template.get("Rules", {}).items():
            if not self._is_true(rule.get("RuleCondition", True)):
                continue
            for assertion in rule["Assertions"]:
                if not self._is_true(assertion["Assert"]):
                    raise RefusedError(f"{name}: {assertion['AssertDescription']}")

    @cached_property
    def resources(self) -> dict[str, dict[str, Any]]:
        return {
            name: {**one, "Properties": self.resolve(one.get("Properties", {}))}
            for name, one in self._template["Resources"].items()
            if self.holds(one.get("Condition"))
        }

    @property
    def outputs(self) -> dict[str, Any]:
        given = self._template.get("Outputs", {}).items()
        return {name: self.resolve(one["Value"]) for name, one in given if self.holds(one.get("Condition"))}

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        """Return the properties of all resources of a type that exist, by logical name."""
        return {name: one["Properties"] for name, one in self.resources.items() if one["Type"] == kind}

    def parameter(self, name: str) -> str:
        """Return the value of a parameter as text."""
        return str(self._values[name])

    def holds(self, condition: str | None) -> bool:
        return condition is None or self._is_true(self._template["Conditions"][condition])

    def _is_true(self, given: Any) -> bool:
        """Evaluate a condition. A name stands for the condition that has it."""
        match given:
            case bool():
                return given
            case str():
                return self.holds(given)
            case {"Fn::Equals": [one, other]}:
                return bool(self.resolve(one) == self.resolve(other))
            case {"Fn::Not": condition}:
                return not self._is_true(condition)
            case {"Fn::And": conditions}:
                return all(map(self._is_true, conditions))
            case {"Fn::Or": conditions}:
                return any(map(self._is_true, conditions))
        raise RefusedError(f"{given} is not a condition")

    def resolve(self, value: Any) -> Any:
        """Return a value with its functions resolved, and without the properties that are ``ALIYUN::NoValue``."""
        match value:
            case {"Ref": target, **rest} if not rest:
                return NOTHING if target == "ALIYUN::NoValue" else self._refer(target)
            case dict() if len(value) == 1 and next(iter(value)).startswith("Fn::"):
                return self._call(*next(iter(value.items())))
            case dict():
                resolved = {key: self.resolve(item) for key, item in value.items()}
                return {key: item for key, item in resolved.items() if item is not NOTHING}
            case list():
                return [self.resolve(item) for item in value]
        return value

    def _refer(self, target: str) -> Any:
        if target in self._values:
            return self._values[target]
        self._existing(target)
        return f"<{target}>"

    def _call(self, function: str, arguments: Any) -> Any:
        match function:
            case "Fn::If":
                return self.resolve(arguments[1 if self.holds(arguments[0]) else 2])
            case "Fn::GetAtt":
                return self._attribute(*arguments)
            case "Fn::Sub":
                return self._substitute(*([arguments] if isinstance(arguments, str) else arguments))
            case "Fn::FindInMap":
                table, key, column = self.resolve(arguments)
                return self._template["Mappings"][table][key][column]
        if function not in COMPUTE:
            raise RefusedError(f"{function} is not a function that this template uses")
        return COMPUTE[function](self.resolve(arguments))

    def _attribute(self, name: str, attribute: str) -> Any:
        resource = self._existing(name)
        properties = {key: self.resolve(one) for key, one in resource["Properties"].items() if key.endswith("Name")}
        if made := MADE.get((resource["Type"], attribute)):
            return made.format(account=self.account, region=self.region, **properties)
        return properties.get(attribute, f"<{name}.{attribute}>")

    def _existing(self, name: str) -> dict[str, Any]:
        resource: dict[str, Any] = self._template["Resources"][name]
        if not self.holds(resource.get("Condition")):
            raise RefusedError(f"{name} does not exist with these parameters, but another resource refers to it")
        return resource

    def _substitute(self, text: str, names: dict[str, Any] | None = None) -> str:
        given = {name: self.resolve(value) for name, value in (names or {}).items()}
        return re.sub(
            r"\$\{([^!}]+)\}", lambda found: str(given[found[1]] if found[1] in given else self._name(found[1])), text
        )

    def _name(self, name: str) -> Any:
        return self._attribute(*name.split(".", 1)) if "." in name else self._refer(name)
