"""Render SAM templates to CloudFormation and lint them, as a process in aws-sam-cli's environment.

`sam validate --lint` checks a template as it is written. It accepts a runtime that does not exist, a concurrency that
Lambda refuses, and a queue whose visibility timeout is below the function's. The rendered template shows all of these.
One process serves all tests, because loading both libraries takes seconds.

Each line is JSON: a template as a string → {"template": ..., "findings": [...], "fixed": {type: [property, ...]}}. A
resource is replaced if a fixed property changes, as CloudFormation's own resource schemas say.
"""

import json
import sys
from typing import Any

from cfnlint import lint
from cfnlint.config import ManualArgs
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER
from samcli.yamlhelper import yaml_parse
from samtranslator.public.exceptions import InvalidDocumentException
from samtranslator.translator.transform import transform

REGION = "us-east-1"


class NoManagedPolicies:
    """Refuse managed policies: the template must write its role out."""

    def load(self) -> dict[str, str]:
        return {}


def render(text: str) -> dict[str, Any]:
    template = yaml_parse(text)
    for resource in template["Resources"].values():
        for name in {"CodeUri", "ContentUri"} & resource.get("Properties", {}).keys():
            resource["Properties"][name] = "s3://bucket/uploaded-by-deploy"  # as `sam deploy` would
    return transform(template, {}, NoManagedPolicies())


def find_fixed(template: dict[str, Any]) -> dict[str, list[str]]:
    """Return, for each type, the properties of which a change replaces the resource, also on a condition."""
    kinds = {resource["Type"] for resource in template["Resources"].values()}
    schemas = {kind: PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, kind).schema for kind in sorted(kinds)}
    names = ("createOnlyProperties", "conditionalCreateOnlyProperties")
    return {
        kind: [path.removeprefix("/properties/") for name in names for path in schema.get(name, [])]
        for kind, schema in schemas.items()
    }


def answer(text: str) -> dict[str, Any]:
    try:
        template = render(text)
    except InvalidDocumentException as error:
        return {"template": None, "findings": [f"SAM: {cause.message}" for cause in error.causes]}
    matches = lint(json.dumps(template, indent=1), config=ManualArgs(regions=[REGION]))
    findings = [f"{match.rule.id} {match.message}" for match in matches]
    return {"template": template, "findings": findings, "fixed": find_fixed(template)}


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
        sys.stdout.flush()
