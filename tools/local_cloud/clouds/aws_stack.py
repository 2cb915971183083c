"""Describe a deployment on the local AWS as a stack, "local" for the first, so that ``--stack local`` works.

Lambda, IAM and Secrets Manager are moto's. Its function is only described: the local cloud runs the real one itself.
"""

import json
from collections.abc import Mapping

from local_cloud.aws import AwsServer
from local_cloud.stacks import Stack

_KEY_NAMES = {"access_key_id": "ALIBABA_CLOUD_ACCESS_KEY_ID", "access_key_secret": "ALIBABA_CLOUD_ACCESS_KEY_SECRET"}
_TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


def describe_stack(
    name: str,
    server: AwsServer,
    environ: Mapping[str, str],
    *,
    outputs: Mapping[str, str],
    queue_arn: str,
    batch_size: int,
    timeout_seconds: int,
) -> Stack:
    """Describe the function to moto, and return the stack. ``environ`` is the function's environment."""
    client, function = server.client("lambda"), name_function(name)
    client.create_function(
        FunctionName=function,
        Runtime="python3.13",
        Role=_make_role(server, function),
        Handler="app.handler",
        Code={"ZipFile": b"not run"},
        Timeout=timeout_seconds,
        MemorySize=1769,
        Environment={"Variables": _make_variables(name, server, environ) | {"INGEST_BUCKET": outputs["BucketName"]}},
    )
    client.create_event_source_mapping(
        EventSourceArn=queue_arn,
        FunctionName=function,
        BatchSize=batch_size,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        ScalingConfig={"MaximumConcurrency": int(environ.get("INGEST_MAX_CONCURRENCY") or 2)},
    )
    return Stack({**outputs, "FunctionName": function})


def name_function(stack: str) -> str:
    """Return the name of a stack's function, and of its role."""
    return f"{stack}-ingest"


def _make_role(server: AwsServer, name: str) -> str:
    policy = json.dumps({"Version": "2012-10-17", "Statement": [_TRUST]})
    arn: str = server.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=policy)["Role"]["Arn"]
    return arn


def _make_variables(name: str, server: AwsServer, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the function's variables, with its key in a secret, as the template demands, if it has one."""
    given = {name: value for name, value in environ.items() if name.startswith("INGEST_")}
    if _KEY_NAMES["access_key_id"] not in environ:
        return given
    secret = json.dumps({field: environ[name] for field, name in _KEY_NAMES.items()})
    arn = server.client("secretsmanager").create_secret(Name=f"{name}-alibaba-cloud-key", SecretString=secret)["ARN"]
    return given | {"INGEST_CREDENTIALS_SECRET": arn}
