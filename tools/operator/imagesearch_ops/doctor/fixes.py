"""Word what mends a fault: a command, a template parameter or a variable, to copy."""

import json
import re
from collections.abc import Mapping
from typing import Any

from imagesearch_ingest.redaction import Redactor
from imagesearch_ingest.settings import EXTRA, PREFIX, variable
from imagesearch_ingest.settings_values import read_extra
from imagesearch_ops.doctor.patient import Patient
from imagesearch_ops.shell import quote

_PARAMETERS = {
    "instance_name": "InstanceName",
    "instance_region": "InstanceRegion",
    "bucket": "ExistingBucketName",
    "adds_per_second": "AddsPerSecond",
    "rate_share_percent": "RateSharePercent",
    "service_type": "ServiceType",
    "key_template": "KeyTemplate",
    "credentials_secret": "CredentialsSecretArn",
    "role_arn": "AlibabaRoleArn",
    "oidc_provider_arn": "AlibabaOidcProviderArn",
    "oidc_audience": "OidcAudience",
}
_FROM_TEMPLATE = {"queue_url", "dead_letter_queue_url", "max_concurrency", "stack_name"}
# JSON within double quotes that SAM takes off, which reads \\" as a quote and a backslash before a blank as none.
_ESCAPED = {'\\"': "\\u0022", "\\\\": "\\u005c", "'": "\\u0027", '"': '\\"'}


def set_parameter(name: str, value: str) -> str:
    """Return the command that deploys the stack with another parameter.

    ``sam`` ends a value at a blank or a quotation mark, unless quotation marks stand around it.
    """
    if re.search(r'[\s"]', value):
        value = '"{}"'.format(value.replace('"', r"\""))
        return f"sam deploy --parameter-overrides {quote(f'{name}={value}')}"
    return f"sam deploy --parameter-overrides {name}={quote(value)}"


def set_setting(patient: Patient, field: str, value: str) -> str:
    """Return what sets a setting, where this deployment has it from."""
    if patient.stack and field in _PARAMETERS:
        return set_parameter(_PARAMETERS[field], value)
    if patient.stack and field in _FROM_TEMPLATE:
        return f"sam deploy  # of template.yaml as it is: it sets {variable(field)}"
    if patient.stack:
        return _set_further({"INGEST_...": "..."} if field == EXTRA else _further(patient) | {variable(field): value})
    if patient.cloud == "alibaba" and field in _PARAMETERS:
        parameter = f"{_PARAMETERS[field]} of the stack, in .env with s.yaml"
        return f"{variable(field)}={quote(value)}  # {parameter} (docs/deploy-alibaba.md, Update)"
    return f"{variable(field)}={quote(value)}"


def remove_setting(patient: Patient, name: str) -> str:
    """Return what takes a variable away that is no setting."""
    further = _further(patient)
    return _set_further({one: further[one] for one in further if one != name}) if name in further else f"unset {name}"


def _variables(patient: Patient) -> Mapping[str, str]:
    found: Mapping[str, str] = (patient.function or {}).get("Environment", {}).get("Variables", {})
    return found


def _further(patient: Patient) -> dict[str, str]:
    """Return the further settings of a stack, by the names of their variables."""
    return read_extra(_variables(patient), PREFIX).values if patient.stack else {}


def _set_further(settings: Mapping[str, str]) -> str:
    """Return the command that deploys the stack with these further settings, and no others."""
    text = json.dumps(settings)
    if Redactor().prose(text) != text:  # such as a proxy's password
        return f"Set the parameter ExtraSettings with {', '.join(settings)}, then sam deploy."
    escaped = re.sub(r"\\[\\\"]|[\"']", lambda found: _ESCAPED[found[0]], text)
    word = f'ExtraSettings="{escaped}"'
    return f"sam deploy --parameter-overrides {quote(word)}"


def aws(service: str, operation: str, **options: str) -> str:
    """Return a line for AWS's command line. Options are named as in Python: ``queue_url`` is ``--queue-url``."""
    words = [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", quote(value))]
    return " ".join(["aws", service, operation, *words])


def set_queue(url: str, **attributes: str) -> str:
    """Return the command that changes attributes of a queue of SQS."""
    given = json.dumps(attributes) if any(character in "".join(attributes.values()) for character in '{",') else None
    shown = given or ",".join(f"{name}={value}" for name, value in attributes.items())
    return aws("sqs", "set-queue-attributes", queue_url=url, attributes=shown)


def notify(bucket: str, configuration: dict[str, Any]) -> str:
    """Return the command that replaces what a bucket announces. The configuration is the whole one."""
    return aws(
        "s3api",
        "put-bucket-notification-configuration",
        bucket=bucket,
        notification_configuration=json.dumps(configuration),
    )
