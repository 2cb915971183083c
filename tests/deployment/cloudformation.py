"""Evaluate a rendered template as CloudFormation does: parameters, rules, conditions and intrinsic functions.

Sources: the user guide's pages "Parameters", "Rules" and "Intrinsic function reference". What the template does not use
is left out, and raises ``KeyError``.
"""

import re
from typing import Any

Template = dict[str, Any]
PSEUDO = {
    "AWS::StackName": "shop",
    "AWS::Region": "eu-west-1",
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
}
_NOTHING = object()  # AWS::NoValue


class RefusedError(Exception):
    """The parameters are refused. The message says which one, or which rule."""


class Stack:
    """A stack with some parameters. ``resources`` are what it consists of, with every function resolved."""

    def __init__(self, template: Template, **parameters: str) -> None:
        self._template = template
        self._parameters = {
            name: check_parameter(name, parameter, parameters.pop(name, parameter.get("Default")))
            for name, parameter in template["Parameters"].items()
        }
        if parameters:
            raise RefusedError(f"unknown parameters: {sorted(parameters)}")
        for name, rule in template.get("Rules", {}).items():
            for assertion in rule["Assertions"]:
                if not self._is_true(assertion["Assert"]):
                    raise RefusedError(f"{name}: {assertion['AssertDescription']}")

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        return {
            name: self.resolve(resource)
            for name, resource in self._template["Resources"].items()
            if self.holds(resource.get("Condition"))
        }

    def properties(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.resources[name]["Properties"]
        return found

    def holds(self, condition: str | None) -> bool:
        return condition is None or self._is_true(self._template["Conditions"][condition])

    def _is_true(self, given: dict[str, Any]) -> bool:
        ((function, arguments),) = given.items()
        match function:
            case "Condition":
                return self.holds(arguments)
            case "Fn::Equals":
                one, other = map(self.resolve, arguments)
                return bool(one == other)
            case "Fn::Not":
                return not self._is_true(arguments[0])
        return {"Fn::And": all, "Fn::Or": any}[function](map(self._is_true, arguments))

    def resolve(self, value: Any) -> Any:
        """Return a value with its functions resolved, and without what is ``AWS::NoValue``."""
        match value:
            case {"Ref": target, **rest} | {"Fn::GetAtt": target, **rest} if not rest:
                return self._refer(next(iter(value)), target)
            case dict() if len(value) == 1 and next(iter(value)).startswith("Fn::"):
                return self._call(*next(iter(value.items())))
            case dict():
                resolved = {key: self.resolve(item) for key, item in value.items()}
                return {key: item for key, item in resolved.items() if item is not _NOTHING}
            case list():
                return [item for item in map(self.resolve, value) if item is not _NOTHING]
        return value

    def _refer(self, function: str, target: Any) -> Any:
        if function == "Fn::GetAtt":
            return f"<{'.'.join(target)}>"
        if target == "AWS::NoValue":
            return _NOTHING
        return (PSEUDO | self._parameters).get(target, f"<{target}>")

    def _call(self, function: str, arguments: Any) -> Any:
        if function == "Fn::If":
            return self.resolve(arguments[1 if self.holds(arguments[0]) else 2])
        if function == "Fn::Sub":
            return self._substitute(*([arguments] if isinstance(arguments, str) else arguments))
        given = [self.resolve(argument) for argument in arguments]
        match function:
            case "Fn::Join":
                return given[0].join(given[1])
            case "Fn::Split":
                return given[1].split(given[0])
            case "Fn::Select":
                return given[1][int(given[0])]
            case "Fn::FindInMap":
                return self._template["Mappings"][given[0]][given[1]][given[2]]
        raise KeyError(function)

    def _substitute(self, text: str, names: dict[str, Any] | None = None) -> str:
        given = {name: self.resolve(value) for name, value in (names or {}).items()}
        return re.sub(
            r"\$\{([^!}]+)\}", lambda found: str(given[found[1]] if found[1] in given else self._name(found[1])), text
        )

    def _name(self, name: str) -> Any:
        return self._refer("Fn::GetAtt", name.split(".")) if "." in name else self._refer("Ref", name)


def check_parameter(name: str, parameter: dict[str, Any], value: Any) -> str | int:
    """Return the value that a parameter has. Raise ``RefusedError`` for one that is not accepted."""
    if value is None:
        raise RefusedError(f"{name} has no value")
    number = float(value) if parameter["Type"] == "Number" else 0
    accepted = (
        re.fullmatch(parameter.get("AllowedPattern", r"[\s\S]*"), str(value)),
        str(value) in map(str, parameter.get("AllowedValues", [value])),
        parameter.get("MinLength", 0) <= len(str(value)) <= parameter.get("MaxLength", 4096),
        parameter.get("MinValue", number) <= number <= parameter.get("MaxValue", number),
    )
    if not all(accepted):
        raise RefusedError(f"{name} must be {parameter.get('ConstraintDescription', 'something else')}: {value!r}")
    return int(value) if parameter["Type"] == "Number" else str(value)
