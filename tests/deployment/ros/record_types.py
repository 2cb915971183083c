"""Record what the vendor's packages say of resource types: properties, types, limits, attributes.

The packages ``@alicloud/ros-cdk-*`` of npm are generated from the specification of ROS. Their validators are read as
data, and none of their code runs. Unpack them into one folder, then run from the root of the repository:

    python -m tests.deployment.ros.record_types FOLDER

This writes resource_types.json. The packages do not say which properties an update may change, and there is none for
SMQ: documented.json holds these facts, from the pages of the types.
"""

import json
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
RECORDED = HERE / "resource_types.json"
DOCUMENTED = HERE / "documented.json"
Facts = dict[str, Any]
_KINDS = {"validateString": "text", "validateNumber": "number", "validateBoolean": "boolean", "validateAny": "any"}
_RULE = r"ros\.propertyValidator\('(\w+)', (.*)\)\((?:properties\.\w+|\{)"
_LIMITS = {"min": "least", "max": "most"}


class Package:
    """The generated file of one package."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.types = dict(re.findall(r"(?m)^Ros(\w+)\.ROS_RESOURCE_TYPE_NAME = \"(ALIYUN::[\w:]+)\";", text))

    def read(self, name: str) -> Facts:
        """Return the facts of the type whose class has this name."""
        body = self._body(rf"class Ros{name} extends ")
        return {
            "attributes": sorted(re.findall(r"this\.getAtt\('([^']+)'\)", body)),
            "properties": self._properties(name, f"Ros{name}PropsValidator", f"ros{name}PropsToRosTemplate"),
        }

    def _body(self, head: str) -> str:
        found = re.search(rf"(?ms)^(?:function )?{head}.*?^}}", self._text)
        if not found:
            raise ValueError(f"the package has no {head}")
        return found[0]

    def _properties(self, name: str, validator: str, renderer: str) -> Facts:
        names = {
            own: given for given, own in re.findall(r"'(\w+)': .*\(properties\.(\w+)\)", self._body(rf"{renderer}\("))
        }
        facts: Facts = {}
        for rule in re.split(r"(?<=\);)\n", self._body(rf"{validator}\(")):
            if found := re.search(_RULE, rule):
                facts.setdefault(names[found[1]], {}).update(self._rule(name, found[2], rule))
        return dict(sorted(facts.items()))

    def _rule(self, name: str, validator: str, text: str) -> Facts:
        match validator:
            case "ros.requiredValidator":
                return {"required": True}
            case "ros.validateRange" | "ros.validateLength":
                size = "" if validator.endswith("Range") else "_length"
                limits = re.findall(r"(min|max): (-?[\d.]+)", text)
                return {_LIMITS[limit] + size: float(value) if "." in value else int(value) for limit, value in limits}
            case "ros.validateAllowedValues":
                return {"values": json.loads(re.findall(r"allowedValues: (\[.*\])", text)[0])}
            case "ros.validateAllowedPattern":
                return {"pattern": re.findall(r"reg: /(.*)/", text)[0]}
        return self._kind(name, validator)

    def _kind(self, name: str, validator: str) -> Facts:
        if found := re.fullmatch(r"ros\.listValidator\((.*)\)", validator):
            return {"kind": "list", "of": self._kind(name, found[1])}
        if validator.startswith("ros.hashValidator"):
            return {"kind": "map"}
        if found := re.fullmatch(rf"Ros{name}_(\w+)PropertyValidator", validator):
            renderer = f"ros{name}{found[1]}PropertyToRosTemplate"
            return {"kind": "object", "properties": self._properties(name, validator, renderer)}
        if found := re.fullmatch(r"ros\.(validate\w+)", validator):
            return {"kind": _KINDS.get(found[1], "any")}
        return {"kind": "any"}


def read_packages(folder: Path) -> Iterator[tuple[str, str, Package]]:
    """Yield the name, the version and the generated file of each package below a folder."""
    for manifest in sorted(folder.rglob("package.json")):
        about = json.loads(manifest.read_text(encoding="utf-8"))
        for generated in manifest.parent.glob("lib/*.generated.js"):
            if not generated.name.startswith("datasource"):
                yield about["name"], about["version"], Package(generated.read_text(encoding="utf-8"))


def record(folder: Path) -> Facts:
    """Return the facts of every type that documented.json names."""
    documented = json.loads(DOCUMENTED.read_text(encoding="utf-8"))
    types: Facts = {name: about["facts"] for name, about in documented["types"].items() if "facts" in about}
    sources = []
    for package, version, read in read_packages(folder):
        wanted = {own: name for own, name in read.types.items() if name in documented["types"]}
        types |= {name: read.read(own) for own, name in wanted.items()}
        sources += [f"{package} {version}"] if wanted else []
    if missing := sorted(documented["types"].keys() - types.keys()):
        raise ValueError(f"no package has {', '.join(missing)}")
    for name, about in documented["types"].items():
        if unknown := sorted(set(about["create_only"]) - types[name]["properties"].keys()):
            raise ValueError(f"{name} has no {', '.join(unknown)}")
        types[name] |= {"page": about["page"], "create_only": about["create_only"]}
        for path, more in about.get("also", {}).items():
            _find(types[name], path).update(more)
    return {"sources": sources, "date": f"{datetime.now(UTC):%Y-%m-%d}", "types": dict(sorted(types.items()))}


def _find(facts: Facts, path: str) -> Facts:
    """Return the facts of a property inside others, such as ``Targets.Type``. Lists add nothing to a path."""
    for name in path.split("."):
        facts = facts.get("of", facts)["properties"][name]
    return facts


if __name__ == "__main__":
    RECORDED.write_text(json.dumps(record(Path(sys.argv[1])), indent=1) + "\n", encoding="utf-8")
