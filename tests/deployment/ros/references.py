"""Check what a ROS template refers to: parameters, resources and attributes, conditions, mappings and functions.

Sources: ROS user guide, "Template syntax" and its pages. Nothing is evaluated, so both sides of each ``Fn::If`` count.
"""

import re
from collections.abc import Iterator
from typing import Any

from tests.deployment.ros.functions import ARITY, IN_CONDITIONS, LOGICAL
from tests.deployment.ros.types import TYPES

Template = dict[str, Any]
Faults = Iterator[str]
Node = tuple[str, Any]  # a path, and what stands there
PSEUDO = {f"ALIYUN::{name}" for name in ("StackName", "StackId", "Region", "AccountId", "TenantId", "NoValue")}
SECTIONS = {"ROSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Rules", "Mappings", "Conditions"}
SECTIONS |= {"Resources", "Outputs"}
OF_A_RESOURCE = {"Type", "Properties", "Condition", "DependsOn", "DeletionPolicy", "Metadata"}
OF_AN_OUTPUT = {"Value", "Description", "Condition"}


def faults(template: Template) -> Faults:
    """Yield what is wrong with the references of a template, each with the path of the place."""
    yield from (f"{name} is not a section of a template" for name in sorted(template.keys() - SECTIONS))
    template = {section: {} for section in sorted(SECTIONS)} | template
    if template["ROSTemplateFormatVersion"] != "2015-09-01":
        yield "ROSTemplateFormatVersion must be 2015-09-01"
    for section, known in (("Resources", OF_A_RESOURCE), ("Outputs", OF_AN_OUTPUT)):
        for name, one in template[section].items():
            yield from _declared(template, f"{section}.{name}", one, known)
    for name, rule in template["Rules"].items():
        yield from _assertions(f"Rules.{name}.Assertions", rule.get("Assertions"))
    for node in _walk(template):
        yield from _node(template, *node)
    yield from _unused(template)


def _declared(template: Template, path: str, given: dict[str, Any], known: set[str]) -> Faults:
    yield from (f"{path}.{key} is not a key of it" for key in sorted(given.keys() - known))
    yield from (f"{path}.{key} is missing" for key in sorted({"Type", "Value"} & known - given.keys()))
    if not isinstance(given.get("Description", ""), str):
        yield f"{path}.Description must be text: {given['Description']!r}"
    if (condition := given.get("Condition")) and condition not in template["Conditions"]:
        yield f"{path}.Condition: {condition} is not a condition"
    if given.get("DeletionPolicy", "Delete") not in {"Delete", "Retain"}:
        yield f"{path}.DeletionPolicy must be Delete or Retain: {given['DeletionPolicy']!r}"
    depends = given.get("DependsOn", [])
    for other in [depends] if isinstance(depends, str) else depends:
        if other not in template["Resources"]:
            yield f"{path}.DependsOn: {other} is not a resource"


def _assertions(path: str, given: Any) -> Faults:
    if not isinstance(given, list) or not given:
        yield f"{path} is missing, so the rule asserts nothing"
        return
    for number, one in enumerate(given):
        yield from (f"{path}[{number}].{key} is missing" for key in ("Assert", "AssertDescription") if not one.get(key))


def _walk(value: Any, path: str = "") -> Iterator[Node]:
    if path.startswith("Metadata."):
        return
    yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from _walk(item, f"{path}.{key}".removeprefix("."))


def _node(template: Template, path: str, value: Any) -> Faults:
    """Yield the faults of one place. A map with one key is a call if the key is the name of a function."""
    if isinstance(value, list) and {"Ref": "ALIYUN::NoValue"} in value and not path.endswith("Fn::If"):
        yield f"{path}: an item of a list cannot be ALIYUN::NoValue"
    if not isinstance(value, dict) or len(value) != 1:
        return
    ((name, arguments),) = value.items()
    if name == "Ref" or name.startswith("Fn::"):
        yield from _call(template, path, name, arguments)


