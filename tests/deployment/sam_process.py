"""Runs in aws-sam-cli's environment: answers SAM templates with the CloudFormation in them, and cfn-lint's findings.

`sam validate --lint` looks at a template as it is written, and so accepts a runtime that does not exist, a concurrency
that Lambda refuses, and a queue that hides messages for less long than the function may take. All of these are seen in
what the template is rendered to. One process for all, because loading both libraries takes seconds.

Line by line, JSON: a template as a string → {"template": ..., "findings": [...]}.
"""

import json
import sys
from typing import Any

from cfnlint import lint
from cfnlint.config import ManualArgs
from samcli.yamlhelper import yaml_parse
from samtranslator.public.exceptions import InvalidDocumentException
from samtranslator.translator.transform import transform

REGION = "us-east-1"


class NoManagedPolicies:
    """The template's role is written out; one that SAM would make of AWS's own policies is not wanted."""

    def load(self) -> dict[str, str]:
        return {}


def render(text: str) -> dict[str, Any]:
    template = yaml_parse(text)
    for resource in template["Resources"].values():
        for name in {"CodeUri", "ContentUri"} & resource.get("Properties", {}).keys():
            resource["Properties"][name] = "s3://bucket/uploaded-by-deploy"  # what `sam deploy` would put there
    return transform(template, {}, NoManagedPolicies())


def answer(text: str) -> dict[str, Any]:
    try:
        template = render(text)
    except InvalidDocumentException as error:
        return {"template": None, "findings": [f"SAM: {cause.message}" for cause in error.causes]}
    matches = lint(json.dumps(template, indent=1), config=ManualArgs(regions=[REGION]))
    return {"template": template, "findings": [f"{match.rule.id} {match.message}" for match in matches]}


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
        sys.stdout.flush()
