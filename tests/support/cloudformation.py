"""Deploy template.yaml under a name, without SAM: enough for what SAM passes on, such as alarms and dashboards."""

from typing import Any

import yaml

from tests.deployment.cloudformation import Stack, Template
from tests.deployment.conftest import ROOT

REGION = "eu-central-1"
ACCOUNT = "123456789012"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:imagesearch-AbCdEf"


class Loader(yaml.CSafeLoader):
    """Read the short forms of intrinsic functions as the long ones. ROS has the same forms."""


def _intrinsic(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


Loader.add_multi_constructor("!", _intrinsic)


def load() -> Template:
    """Return the template with intrinsic functions in their long form."""
    return yaml.load((ROOT / "template.yaml").read_text(encoding="utf-8"), Loader)  # noqa: S506 - a SafeLoader


class Deployed(Stack):
    """A stack with a name of its own. Physical names begin with it, as CloudFormation makes them."""

    def __init__(self, name: str, **parameters: str) -> None:
        self.name = name
        super().__init__(load(), **{"InstanceName": "pictures", "CredentialsSecretArn": SECRET} | parameters)

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        """Return the properties of all resources of a type that exist, by logical name."""
        return {name: one["Properties"] for name, one in self.resources.items() if one["Type"] == kind}

    def physical(self, name: str) -> str:
        """Return the name that a resource gets."""
        return f"{self.name}-{name}-1A2B3C4D5E6F"

    def _refer(self, function: str, target: Any) -> Any:
        if function == "Fn::GetAtt":
            name, attribute = target
            arn = f"arn:aws:service:{REGION}:{ACCOUNT}:{self.physical(name)}"
            return arn if attribute == "Arn" else self.physical(name)
        if target in self._template["Resources"]:
            return self.physical(target)
        return {"AWS::StackName": self.name, "AWS::Region": REGION}.get(target) or super()._refer(function, target)
