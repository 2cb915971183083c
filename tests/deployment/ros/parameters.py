"""Check the parameters of a ROS template (user guide, "Parameters", "Metadata")."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.deployment.cloudformation import RefusedError, check_parameter

Faults = Iterator[str]
KEYS = {"Type", "Default", "Description", "AllowedValues", "AllowedPattern", "ConstraintDescription"}
KEYS |= {"MinLength", "MaxLength", "MinValue", "MaxValue", "Label", "NoEcho"}
KINDS = {"String", "Number", "Boolean", "Json", "CommaDelimitedList"}
LIMITS = {"MinLength": "String", "MaxLength": "String", "MinValue": "Number", "MaxValue": "Number"}


def faults(template: dict[str, Any]) -> Faults:
    """Yield what is wrong with the declarations, each with the path of the place."""
    for name, parameter in template["Parameters"].items():
        yield from _parameter(f"Parameters.{name}", name, parameter)
    yield from _groups(template)


def _parameter(path: str, name: str, parameter: dict[str, Any]) -> Faults:
    yield from (f"{path}.{key} is not a key of a parameter" for key in sorted(parameter.keys() - KEYS))
    kind = parameter.get("Type")
    if kind not in KINDS:
        yield f"{path}.Type must be one of {', '.join(sorted(KINDS))}: {kind!r}"
        return
    yield from (f"{path}.{key} is only for {of}" for key, of in LIMITS.items() if key in parameter and kind != of)
    if not parameter.get("Description") or not isinstance(parameter["Description"], str):
        yield f"{path}.Description is missing, or no text"
    if "AllowedPattern" in parameter and "ConstraintDescription" not in parameter:
        yield f"{path}.ConstraintDescription is missing, so a refusal would show the pattern"
    try:
        re.compile(parameter.get("AllowedPattern", ""))
        if "Default" in parameter:
            check_parameter(name, parameter, parameter["Default"])
    except re.error as error:
        yield f"{path}.AllowedPattern is not a regular expression: {error}"
    except (RefusedError, ValueError):
        yield f"{path}.Default is not a value that the parameter takes: {parameter['Default']!r}"


def _groups(template: dict[str, Any]) -> Faults:
    """Yield the parameters that the console would show in no group, or twice."""
    path = "Metadata.ALIYUN::ROS::Interface.ParameterGroups"
    groups = template.get("Metadata", {}).get("ALIYUN::ROS::Interface", {}).get("ParameterGroups", [])
    shown = Counter(name for group in groups for name in group["Parameters"])
    for name in sorted(shown.keys() | template["Parameters"].keys()):
        if name not in template["Parameters"]:
            yield f"{path}: {name} is not a parameter"
        elif shown[name] != 1:
            yield f"{path}: {name} is in {shown[name]} groups"
