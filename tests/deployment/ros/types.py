"""Check the resources of a template against the recorded facts of their types (resource_types.json)."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Facts = dict[str, Any]
Faults = Iterator[str]
TYPES: dict[str, Facts] = json.loads((Path(__file__).parent / "resource_types.json").read_text(encoding="utf-8"))[
    "types"
]
_KINDS: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "list": (list,),
    "map": (dict,),
    "object": (dict,),
}
_WORDS = {"text": "text", "number": "a number", "boolean": "true or false", "list": "a list", "map": "a map"}


def faults(resources: dict[str, Facts]) -> Faults:
    """Yield what is wrong with resolved resources, each with the path of the place."""
    for name, resource in resources.items():
        path = f"Resources.{name}"
        if facts := TYPES.get(resource.get("Type", "")):
            yield from _object(f"{path}.Properties", resource["Properties"], facts["properties"])
        else:
            yield f"{path}.Type: {resource.get('Type')} is not a recorded resource type"


def _object(path: str, given: Facts, known: Facts) -> Faults:
    for name in sorted(given.keys() - known.keys()):
        yield f"{path}.{name} is not a property of this type"
    for name, facts in known.items():
        if name in given:
            yield from _value(f"{path}.{name}", given[name], facts)
        elif facts.get("required"):
            yield f"{path}.{name} is missing, but required"


def _value(path: str, given: Any, facts: Facts) -> Faults:
    kind = facts["kind"]
    if kind != "any" and (not isinstance(given, _KINDS[kind]) or isinstance(given, bool) != (kind == "boolean")):
        yield f"{path} must be {_WORDS.get(kind, 'a map')}: {given!r}"
        return
    yield from _limits(path, given, facts)
    if kind == "object":
        yield from _object(path, given, facts["properties"])
    elif kind == "list":
        for number, item in enumerate(given):
            yield from _value(f"{path}[{number}]", item, facts["of"])


def _limits(path: str, given: Any, facts: Facts) -> Faults:
    if "values" in facts and given not in facts["values"]:
        yield f"{path} must be one of {', '.join(map(str, facts['values']))}: {given!r}"
    if "pattern" in facts and not re.fullmatch(facts["pattern"], given):
        yield f"{path} must match {facts['pattern']}: {given!r}"
    for limits, size in (("", given), ("_length", len(given) if isinstance(given, str | list) else None)):
        least, most = facts.get(f"least{limits}"), facts.get(f"most{limits}")
        if (least is not None and size < least) or (most is not None and size > most):
            what = "have a length from" if limits else "be from"
            yield f"{path} must {what} {least} to {most}: {given!r}"