def _call(template: Template, path: str, name: str, arguments: Any) -> Faults:
    section = path.partition(".")[0]
    if name != "Ref" and name not in ARITY:
        yield f"{path}: {name} is not a function of ROS that is used here"
    elif section in {"Conditions", "Rules"} and name not in IN_CONDITIONS:
        yield f"{path}: {name} cannot be used in {section}"
    elif section in {"Resources", "Outputs"} and name in LOGICAL:
        yield f"{path}: {name} can only be used in Conditions and Rules"
    elif not _fits(name, arguments):
        yield f"{path}: {name} has the wrong arguments: {arguments!r}"
    elif check := CHECKS.get(name):
        yield from check(template, path, arguments)


def _fits(name: str, arguments: Any) -> bool:
    if name == "Ref" or (name == "Fn::Sub" and isinstance(arguments, str)):
        return isinstance(arguments, str)
    limits = ARITY[name]
    if limits is None:
        return not isinstance(arguments, list)
    return isinstance(arguments, list) and limits[0] <= len(arguments) <= limits[1]


def _reference(template: Template, path: str, target: str) -> Faults:
    known = PSEUDO | template["Parameters"].keys()
    if path.startswith(("Resources.", "Outputs.")):
        known |= template["Resources"].keys()
    if target not in known:
        yield f"{path}: {target} is not a parameter" + (" or a resource" if "." in path else "")


def _attribute(template: Template, path: str, arguments: list[Any]) -> Faults:
    name, attribute = arguments
    resource = template["Resources"].get(name)
    if resource is None:
        yield f"{path}: {name} is not a resource"
    elif attribute not in TYPES.get(resource.get("Type"), {}).get("attributes", [attribute]):
        yield f"{path}: {resource['Type']} has no attribute {attribute}"


def _substitution(template: Template, path: str, arguments: Any) -> Faults:
    text, own = (arguments, {}) if isinstance(arguments, str) else arguments
    names = set(re.findall(r"\$\{([^!}]+)\}", text))
    yield from (f"{path}: Fn::Sub does not use {name}" for name in sorted(own.keys() - names))
    for name in sorted(names - own.keys()):
        if "." in name:
            yield from _attribute(template, path, name.split(".", 1))
        else:
            yield from _reference(template, path, name)


def _choice(template: Template, path: str, arguments: list[Any]) -> Faults:
    if arguments[0] not in template["Conditions"]:
        yield f"{path}: {arguments[0]} is not a condition"


def _mapping(template: Template, path: str, arguments: list[Any]) -> Faults:
    table, key, column = arguments
    rows = template["Mappings"].get(table)
    if rows is None:
        yield f"{path}: {table} is not a mapping"
        return
    if isinstance(column, str) and (lacking := [row for row, cells in rows.items() if column not in cells]):
        yield f"{path}: {table} has no {column} for {', '.join(lacking)}"
    allowed = template["Parameters"].get(key.get("Ref") if isinstance(key, dict) else None, {}).get("AllowedValues", [])
    for value in [*allowed, *([key] if isinstance(key, str) else [])]:
        if value not in rows:
            yield f"{path}: {table} has no {value}"


def _operands(template: Template, path: str, arguments: Any) -> Faults:
    for one in arguments if isinstance(arguments, list) else [arguments]:
        if isinstance(one, str) and one not in template["Conditions"]:
            yield f"{path}: {one} is not a condition"


CHECKS = {
    "Ref": _reference,
    "Fn::And": _operands,
    "Fn::FindInMap": _mapping,
    "Fn::GetAtt": _attribute,
    "Fn::If": _choice,
    "Fn::Not": _operands,
    "Fn::Or": _operands,
    "Fn::Sub": _substitution,
}


def _unused(template: Template) -> Faults:
    """Yield the parameters, mappings and conditions that nothing uses."""
    text = [str(value) for path, value in _walk(template) if not isinstance(value, dict | list)]
    words = {word for value in text for word in [value, *re.findall(r"\$\{([^!}.]+)", value)]}
    for section in ("Parameters", "Mappings", "Conditions"):
        yield from (f"{section}.{name} is not used" for name in sorted(template[section].keys() - words))
