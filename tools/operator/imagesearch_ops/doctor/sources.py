"""Find the deployment to examine. Wrong and missing settings are findings here, not errors."""

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from imagesearch_ingest.adapters.aws.client import aws_client
from imagesearch_ingest.bootstrap.alibaba_settings import REGION, faults_on_alibaba
from imagesearch_ingest.bootstrap.aws_settings import faults_on_aws
from imagesearch_ingest.model.errors import IngestError, SettingsError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.settings import PREFIX, Settings, given_settings, unfold_settings, variable
from imagesearch_ops import deployment
from imagesearch_ops.doctor.openapi import FC_VERSION, call_roa
from imagesearch_ops.doctor.patient import Patient, Stack
from imagesearch_ops.errors import InputError
from imagesearch_ops.fc_function import read_function, split_name
from imagesearch_ops.queue_urls import is_smq
from imagesearch_ops.stack_source import describe_function, describe_stack

_REQUIRED = {
    "instance_name": "unknown",
    "instance_region": "ap-southeast-1",
    "dead_letter_queue_url": "https://sqs.invalid/0/unknown",
}
_REQUIRED_ON_ALIBABA = _REQUIRED | {"dead_letter_queue_url": "https://1.mns.cn-shanghai.aliyuncs.com/queues/unknown"}
_NAMED = re.compile(rf"\b{PREFIX}\w+")
_MOST_ROUNDS = 50  # each round removes at least one variable


def find_patient(
    environ: Mapping[str, str], *, stack: str | None, function: str | None, env_file: Path | None
) -> Patient:
    """Return the deployment as far as it can be seen. Raise ``InputError`` if it is named twice or does not exist."""
    deployment.name_source(stack, function, env_file)
    environ = unfold_settings(environ)
    if stack:
        return _find_stack(stack, environ)
    if function:
        return _find_function(function, environ)
    found = unfold_settings(deployment.read_env_file(env_file)) if env_file else {}
    name = env_file.name if env_file else "this shell's settings"
    if env_file:
        deployment.refuse_contradictions(str(env_file), found, environ)
    merged = deployment.merge(environ, found) if env_file else dict(environ)
    return _read_patient(name, "alibaba" if _is_on_alibaba(merged) else "aws", merged)


def _find_stack(name: str, environ: Mapping[str, str]) -> Patient:
    stack = _read_stack(name, environ)
    function, error = None, stack.error
    if function_name := stack.outputs.get("FunctionName"):
        try:
            function = describe_function(function_name, name, environ)
        except IngestError as fault:
            error = fault
    environment = (function or {}).get("Environment", {})
    if "Error" in environment:  # KMS refused this caller, or the key is gone
        error = IngestError(Reason.CREDENTIALS, "the variables of the function cannot be decrypted: kms:Decrypt")
    variables = environment.get("Variables", {})
    found = unfold_settings({key: value for key, value in variables.items() if key.startswith(PREFIX)})
    if function:
        deployment.refuse_contradictions(name, found, environ)
    merged = deployment.merge(environ, found)
    # The function's own key is in its secret. A key in the shell is the operator's.
    patient = _read_patient(name, "aws", merged, is_elsewhere=True, is_seen=bool(variables))
    patient.is_named = True
    patient.stack, patient.function, patient.function_error = stack, function, error
    return patient


def _find_function(text: str, environ: Mapping[str, str]) -> Patient:
    """Return the deployment of a function on Function Compute."""
    (region, name), found, error = split_name(text), {}, None
    try:
        found = unfold_settings(read_function(text, environ))
    except IngestError as fault:
        error = fault
    if found:
        deployment.refuse_contradictions(name, found, environ)
    merged = deployment.merge(environ, found | {REGION: region})
    patient = _read_patient(name, "alibaba", merged, is_elsewhere=True, is_seen=bool(found))
    patient.is_named, patient.function_error = True, error
    if found:
        host, path = f"fcv3.{region}.aliyuncs.com", f"/functions/{quote(name, safe='')}"
        try:
            patient.function = call_roa(patient, host, FC_VERSION, "GetFunction", path)
        except IngestError as fault:
            patient.function_error = fault
    return patient


def _read_stack(name: str, environ: Mapping[str, str]) -> Stack:
    try:
        found = describe_stack(aws_client("cloudformation", environ), name)
    except IngestError as error:
        return Stack(name, error=error)
    outputs = {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", [])}
    if not outputs.get("FunctionName"):
        status = found.get("StackStatus", "")
        raise InputError(f"the stack {name} ({status}) has no output FunctionName: it is no stack of this template")
    parameters = {one["ParameterKey"]: one.get("ParameterValue", "") for one in found.get("Parameters", [])}
    return Stack(name, outputs, parameters, found.get("StackStatus", ""))


def _read_patient(
    name: str, cloud: str, environ: Mapping[str, str], *, is_elsewhere: bool = False, is_seen: bool = True
) -> Patient:
    """Return the deployment of an environment, with each wrong setting left out and told as a fault."""
    readable = dict(environ)
    bundle = variable("ca_bundle")
    if is_elsewhere and not Path(readable.get(bundle) or "/").is_file():  # a path in the function's file system
        readable.pop(bundle, None)
    faults: tuple[str, ...] = ()
    unset: set[str] = set()
    for _ in range(_MOST_ROUNDS):
        try:
            settings = Settings.from_env(readable, beyond=_beyond(cloud, readable))
            break
        except SettingsError as error:
            lines = str(error).splitlines()
            faults = faults or tuple(lines)
            _leave_out(readable, lines, unset, _REQUIRED_ON_ALIBABA if cloud == "alibaba" else _REQUIRED)
    else:
        raise InputError("the settings cannot be read")
    return Patient(
        name=name,
        cloud=cloud,
        environ=readable,
        settings=settings,
        unset=frozenset(unset),
        faults=faults if is_seen else (),
        is_seen=is_seen,
    )


def _beyond(cloud: str, environ: Mapping[str, str]) -> list[str]:
    faults = faults_on_alibaba(environ) if cloud == "alibaba" else faults_on_aws(environ)
    return [line for line in faults if not line.startswith(REGION)]


def _leave_out(environ: dict[str, str], lines: list[str], unset: set[str], required: Mapping[str, str]) -> None:
    """Remove the variables that the lines begin with. Those that are required become placeholders."""
    for line in lines:
        found = _NAMED.search(line)
        if found is None:
            environ |= {variable(field): value for field, value in required.items()}
            continue
        name = found[0]
        field = name.removeprefix(PREFIX).lower()
        unset.add(field)
        environ.pop(name, None)
        if field in required:
            environ[name] = required[field]


def _is_on_alibaba(environ: Mapping[str, str]) -> bool:
    given = given_settings(environ)
    urls = [given[field] for field in ("queue_url", "dead_letter_queue_url") if field in given]
    if any(is_smq(url) for url in urls):
        return True
    if any(".amazonaws." in url for url in urls) or environ.get("AWS_REGION"):
        return False
    return bool(environ.get(REGION) or "bucket_endpoint" in given)
